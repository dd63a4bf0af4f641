// What a check of a tracker says of its configuration alone.
#include <catch2/catch.hpp>

#include "daemon/service/tracker_check.hpp"

namespace riskd::service::service_tracker_check_test {

TEST_CASE("a check says how others may come to know a tracker's secrets") {
  const auto said = [](const std::string& url) {
    TrackerConfig config;
    config.url = url;
    TrackerCheck check;
    add_exposure(config, check);
    std::string all;
    for (const auto& finding : check.findings) {
      CHECK(finding.severity == connectors::CheckFinding::Severity::warning);
      all += finding.message + "\n";
    }
    return all;
  };
  for (const char* url : {"https://issues.example.com", "http://localhost:3000", "http://127.0.0.1",
                          "http://127.1.2.3/redmine", "http://[::1]:80", ""})
    CHECK(said(url).empty());
  for (const char* url : {"http://issues.example.com", "http://192.0.2.7:3000",
                          "http://localhost.example.com/x", "http://[2001:db8::1]:80"})
    CHECK(said(url) == "its token goes over the network as it is: `url` begins with http://\n");
}

}  // namespace riskd::service::service_tracker_check_test
