find_package(ZLIB REQUIRED)
riskd_test(test_reports
  SOURCES report_dump.cpp report_fields_test.cpp reports_golden_test.cpp reports_hostile_test.cpp reports_words_test.cpp
          reports_samples_test.cpp reports_nuclei_test.cpp reports_trx_test.cpp
  LINKS riskd_connectors ZLIB::ZLIB
  LABELS connectors)
# Every report is cut off at every byte: under ASan that takes two minutes.
set_tests_properties(test_reports PROPERTIES TIMEOUT 900)
