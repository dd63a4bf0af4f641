// The routes that answer with the facts and the rules of then.
#include <algorithm>
#include <chrono>
#include <thread>

#include "daemon/api/then.hpp"
#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_past_test {
namespace {

using namespace testing;

const std::string shop = "/v1/products/shop";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

std::string now() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::string moment = to_string(service::testing::Workspace::now());
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return moment;
}

// A shop under one policy, and later under another one.
struct Past : Daemon {
  Past() {
    before = now();
    make_shop();
    first = now();
    const std::string mild =
        replaced(service::testing::small_policy(2), "integrity high", "integrity low");
    const json::object files{{"files", json::object{{"shop.risk", mild}}}};
    reloaded = must(200, "POST", "/v1/policy/reload", json::serialize(files));
    second = now();
  }
  std::string before, first, second;
  json::value reloaded;
};

double rating_of(const json::value& side) { return side.at("rating").to_number<double>(); }

std::string detail_of(const json::value& problem) {
  return std::string(problem.at("detail").as_string());
}

std::vector<std::string> ids_of(const json::value& list) {
  std::vector<std::string> ids;
  for (const json::value& each : list.as_array()) ids.emplace_back(each.at("id").as_string());
  return ids;
}

}  // namespace

TEST_CASE("the model of a moment is under the policy of then, and says so") {
  const Past past;
  const json::value then = past.must(200, "GET", shop + "/model?at=" + past.first);
  const json::value later = past.must(200, "GET", shop + "/model?at=" + past.second);
  const json::value today = past.must(200, "GET", shop + "/model");
  CHECK(rating_of(then) > rating_of(later));
  CHECK(rating_of(later) == rating_of(today));
  CHECK_FALSE(today.as_object().contains("then"));
  CHECK(then.at("countermeasures").as_array().size() == 1);
  CHECK(later.at("countermeasures").as_array().size() == 2);
  const json::value& rules = then.at("then");
  CHECK(rules.at("at").as_string() == past.first);
  CHECK(rules.at("revision").to_number<int>() == 1);
  CHECK(rules.at("policy").as_string() == then.at("policy").as_string());
  CHECK(rules.at("since").as_string() < past.before);
  CHECK(rules.at("record").at("revision").to_number<int>() == 1);
  CHECK(rules.at("differs").as_array().empty());
  CHECK_FALSE(rules.as_object().contains("to-come"));
  CHECK(later.at("then").at("revision").to_number<int>() == 2);
  const json::value in_force = past.must(200, "GET", "/v1/policy");
  CHECK(later.at("then").at("since").as_string() == in_force.at("since").as_string());
  CHECK(later.at("then").at("policy").as_string() == in_force.at("policy").as_string());
}

TEST_CASE("why names what the rules of then have, and not what those of today have") {
  const Past past;
  const json::value then = past.must(200, "GET", shop + "/why?element=break-in&at=" + past.first);
  const json::value today = past.must(200, "GET", shop + "/why?element=break-in");
  CHECK(then.at("then").at("revision").to_number<int>() == 1);
  CHECK(then.at("value").as_string() != today.at("value").as_string());
  CHECK_FALSE(today.as_object().contains("then"));
  past.must(200, "GET", shop + "/why?element=lock-2");
  CHECK_THAT(detail_of(past.must(404, "GET", shop + "/why?element=lock-2&at=" + past.first)),
             Catch::Contains("lock-2"));
}

TEST_CASE("where the record differs, the answer has both values") {
  const Past past;
  auto then = past.workspace.service->then("shop", {std::nullopt, 1});
  REQUIRE(then);
  then->recorded = service::Recorded{7,
                                     Instant{1'780'000'000'000},
                                     1,
                                     {{"", "rating", "1.5", "87.25"},
                                      {"shop.break-in", "band", "", "high"},
                                      {"shop.break-in", "applies", "true", "false"},
                                      {"", "policy", "17", "4e5"}}};
  const json::object answer = then_json(*then);
  CHECK(answer.at("record") ==
        json::parse(R"({"seq": 7, "at": "2026-05-28T20:26:40Z", "revision": 1})"));
  CHECK(answer.at("differs") == json::parse(R"([
    {"value": "rating", "recorded": 1.5, "computed": 87.25},
    {"element": "shop.break-in", "value": "band", "recorded": null, "computed": "high"},
    {"element": "shop.break-in", "value": "applies", "recorded": true, "computed": false},
    {"value": "policy", "recorded": "17", "computed": "4e5"}])"));
}

TEST_CASE("a moment before the product is refused, and one to come is marked") {
  const Past past;
  for (const char* route : {"/model?at=", "/why?element=break-in&at="}) {
    CHECK_THAT(detail_of(past.must(404, "GET", shop + route + past.before)),
               Catch::Contains("there was no product `shop` at " + past.before));
    past.must(400, "GET", shop + route + "yesterday");
    const json::value then = past.must(200, "GET", shop + route + "2200-01-01");
    CHECK(then.at("then").at("to-come").as_bool());
    CHECK(then.at("then").at("record").is_null());
    CHECK_FALSE(then.at("then").as_object().contains("differs"));
  }
  past.must(404, "GET", "/v1/products/none/model?at=" + past.first);
}

