// The routes over a real service and a real socket: what a client sends and what it gets.
#include <map>
#include <sstream>

#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_test {

using namespace testing;

TEST_CASE("a product is made once, listed, shown and removed") {
  const Daemon daemon;
  daemon.must(201, "PUT", "/v1/products/shop", R"({"title": "Shop"})");
  daemon.must(200, "PUT", "/v1/products/shop", R"({"title": "The shop"})");
  daemon.must(201, "PUT", "/v1/products/office");
  const json::value list = daemon.must(200, "GET", "/v1/products?limit=1");
  CHECK(list.at("items").as_array().size() == 1);
  CHECK(list.at("next").as_string() == "office");
  CHECK(daemon.must(200, "GET", "/v1/products?after=office").at("next").is_null());
  CHECK(daemon.must(200, "GET", "/v1/products/shop").at("title").as_string() == "The shop");
  daemon.must(422, "PUT", "/v1/products/a%2Fb");
  daemon.must(200, "DELETE", "/v1/products/shop");
  daemon.must(404, "GET", "/v1/products/shop");
}

TEST_CASE("an answer changes the model, and a wrong one says what was expected") {
  const Daemon daemon;
  daemon.make_shop();
  const json::value model = daemon.must(200, "GET", "/v1/products/shop/model");
  CHECK(model.at("risks").as_array().size() == 1);
  const json::value problem =
      daemon.must(422, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "moon"}})");
  const json::object& error = problem.at("errors").as_array().at(0).as_object();
  CHECK(error.at("pointer").as_string() == "/answers/reach");
  CHECK_FALSE(error.at("expected").as_array().empty());
  daemon.must(422, "PATCH", "/v1/products/shop/answers", R"({"answer": {}})");
  const json::value asked = daemon.must(200, "GET", "/v1/products/shop/questionnaire");
  CHECK(asked.at("questions").as_array().at(0).at("answered").as_bool());
}

TEST_CASE("what is not JSON is refused with its place and stores nothing") {
  const Daemon daemon;
  daemon.make_shop();
  const auto seq = header(daemon.send("GET", "/v1/products/shop"), "etag");
  const json::value problem =
      daemon.must(400, "PATCH", "/v1/products/shop/answers", "{\"answers\":\n {]}");
  CHECK(problem.at("detail").as_string().find("body:2:") != json::string::npos);
  daemon.must(413, "PATCH", "/v1/products/shop/answers",
              std::string(40, '[') + std::string(40, ']'));
  daemon.must(400, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "office")");
  daemon.must(415, "PATCH", "/v1/products/shop/answers", "{}", {{"Content-Type", "image/png"}});
  CHECK(header(daemon.send("GET", "/v1/products/shop"), "etag") == seq);
}

TEST_CASE("unknown paths, methods and query names are refused differently") {
  const Daemon daemon;
  daemon.must(404, "GET", "/v1/nothing");
  daemon.must(404, "GET", "/v1/products/shop/model");
  const client::Response response = daemon.send("POST", "/v1/products/shop");
  CHECK(response.status == 405);
  CHECK(header(response, "allow") == "PUT, GET, HEAD, DELETE");
  daemon.must(400, "GET", "/v1/products?limt=1");
  daemon.must(400, "GET", "/v1/products?limit=0");
  daemon.must(400, "GET", "/v1/products?limit=1001");
  daemon.must(400, "GET", "/v1/events?folow=false");
}

TEST_CASE("If-Match holds a change back that was decided on an older version") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string etag = header(daemon.send("GET", "/v1/products/shop"), "etag");
  const std::string body = R"({"answers": {"reach": "office"}})";
  daemon.must(200, "PATCH", "/v1/products/shop/answers", body, {{"If-Match", etag}});
  daemon.must(412, "PATCH", "/v1/products/shop/answers", body, {{"If-Match", etag}});
  daemon.must(412, "PATCH", "/v1/products/shop/answers", body, {{"If-Match", "\"x\""}});
  daemon.must(412, "PUT", "/v1/products/new", {}, {{"If-Match", "*"}});
}

TEST_CASE("a repeated Idempotency-Key gets the first answer again") {
  const Daemon daemon;
  daemon.make_shop();
  const Headers key = {{"Idempotency-Key", "once"}};
  const std::string body = R"({"answers": {"reach": "office"}})";
  const json::value first = daemon.must(200, "PATCH", "/v1/products/shop/answers", body, key);
  const json::value again = daemon.must(200, "PATCH", "/v1/products/shop/answers", body, key);
  CHECK(first == again);
  daemon.must(422, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": null}})", key);
}

