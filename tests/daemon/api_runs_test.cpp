// Uploads that are parts of one run, and rules for which a tool did not look.
#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::testing {
namespace {

std::string suite(bool passes) {
  return std::string("<testsuite><testcase classname='C' name='locks'>") +
         (passes ? "" : "<failure message='no'/>") + "</testcase></testsuite>";
}

std::string sarif(const std::string& invocation, const std::string& results) {
  return R"({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "rules": [{"id": "R1"}]}},)"
         R"("invocations": [{"executionSuccessful": true)" +
         invocation + R"(}], "results": [)" + results + "]}]}";
}

std::string upload(const std::string& query) { return "/v1/products/shop/results?" + query; }

// What holds of the only test, as it is listed.
std::string outcome(const Daemon& daemon) {
  const json::value all = daemon.must(200, "GET", "/v1/products/shop/results");
  return std::string(all.at("items").as_array().at(0).at("outcome").as_string());
}

}  // namespace

TEST_CASE("a rule that was switched off says nothing of what it found before") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", upload("suite=s&run=1"),
              sarif("", R"({"ruleId": "R1", "message": {"text": "m"}})"));
  const std::string off = R"(, "ruleConfigurationOverrides": [{"descriptor": {"id": "R1"},)"
                          R"("configuration": {"enabled": false}}])";
  daemon.must(200, "POST", upload("suite=s&run=2"), sarif(off, ""));
  CHECK(outcome(daemon) == "skipped");  // and not absent: nobody looked
  daemon.must(200, "POST", upload("suite=s&run=3"), sarif("", ""));
  CHECK(outcome(daemon) == "absent");
}

TEST_CASE("files that name one run by their bytes are its parts, and a wrong hash is refused") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string bytes(32, 'a');
  const auto run_of = [&](const std::string& text) {
    const json::value answer = daemon.must(200, "POST", upload("suite=s&bytes=" + bytes), text);
    return std::string(answer.at("run").at("run").as_string());
  };
  const std::string first = run_of(suite(false));
  CHECK(first == "sha256:" + bytes);
  CHECK(run_of(suite(true)) == first);
  daemon.must(400, "POST", upload("suite=s&bytes=xyz"), suite(true));
}

}  // namespace riskd::api::testing
