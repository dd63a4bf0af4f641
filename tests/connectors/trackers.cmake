riskd_test(directory_tracker_test
  SOURCES directory_tracker_test.cpp directory_damage_test.cpp directory_origin_test.cpp
          ticket_file_test.cpp
  LINKS riskd_connectors
  LABELS unit)
riskd_test(web_trackers_test
  SOURCES plain_text_test.cpp web_session_test.cpp web_marks_test.cpp web_origin_test.cpp
          web_ticket_fake.cpp
  LINKS riskd_connectors Boost::json
  LABELS unit trackers)

riskd_test(azure_test
  SOURCES azure_test.cpp web_ticket_fake.cpp
  LINKS riskd_connectors Boost::json
  LABELS unit trackers)
riskd_test(jira_text_test
  SOURCES jira_text_test.cpp
  LINKS riskd_connectors
  LABELS unit)