TEST_CASE("the model has the texts of the questions that it names") {
  const Daemon daemon;
  daemon.must(201, "PUT", "/v1/products/shop");
  const auto texts = [&] {
    return daemon.must(200, "GET", "/v1/products/shop/model").at("question-texts").as_object();
  };
  CHECK(texts() == json::object{{"shop.reach", "Who can reach it?"}});
  daemon.must(200, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "office"}})");
  CHECK(texts().empty());
}

TEST_CASE("decisions and approval reach the model") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "PATCH", "/v1/products/shop/decisions",
              R"({"decisions": [{"element": "lock-1", "state": "not-applicable",
                                 "reason": "no door"}]})");
  const json::value model = daemon.must(200, "GET", "/v1/products/shop/model");
  const json::value& lock = model.at("countermeasures").as_array().at(0);
  CHECK(lock.at("state").as_string() == "not-applicable");
  const json::value& decided = lock.at("decided");
  CHECK_FALSE(decided.at("poster").as_string().empty());
  CHECK(decided.at("seq").to_number<int>() ==
        daemon.must(200, "GET", "/v1/products/shop").at("seq").to_number<int>());
  daemon.must(200, "POST", "/v1/products/shop/approve");
  CHECK(daemon.must(200, "GET", "/v1/products/shop").at("approved").as_bool());
  daemon.must(422, "PATCH", "/v1/products/shop/decisions", R"({"decisions": []})");
  daemon.must(422, "PATCH", "/v1/products/shop/decisions",
              R"({"decision": {"element": "no-such", "state": "required", "reason": "r"}})");
}

TEST_CASE("the newest run again renews it; older bytes again are a new run") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string target = "/v1/products/shop/results?suite=unit";
  const json::value first = daemon.must(200, "POST", target, junit_report);
  CHECK(first.at("run").at("counts").at("passed").to_number<int>() == 1);
  const json::value then = daemon.must(200, "GET", "/v1/products/shop/results");
  daemon.must(200, "POST", target, junit_report);
  const json::value now = daemon.must(200, "GET", "/v1/products/shop/results");
  REQUIRE(now.at("items").as_array().size() == 1);
  CHECK(now.at("items").at(0).at("run") == then.at("items").at(0).at("run"));
  CHECK(now.at("items").at(0).at("at").as_string() >= then.at("items").at(0).at("at").as_string());
  const std::string broken =
      R"(<testsuite name="unit" tests="1"><testcase classname="Door" name="locks"><failure/></testcase></testsuite>)";
  const auto outcome = [&] {
    const json::value results = daemon.must(200, "GET", "/v1/products/shop/results");
    REQUIRE(results.at("items").as_array().size() == 1);
    return std::string(results.at("items").at(0).at("outcome").as_string());
  };
  for (const auto& [report, expected] :
       {std::pair{broken, "failed"}, {junit_report, "passed"}, {broken, "failed"}}) {
    daemon.must(200, "POST", target, report);
    CHECK(outcome() == expected);
  }
  CHECK(daemon.must(200, "GET", "/v1/products/shop/suites/unit").at("suite").as_string() == "unit");
  daemon.must(404, "GET", "/v1/products/shop/suites/other");
  daemon.must(200, "DELETE", "/v1/products/shop/suites/unit");
}

TEST_CASE("every answer writes numbers as people do") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy(2));
  const std::string rating =
      "\"rating\":" +
      engine::print_number(daemon.workspace.service->product("shop")->model().rating);
  REQUIRE(rating.find('.') != std::string::npos);
  for (const char* target : {"/v1/products", "/v1/products/shop", "/v1/products/shop/model",
                             "/v1/products/shop/history"}) {
    INFO(target);
    CHECK(daemon.send("GET", target).body.find(rating) != std::string::npos);
  }
  const std::string plan = daemon.send("POST", "/v1/policy/plan").body;
  CHECK(plan.find("\"rating-before\"" + rating.substr(rating.find(':'))) != std::string::npos);
}

TEST_CASE("a bad report is refused with its place") {
  const Daemon daemon;
  daemon.make_shop();
  const json::value problem =
      daemon.must(422, "POST", "/v1/products/shop/results?suite=unit", "<testsuite><testcase>");
  CHECK(problem.at("detail").as_string().find("report:1:") != json::string::npos);
  daemon.must(400, "POST", "/v1/products/shop/results", junit_report);
  daemon.must(400, "POST", "/v1/products/shop/results?suite=unit&complete=maybe", junit_report);
  daemon.must(422, "POST", "/v1/products/shop/results?suite=unit&format=none", junit_report);
  daemon.must(404, "POST", "/v1/products/none/results?suite=unit", junit_report);
}

