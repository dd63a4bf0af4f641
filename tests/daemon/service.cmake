riskd_test(service_test
  SOURCES config_test.cpp service_test.cpp service_clock_test.cpp service_days_test.cpp service_keep_test.cpp service_large_test.cpp service_then_test.cpp
    service_outbox_test.cpp service_proof_test.cpp service_queue_test.cpp service_reconfigure_test.cpp service_rollback_test.cpp service_tokens_test.cpp service_tracker_check_test.cpp
    service_withdrawn_test.cpp
  LINKS riskd_service fmt::fmt Threads::Threads
  LABELS unit)
# For tests of the whole programs.
add_executable(log_replay log_replay.cpp)
target_link_libraries(log_replay PRIVATE riskd_service)
