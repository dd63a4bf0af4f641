riskd_test(console_test
  SOURCES console_test.cpp log_line_test.cpp
  LINKS riskd_console
  LABELS unit)