TEST_CASE("a peer may do what its roles say, on its products, on every road") {
  using service::Role;
  const Daemon daemon({me({Role::report, Role::read}, {"shop*"}), me({Role::admin})});
  daemon.must(201, "PUT", "/v1/products/shop");
  daemon.must(201, "PUT", "/v1/products/office");
  daemon.must(200, "POST", "/v1/products/shop/results?suite=unit", junit_report);
  daemon.must(403, "POST", "/v1/products/office/results?suite=unit", junit_report);
  daemon.must(403, "GET", "/v1/products/office/model");
  const json::value problem = daemon.must(403, "POST", "/v1/products/shop/approve");
  CHECK(problem.at("detail").as_string().find("`review`") != json::string::npos);
  daemon.must(403, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "office"}})");
  CHECK(daemon.must(200, "GET", "/v1/products").at("items").as_array().size() == 1);
  const client::Response lines =
      daemon.send("POST", "/v1/facts", R"({"product": "shop", "approve": {"elements": []}})");
  CHECK(lines.status == 403);
  CHECK(lines.body.find("`review`") != std::string::npos);
}

TEST_CASE("a policy is checked, planned and refused with its diagnostics") {
  const Daemon daemon;
  daemon.make_shop();
  const json::value sound = daemon.must(200, "POST", "/v1/policy/check");
  CHECK(sound.at("sound").as_bool());
  const json::value same = daemon.must(200, "POST", "/v1/policy/plan");
  CHECK(same.at("same-policy").as_bool());
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy(3));
  const json::value other = daemon.must(200, "POST", "/v1/policy/plan");
  CHECK(other.at("products-reached").to_number<int>() == 1);
  CHECK(other.at("totals").at("added").to_number<int>() == 2);
  CHECK(other.at("totals").at("removed").to_number<int>() == 0);
  CHECK(other.at("products").at(0).at("added").as_array().size() == 2);
  CHECK(other.at("totals").at("lost-answers").to_number<int>() == 0);
  std::string renamed = service::testing::small_policy();
  for (std::size_t at = renamed.find("internet"); at != std::string::npos;
       at = renamed.find("internet", at))
    renamed.replace(at, 8, "public");
  daemon.workspace.folder.write("policy/shop.risk", renamed);
  const json::value losing = daemon.must(200, "POST", "/v1/policy/plan");
  CHECK(losing.at("totals").at("lost-answers").to_number<int>() == 1);
  CHECK(losing.at("products").at(0).at("lost-answers").at(0).as_string() == "shop.reach");
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy());
  const std::string broken = R"({"files": {"web.risk": "library web \"W\" version"}})";
  const json::value problem = daemon.must(422, "POST", "/v1/policy/reload", broken);
  CHECK(problem.at("errors").at(0).at("file").as_string() == "web.risk");
  CHECK(daemon.must(200, "GET", "/v1/policy").at("policy") == sound.at("policy"));
  daemon.must(422, "POST", "/v1/policy/check", R"({"files": {"web.risk": 1}})");
}

TEST_CASE("the past is kept: why, history and the log of facts") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "GET", "/v1/products/shop/why?element=lock-1");
  const json::value why = daemon.must(200, "GET", "/v1/products/shop/why?element=exposed");
  const json::value& other = why.at("would-change");
  CHECK(other.at("becomes").as_string() == "does not apply");
  REQUIRE(other.at("sets").as_array().size() == 1);
  CHECK(other.at("sets").at(0).at(0).at("question").as_string() == "shop.reach");
  CHECK(other.at("sets").at(0).at(0).at("value").as_string() == "office");
  daemon.must(404, "GET", "/v1/products/shop/why?element=no-such");
  daemon.must(400, "GET", "/v1/products/shop/why");
  daemon.must(400, "GET", "/v1/products/shop/why?element=lock-1&at=yesterday");
  const json::value history = daemon.must(200, "GET", "/v1/products/shop/history");
  CHECK(history.at("items").as_array().size() >= 2);
  const json::value facts = daemon.must(200, "GET", "/v1/products/shop/facts?after=0");
  CHECK(facts.at("items").as_array().back().as_object().contains("answers"));
  // A fact of the product itself: the id stays what it is.
  CHECK(facts.at("items").at(0).at("product").as_string() == "shop");
}

