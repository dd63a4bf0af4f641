riskd_test(supervisor_test
  SOURCES supervisor_test.cpp server_fixture.cpp
  LINKS riskd_supervisor riskd_server riskd_client fmt::fmt Threads::Threads
  LABELS unit)
