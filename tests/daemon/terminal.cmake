riskd_test(terminal_test
  SOURCES terminal_test.cpp
  LINKS riskd_terminal fmt::fmt
  LABELS unit)