TEST_CASE("a reload may require the plan that it was shown") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy(2));
  const json::value plan = daemon.must(200, "POST", "/v1/policy/plan");
  const auto body = [](const json::value& required) {
    return json::serialize(json::object{{"require-plan", required}});
  };
  daemon.must(422, "POST", "/v1/policy/reload", body(7));
  daemon.must(422, "POST", "/v1/policy/reload", body(""));
  daemon.must(422, "POST", "/v1/policy/plan", body("a"));
  daemon.must(409, "POST", "/v1/policy/reload", body("0123"));
  CHECK(daemon.must(200, "POST", "/v1/policy/reload", body(plan.at("plan"))).at("plan") ==
        plan.at("plan"));
}

TEST_CASE("a policy is rolled back, and what is said of it says so") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy(2));
  const json::value reloaded = daemon.must(200, "POST", "/v1/policy/reload");
  daemon.must(422, "POST", "/v1/policy/rollback", R"({"revision": "first"})");
  daemon.must(422, "POST", "/v1/policy/rollback", R"({"revision": 0})");
  daemon.must(422, "POST", "/v1/policy/rollback", R"({"revisions": 1})");
  daemon.must(404, "POST", "/v1/policy/rollback", R"({"revision": 9})");
  const json::value done = daemon.must(200, "POST", "/v1/policy/rollback", R"({"revision": 1})");
  CHECK(done.at("revision").as_int64() == 3);
  CHECK(done.at("of").as_int64() == 1);
  CHECK(done.at("totals").at("products").as_int64() == 1);
  CHECK(daemon.must(200, "GET", "/v1/policy").at("instead-of") == reloaded.at("policy"));
  CHECK(daemon.must(200, "GET", "/v1/health").at("instead-of") == reloaded.at("policy"));
  daemon.must(200, "POST", "/v1/policy/rollback");
  CHECK(daemon.must(200, "GET", "/v1/policy").at("policy") == reloaded.at("policy"));
}

TEST_CASE("events go on where a client left off") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy(2));
  daemon.must(200, "POST", "/v1/policy/reload");
  // (id, type) of each event after an id.
  using Events = std::vector<std::pair<std::string, std::string>>;
  daemon.must(400, "GET", "/v1/events?follow=perhaps");
  const auto events_after = [&](const std::string& id) {
    client::Request request;
    request.target = "/v1/events?follow=false&after=" + id;
    std::string text;
    CHECK(
        client::follow(daemon.workspace.folder / "api.sock", request, [&](std::string_view piece) {
          text += piece;
          return true;
        }));
    Events events;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("id: ")) events.emplace_back(line.substr(4), "");
      if (line.starts_with("event: ")) events.back().second = line.substr(7);
    }
    return events;
  };
  const Events all = events_after("0");
  REQUIRE(all.size() > 3);
  const Events last(all.end() - 3, all.end());
  CHECK(last[0].second == "change");
  CHECK(last[1] == std::pair<std::string, std::string>(last[0].first, "change"));
  CHECK(last[2].second == "policy");
  // Who resumes after an event gets what came after it, and what it may have missed of the same entry again.
  CHECK(events_after(last[0].first) == Events{last[1], last[2]});
  CHECK(events_after(last[2].first).empty());
  daemon.must(400, "GET", "/v1/events", {}, {{"Last-Event-ID", "x"}});
}

TEST_CASE("tickets, health and metrics show the current state") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", "/v1/products/shop/approve");
  daemon.must(200, "POST", "/v1/sync?wait=true&product=shop");
  const json::value tickets = daemon.must(200, "GET", "/v1/tickets?product=shop");
  REQUIRE(tickets.at("items").as_array().size() == 1);
  CHECK(tickets.at("items").at(0).at("actual").as_string() == "open");
  daemon.must(404, "GET", "/v1/tickets?product=none");
  CHECK(daemon.must(200, "GET", "/v1/health").at("status").as_string() == "ok");
  CHECK(daemon.must(200, "GET", "/v1/health/live").at("status").as_string() == "alive");
  const json::value ready = daemon.must(200, "GET", "/v1/health/ready");
  CHECK(ready.at("status").as_string() == "ready");
  CHECK(ready.at("revision").as_int64() == 1);
  const client::Response metrics = daemon.send("GET", "/v1/metrics");
  CHECK(metrics.body.find("riskd_products 1\n") != std::string::npos);
}

}  // namespace riskd::api::api_test
