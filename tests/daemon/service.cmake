riskd_test(service_test
  SOURCES config_test.cpp service_test.cpp service_clock_test.cpp service_large_test.cpp
  LINKS riskd_service fmt::fmt Threads::Threads
  LABELS unit)
