// What somebody saw is what they change or approve: reviews with a version, answers and decisions with `was`.
#include <catch2/catch.hpp>

#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::testing::api_review_test {
namespace {

const std::string answers = "/v1/products/shop/answers";
const std::string decisions = "/v1/products/shop/decisions";
const std::string approve = "/v1/products/shop/approve";
const std::string review = "/v1/products/shop/review";

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::string version_of(const Daemon& daemon) {
  return text_of(daemon.must(200, "GET", review).at("version"));
}

}  // namespace

TEST_CASE(
    "an answer that somebody else has changed meanwhile is a conflict that shows their answer") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "PATCH", answers,
              R"({"answers": {"reach": "office"}, "was": {"reach": "internet"}})");
  const json::value refused = daemon.must(
      409, "PATCH", answers, R"({"answers": {"reach": "office"}, "was": {"reach": "internet"}})");
  const json::value& error = refused.at("errors").at(0);
  CHECK(text_of(error.at("code")) == "conflict");
  CHECK(text_of(error.at("pointer")) == "/was/reach");
  CHECK(text_of(error.at("value")) == "office");
  CHECK_FALSE(text_of(error.at("poster")).empty());
  CHECK(error.at("seq").to_number<int>() > 0);
  daemon.must(409, "PATCH", answers,
              R"({"answers": {"reach": "internet"}, "was": {"reach": null}})");
  daemon.must(200, "PATCH", answers, R"({"answers": {"reach": null}, "was": {"reach": "office"}})");
  daemon.must(200, "PATCH", answers, R"({"answers": {"reach": "office"}, "was": {"reach": null}})");
  daemon.must(422, "PATCH", answers, R"({"answers": {"reach": "office"}, "was": ["reach"]})");
}

TEST_CASE("a decision that somebody else has taken meanwhile is a conflict") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string reject =
      R"("decision": {"element": "lock-1", "state": "rejected", "reason": "no door"})";
  daemon.must(200, "PATCH", decisions, "{" + reject + R"(, "was": {"lock-1": null}})");
  const json::value refused =
      daemon.must(409, "PATCH", decisions, "{" + reject + R"(, "was": {"lock-1": null}})");
  CHECK(text_of(refused.at("errors").at(0).at("value")) == "rejected");
  daemon.must(200, "PATCH", decisions, "{" + reject + R"(, "was": {"lock-1": "rejected"}})");
}

TEST_CASE("an approval covers the review that was seen") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", approve);
  daemon.must(200, "PATCH", decisions,
              R"({"decision": {"element": "lock-1", "state": "recommended", "reason": "later"}})");
  const std::string seen = version_of(daemon);
  daemon.must(200, "PATCH", answers, R"({"answers": {"reach": "internet"}})");  // as it was
  CHECK(version_of(daemon) == seen);
  daemon.must(200, "PATCH", decisions,
              R"({"decision": {"element": "lock-1", "state": "required", "reason": "now"}})");
  const json::value refused = daemon.must(409, "POST", approve, R"({"version": ")" + seen + "\"}");
  CHECK(text_of(refused.at("errors").at(0).at("code")) == "changed-review");
  const std::string present = version_of(daemon);
  CHECK(present != seen);
  CHECK(text_of(refused.at("review").at("version")) == present);
  daemon.must(200, "POST", approve, R"({"version": ")" + present + "\"}");
  daemon.must(422, "POST", approve, R"({"elements": []})");
  daemon.must(422, "POST", approve, R"({"elements": ["none-such"]})");
  daemon.must(200, "POST", approve, R"({"elements": ["lock-1"]})");
}

TEST_CASE("a reload changes the version of the product and of its review") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string seen = version_of(daemon);
  const std::string etag = header(daemon.send("GET", "/v1/products/shop"), "etag");
  daemon.workspace.folder.write("policy/shop.risk", service::testing::small_policy(2));
  daemon.must(200, "POST", "/v1/policy/reload");
  CHECK(header(daemon.send("GET", "/v1/products/shop"), "etag") != etag);
  daemon.must(412, "PATCH", answers, R"({"answers": {"reach": "office"}})", {{"If-Match", etag}});
  daemon.must(409, "POST", approve, R"({"version": ")" + seen + "\"}");
}

}  // namespace riskd::api::testing::api_review_test
