riskd_test(server_test
  SOURCES
    server_body_test.cpp
    server_client_test.cpp
    server_fixture.cpp
    server_hostile_test.cpp
    server_life_test.cpp
    server_deadline_test.cpp
    server_limits_test.cpp
    server_retry_test.cpp
    server_stream_test.cpp
    server_target_test.cpp
    server_test.cpp
    server_tls_test.cpp
  LINKS riskd_server riskd_client fmt::fmt Threads::Threads
  LABELS unit)
