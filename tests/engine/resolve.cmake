riskd_test(resolve_test
  SOURCES resolve_test.cpp refusals_test.cpp reading_test.cpp value_test.cpp
  LINKS riskd_engine riskd_dsl
  LABELS unit)
