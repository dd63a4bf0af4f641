riskd_test(api_test
  SOURCES api_test.cpp api_access_test.cpp api_components_test.cpp api_days_test.cpp api_facts_test.cpp api_limits_test.cpp api_metrics_test.cpp api_past_test.cpp api_paths_test.cpp api_review_test.cpp api_results_test.cpp
    api_roles_test.cpp api_runs_test.cpp api_sync_test.cpp api_user_names_test.cpp api_workers_test.cpp openapi_test.cpp server_fixture.cpp socket_page_test.cpp
  LINKS riskd_api riskd_service riskd_server riskd_client Boost::json fmt::fmt Threads::Threads
  LABELS unit)
