riskd_test(store_test
  SOURCES store_test.cpp store_damage_test.cpp store_crash_test.cpp log_test.cpp
  LINKS riskd_log riskd_store PkgConfig::LMDB Threads::Threads
  LABELS unit)
