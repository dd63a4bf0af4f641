#include "daemon/wire/json.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "daemon/wire/file_names.hpp"
#include "daemon/wire/serialize.hpp"
#include "daemon/wire/writer.hpp"
#include "engine/base/limits.hpp"

using namespace riskd;
using namespace riskd::engine;

namespace riskd::tests::wire_test {

namespace {

void check_round_trip(const FactBody& body) {
  const std::string text = wire::write_fact_body(body);
  CAPTURE(text);
  const auto back = wire::read_fact_body(text);
  REQUIRE(back);
  CHECK(back->index() == body.index());
  CHECK(wire::write_fact_body(*back) == text);
}

void check_refused(const std::string& line, const std::string& where, const std::string& words) {
  CAPTURE(line);
  const auto fact = wire::read_fact(line);
  REQUIRE_FALSE(fact);
  CHECK(fact.error().where == where);
  CHECK_THAT(fact.error().message, Catch::Contains(words));
}

TEST_CASE("every fact line of the interface is read") {
  const std::vector<std::pair<std::string, std::string>> lines{
      {"answers", R"({"product": "shop", "answers": {"reach": "internet"}})"},
      {"fields", R"({"product": "shop", "fields": {"owner": "payments"}})"},
      {"component",
       R"({"product": "shop", "component": {"id": "api", "type": "web-service", "answers": {"stores-cards": true}}})"},
      {"decision",
       R"({"product": "shop", "decision": {"element": "web.breached-passwords", "state": "required", "reason": "audit 2026"}})"},
      {"ticket",
       R"({"product": "shop", "ticket": {"for": "requirement:web.throttle-logins", "tracker": "jira", "key": "SHOP-12", "status": "Done", "resolution": "Fixed"}})"},
      {"result",
       R"({"product": "shop", "result": {"suite": "zap/nightly", "source": "zap", "id": "10202", "cwe": 352, "outcome": "failed", "at": "2026-11-23T02:10:00Z"}})"},
      {"run",
       R"({"product": "shop", "run": {"suite": "zap/nightly", "run": "4711", "source": "zap", "at": "2026-11-23T02:10:00Z", "complete": true, "results": [{"id": "10202", "cwe": 352, "outcome": "failed"}]}})"},
      {"decision",
       R"({"product": "shop", "decision": {"element": "web.credential-stuffing", "state": "set", "attribute": "ease", "value": "low", "reason": "behind the VPN", "until": "2027-01-31"}})"},
      {"decision",
       R"({"product": "shop", "decision": {"element": "api/zap:10202", "state": "false-positive", "reason": "no form there"}})"},
      {"approve", R"({"product": "shop", "approve": {"elements": ["web.throttle-logins"]}})"},
      {"approve", R"({"product": "shop", "approve": ["web.throttle-logins"]})"},
      {"component", R"({"product": "shop", "component": {"id": "api", "removed": true}})"},
      {"answers", R"({"product": "shop", "answers": {"reach": null}})"},
  };
  for (const auto& [kind, line] : lines) {
    CAPTURE(line);
    const auto fact = wire::read_fact(line);
    REQUIRE(fact);
    CHECK(fact->product == "shop");
    CHECK(fact->kind == kind);
    CHECK(fact->at.has_value() == (kind == "result" || kind == "run"));
    check_round_trip(fact->body);
  }
}

TEST_CASE("facts that only riskd makes survive the store") {
  check_round_trip(ProductFact{"The \"shop\"\n\x01", true});
  check_round_trip(AnswersFact{"api",
                               {{"web.x", 0.1},
                                {"web.y", std::vector<std::string>{"a", "b"}},
                                {"web.z", std::monostate{}}}});
  check_round_trip(FieldsFact{"", {{"owner", std::string("payments")}}});
  check_round_trip(ToldFact{"vulnerability", "api/web.x", "a, b", true});
  check_round_trip(SuiteFact{"zap/nightly"});
  TicketFact ticket{"requirement", "web.x",     "jira", "jira", "SHOP-1", "Done", "", "", "",
                    {"a", "b"},    "https://x", true,   true};
  check_round_trip(ticket);
  TestResult test{"10202",
                  {"10202-1"},
                  "No token",
                  "api",
                  "https://shop",
                  {79, 352},
                  TestOutcome::skipped,
                  false,
                  {{"risk", "medium"}, {"risk", "low"}},
                  {"@a"}};
  check_round_trip(ResultFact{"zap", "zap", test});
  check_round_trip(RunFact{
      "zap", "1", "zap", "api", "https://ci", false, true, false, {"https://shop"}, {test, test}});
  test.outcome = TestOutcome::absent;
  check_round_trip(RunFact{"sarif", "1", "sarif", "", "", {}, false, true, {}, {test}});
}

TEST_CASE("a report's checks without result become absences of its run") {
  connectors::Report report;
  report.format = "sarif";
  report.checks = {{"js/sql", {89}}, {"js/xss", {79}}, {"js/xss", {79}}, {"js/old", {}}};
  report.results.resize(1);
  report.results.front().id = "js/sql/2";
  report.results.front().aliases = {"js/sql"};
  const RunFact run = wire::to_run(report, "s", "1", "");
  REQUIRE(run.results.size() == 3);
  CHECK(run.results[0].id == "js/sql/2");
  CHECK(run.results[1].id == "js/xss");
  CHECK(run.results[1].cwe == std::vector<int>{79});
  CHECK(run.results[1].outcome == TestOutcome::absent);
  CHECK(run.results[2].id == "js/old");
  report.failed = true;
  CHECK(wire::to_run(report, "s", "1", "").results.size() == 1);
}

TEST_CASE("an effect survives the outbox") {
  Effect effect;
  effect.key = "k";
  effect.kind = EffectKind::comment;
  effect.title = {{"a", false}, {"b", true}};
  effect.labels = {"security"};
  effect.watched = "w";
  effect.departed = true;
  const std::string text = wire::write_effect(effect);
  const auto back = wire::read_effect(text);
  REQUIRE(back);
  CHECK(back->title == effect.title);
  CHECK(wire::write_effect(*back) == text);
  CHECK_FALSE(wire::read_effect("{}"));
}

TEST_CASE("a fact that is not as it should be is refused at its place") {
  check_refused(R"({"product": "a", "answers": {}, "x/y": 1})", "/x~1y", "`x/y` is unknown");
  check_refused(R"({"product": "a", "decision": {"element": "x", "state": "required", "why": ""}})",
                "/decision/why", "`why`");
  check_refused(R"({"product": "a", "ticket": {"for": "r:x", "tracker": "jira", "own": true}})",
                "/ticket/own", "`own`");
  check_refused(R"({"product": "a", "told": {"for": "r:x"}})", "/told", "`told`");
  check_refused(R"({"product": "a", "answers": {"r": 1, "r": 2}})", "/answers/r", "twice");
  check_refused(
      R"({"product": "a", "run": {"suite": "s", "source": "zap", "results": [{"id": "1", "outcome": "failed", "id": "2"}]}})",
      "/run/results/0/id", "twice");
  check_refused(R"({"product": "a", "answers": {}, "fields": {}})", "/fields", "one thing");
  check_refused(R"({"product": "a"})", "", "nothing");
  check_refused(R"({"answers": {}})", "/product", "missing");
  check_refused(R"({"product": 1, "answers": {}})", "/product", "a text");
  check_refused(R"({"product": "a", "answers": {"r": {"x": 1}}})", "/answers/r", "a value");
  check_refused(R"({"product": "a", "answers": {"r": ["x", 1]}})", "/answers/r/1", "a text");
  check_refused(R"({"product": "a", "at": "yesterday", "answers": {}})", "/at", "a time");
  check_refused(R"({"product": "a", "ticket": {"for": "x", "tracker": "jira"}})", "/ticket/for",
                "its element");
  check_refused(
      R"({"product": "a", "result": {"suite": "s", "source": "zap", "id": "1", "outcome": "skipped"}})",
      "/result/outcome", "`passed` or `failed`");
  check_refused(
      R"({"product": "a", "result": {"suite": "s", "source": "zap", "id": "1", "outcome": "failed", "cwe": 1.5}})",
      "/result/cwe", "CWE");
  check_refused(R"([])", "", "an object");
}

TEST_CASE("a refusal deep in a fact names its place") {
  const std::string run =
      R"({"product": "p", "run": {"suite": "s", "source": "zap", "results": [{"id": "a", "outcome": "failed"}, )";
  check_refused(run + R"({"id": "b"}]}})", "/run/results/1/outcome", "`outcome` is missing");
  check_refused(run + R"({"id": "b", "outcome": "odd"}]}})", "/run/results/1/outcome", "must be");
  check_refused(run + R"({"id": "b", "outcome": "failed", "a/b~": 1}]}})", "/run/results/1/a~1b~0",
                "is unknown here");
  check_refused(run + R"({"id": "b", "outcome": "failed", "cwe": [7, "x"]}]}})",
                "/run/results/1/cwe/1", "a number");
  check_refused(R"({"product": "p", "answers": {"a": [1]}})", "/answers/a/0", "a text");
  check_refused(R"({"product": "p", "answers": {"x": {"b": 1, "a": 1, "b": 2, "a": 3}}})",
                "/answers/x/a", "given twice");
  std::string many = R"({"product": "p", "answers": {"first": 0)";
  for (int i = 0; i < 40; ++i) many += ", \"q" + std::to_string(i) + "\": 1";
  check_refused(many + R"(, "q7": 1}})", "/answers/q7", "given twice");
}

TEST_CASE("hostile JSON gives an error") {
  const std::string deep(1'000'000, '[');
  CHECK(wire::read_fact(deep).error().code == ErrorCode::too_large);
  CHECK(wire::read_fact(std::string(limits::json_bytes + 1, ' ')).error().code ==
        ErrorCode::too_large);
  for (const std::string line :
       {"", " ", "{", "nul", "{} {}", "{\"a\":}", "{\"product\":\"\xff\"}",
        "{\"product\":\"\\ud800\"}", "{\"product\":\"a\",\"answers\":{\"x\":1e999}}", "{\"a\":1,}",
        "// c\n{}"}) {
    CAPTURE(line);
    CHECK_FALSE(wire::read_fact(line));
  }
}

TEST_CASE("text is quoted so that it can be read back") {
  CHECK(wire::quote("a\"\\\n\x01\xff\xc3\xa9") == "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\"");
}

TEST_CASE("what acts on a terminal is escaped, and read back as it was") {
  const std::string hostile =
      "\x1b[31m\x7f\xc2\x9b"
      "1m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8";
  CHECK(wire::quote(hostile) == R"("\u001b[31m\u007f\u009b1m\u202e\u2066\u061c\u2028")");
  CHECK(boost::json::parse(wire::quote(hostile)).as_string() == hostile);
}

TEST_CASE("numbers are written without exponent, with as few digits as mean them") {
  const std::vector<std::pair<double, std::string>> numbers{{87.5, "87.5"},
                                                            {0.1, "0.1"},
                                                            {100'000.0, "100000"},
                                                            {1e20, "100000000000000000000"},
                                                            {-2.5e-7, "-0.00000025"},
                                                            {19.69, "19.69"},
                                                            {5e-324, ""},
                                                            {1.7976931348623157e308, ""}};
  for (const auto& [number, text] : numbers) {
    const std::string written = wire::serialize(boost::json::value(number));
    CAPTURE(written);
    CHECK(written.find_first_of("eE") == std::string::npos);
    if (!text.empty()) CHECK(written == text);
    CHECK(std::strtod(written.c_str(), nullptr) == number);
  }
  CHECK(wire::serialize(boost::json::parse(
            R"({"a": [8.75E1, 1, -1, 18446744073709551615, true, null], "b": {"c": "\u0085"}})")) ==
        R"({"a":[87.5,1,-1,18446744073709551615,true,null],"b":{"c":"\u0085"}})");
}

TEST_CASE("numbers are rounded to two decimals as the engine prints them") {
  const auto written = [](double number) {
    wire::Writer out;
    out.rounded(number);
    return out.take();
  };
  std::vector<double> numbers{0,      -0.0,    0.004,  0.005,   0.0049999, 1.005,     -1.005, 0.29,
                              28.999, 99.995,  99.994, 100,     65.625,    46.875,    1e7,    1e9,
                              1e15,   1.5e300, 5e-324, 0.01499, -0.001,    9999999.99};
  std::uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const auto whole = static_cast<double>(state >> 40);
    numbers.push_back(whole / 100);                               // two decimals
    numbers.push_back(whole / 1000);                              // three: halves among them
    numbers.push_back(-static_cast<double>(state >> 11) / 9e13);  // as products are
  }
  for (const double number : numbers) {
    CAPTURE(number);
    REQUIRE(written(number) == print_number(number));
  }
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("a string is escaped wherever the special byte stands") {
  for (std::size_t length = 1; length < 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 128; ++byte) {
        std::string text(length, '~');
        text[at] = static_cast<char>(byte);
        const bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
        CAPTURE(length, at, byte);
        const std::string quoted = wire::quote(text);
        REQUIRE((quoted == '"' + text + '"') == plain);
        REQUIRE(boost::json::parse(quoted).as_string() == text);
      }
    }
  }
  CHECK(wire::quote("1234567\xc3\xa9 and on") == "\"1234567\xc3\xa9 and on\"");
  CHECK(wire::quote("\xff"
                    "2345678") ==
        "\"\xef\xbf\xbd"
        "2345678\"");
}

TEST_CASE("a rule file is named relative to its folder, and two of one name are distinguished") {
  using Names = std::vector<std::string>;
  const Names roots{"/srv/policy", "/srv/policy/web/", "/usr/rules", "one/file.risk"};
  CHECK(wire::short_names({"/srv/policy/a.risk", "/srv/policy/b/a.risk"}, roots) ==
        Names{"a.risk", "b/a.risk"});
  CHECK(wire::short_names({"/srv/policy/web/x.risk"}, roots) == Names{"x.risk"});
  CHECK(wire::short_names({"one/file.risk", "client/x.risk"}, roots) ==
        Names{"file.risk", "client/x.risk"});
  CHECK(wire::short_names({"/srv/policy/x.risk", "/usr/rules/x.risk", "/usr/rules/y.risk"},
                          roots) == Names{"policy/x.risk", "rules/x.risk", "y.risk"});
  // What is called so already gives way as well.
  CHECK(wire::short_names({"/srv/policy/x.risk", "/usr/rules/x.risk", "/usr/rules/rules/x.risk"},
                          roots) ==
        Names{"policy/x.risk", "usr/rules/x.risk", "rules/rules/x.risk"});
  CHECK(wire::short_names({"/a/policy/x.risk", "/b/policy/x.risk"}, {"/a/policy", "/b/policy"}) ==
        Names{"a/policy/x.risk", "b/policy/x.risk"});
  CHECK(wire::short_names({"/gone/web/x.risk", "/gone/core/x.risk", "/gone/core/y.risk"}, {}) ==
        Names{"web/x.risk", "core/x.risk", "y.risk"});
  CHECK(wire::short_names({"x.risk", "./web/y.risk"}, {"."}) == Names{"x.risk", "web/y.risk"});
}

TEST_CASE("a facts file comes in an order in which it can be resolved") {
  const auto file = wire::read_facts_file(R"({"product": "shop", "now": "2026-11-23",
    "results": [{"suite": "s", "source": "zap", "id": "1", "outcome": "failed", "at": "2026-11-22"}],
    "approve": ["web.x"], "tickets": {"requirement:web.x": {"tracker": "jira", "status": "Done"}},
    "decisions": {"web.x": {"state": "required"}}, "answers": {"a": true},
    "components": {"api": {"type": "web-service", "answers": {}}}, "fields": {"owner": "x"}})");
  REQUIRE(file);
  REQUIRE(file->facts.size() == 7);
  const std::vector<std::size_t> kinds{2, 3, 1, 4, 6, 8, 5};
  for (std::size_t i = 0; i < kinds.size(); ++i) CHECK(file->facts[i].index() == kinds[i]);
  CHECK(file->times[5] == parse_instant("2026-11-22"));
  CHECK(file->now == parse_instant("2026-11-23"));
  const auto all = wire::read_facts_file(R"({"approve": true})");
  REQUIRE(all);
  REQUIRE(all->facts.size() == 1);
  CHECK(std::get<engine::ApproveFact>(all->facts.front()).all);
  CHECK(wire::read_facts_file(R"({"answer": {}})").error().where == "/answer");
}

TEST_CASE("a line of changes holds what changed and no more") {
  const LiveProduct product(nullptr, "shop");
  Deltas deltas;
  deltas.rating = 87.5;
  CHECK(wire::write_change(7, product, deltas) == R"({"seq":7,"product":"shop","rating":87.5})");
  deltas.rating = 75;
  RiskChange change;
  change.id = ElementId("web.a");
  change.current = 26.249999;
  deltas.risks.push_back(change);
  RiskChange ended;
  ended.id = ElementId("web.b");
  ended.ended = true;
  deltas.risks.push_back(ended);
  deltas.states.push_back({ElementId("web.w"), std::nullopt, Tested::failed});
  deltas.tickets.push_back({"vulnerability", "web.w", Desired::open});
  CHECK(wire::write_change(8, product, deltas) ==
        R"({"seq":8,"product":"shop","rating":75,"changed":[{"id":"web.a","current":26.25},)"
        R"({"id":"web.b","applies":false}],"states":[{"id":"web.w","tested":"failed"}],)"
        R"("tickets":[{"ticket":"vulnerability","for":"web.w","desired":"open"}]})");
}

}  // namespace

}  // namespace riskd::tests::wire_test