TEST_CASE("two moments are compared with the facts and the rules of each") {
  const Past past;
  const json::value answer =
      past.must(200, "GET", shop + "/compare?a=" + past.first + "&b=" + past.second);
  CHECK(answer.at("product").as_string() == "shop");
  CHECK(answer.at("a").at("revision").to_number<int>() == 1);
  CHECK(answer.at("b").at("revision").to_number<int>() == 2);
  CHECK(rating_of(answer.at("a")) > rating_of(answer.at("b")));
  CHECK(ids_of(answer.at("risks")) == std::vector<std::string>{"shop.break-in"});
  const json::value& risk = answer.at("risks").at(0);
  CHECK(risk.at("a").at("inherent").to_number<double>() >
        risk.at("b").at("inherent").to_number<double>());
  CHECK(ids_of(answer.at("countermeasures")) == std::vector<std::string>{"shop.lock-2"});
  CHECK(answer.at("countermeasures").at(0).at("a").is_null());
  CHECK(answer.at("countermeasures").at(0).at("b").at("state").as_string() == "required");
  CHECK(answer.at("weaknesses").as_array().empty());
  CHECK(answer.at("tickets").as_array().empty());
  CHECK(answer.at("patterns").at("begin").as_array().empty());

  // The other way round, what came has gone.
  const json::value back =
      past.must(200, "GET", shop + "/compare?a=" + past.second + "&b=" + past.first);
  CHECK(ids_of(back.at("countermeasures")) == std::vector<std::string>{"shop.lock-2"});
  CHECK(back.at("countermeasures").at(0).at("b").is_null());
}

TEST_CASE("risks, weaknesses and patterns that one moment lacks are in the comparison") {
  const Past past;
  past.must(200, "PATCH", shop + "/answers", R"({"answers": {"reach": "office"}})");
  const std::string third = now();
  const json::value answer =
      past.must(200, "GET", shop + "/compare?a=" + past.second + "&b=" + third);
  CHECK(answer.at("patterns").at("end").at(0).as_string() == "shop.exposed");
  CHECK(answer.at("risks").at(0).at("b").is_null());
  CHECK(answer.at("risks").at(0).at("title").as_string() == "Somebody breaks in");
  CHECK(answer.at("weaknesses").at(0).at("a").at("tested").as_string() == "untested");
  CHECK(answer.at("weaknesses").at(0).at("b").is_null());
  CHECK(answer.at("countermeasures").as_array().size() == 2);
}

TEST_CASE("two policies are compared on the same facts") {
  const Past past;
  past.must(200, "PATCH", shop + "/answers", R"({"answers": {"reach": "office"}})");
  const std::string target = shop + "/compare?a=revision:1&b=revision:2";
  const json::value today = past.must(200, "GET", target);
  CHECK(today.at("risks").as_array().empty());
  CHECK(today.at("a").at("record").is_null());
  CHECK(today.at("a").at("at").as_string() == today.at("b").at("at").as_string());
  const json::value then = past.must(200, "GET", target + "&at=" + past.second);
  CHECK(ids_of(then.at("risks")) == std::vector<std::string>{"shop.break-in"});
  CHECK(then.at("a").at("record").is_null());  // this policy was not in force then
  CHECK(then.at("b").at("differs").as_array().empty());
}

TEST_CASE("what cannot be compared is refused with what is possible") {
  const Past past;
  const std::string compare = shop + "/compare?";
  CHECK_THAT(detail_of(past.must(400, "GET", compare + "a=" + past.first)),
             Catch::Contains("`b` is a time such as"));
  past.must(400, "GET", compare + "a=revision:x&b=revision:1");
  past.must(400, "GET", compare + "a=revision:1&b=" + past.first);
  past.must(400, "GET", compare + "a=" + past.first + "&b=" + past.second + "&at=" + past.first);
  CHECK_THAT(detail_of(past.must(404, "GET", compare + "a=revision:1&b=revision:7")),
             Catch::Contains("no revision 7; the newest is 2"));
  past.must(404, "GET", compare + "a=" + past.before + "&b=" + past.second);
}

TEST_CASE("history has the revision of the policy with each fact and change") {
  const Past past;
  const json::value history = past.must(200, "GET", shop + "/history");
  std::vector<int> revisions;
  for (const json::value& item : history.at("items").as_array()) {
    if (item.at("kind").as_string() == "change")
      revisions.push_back(item.at("policy").to_number<int>());
    else
      CHECK(item.at("policy").to_number<int>() == 1);
  }
  CHECK(revisions == std::vector<int>{1, 2});
}

}  // namespace riskd::api::api_past_test
