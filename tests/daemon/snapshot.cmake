riskd_test(snapshot_test
  SOURCES snapshot_test.cpp ../engine/generator.cpp
  LINKS riskd_snapshot riskd_dsl riskd_engine
  LABELS unit)
