riskd_test(store_test
  SOURCES store_test.cpp store_damage_test.cpp store_crash_test.cpp
  LINKS riskd_store Threads::Threads
  LABELS unit)
