riskd_test(resolve_test
  SOURCES resolve_test.cpp
  LINKS riskd_engine riskd_dsl
  LABELS unit)
