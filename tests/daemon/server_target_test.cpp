#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "daemon/client/client.hpp"
#include "daemon/server/target.hpp"

namespace riskd::server::server_target_test {
namespace {

using Segments = std::vector<std::string>;
using Query = std::map<std::string, std::string>;

Target read(std::string_view text) {
  auto target = parse_target(text);
  if (!target) FAIL(text << ": " << target.error().message);
  return std::move(*target);
}

void check_path(std::string_view text, const std::string& path, const Segments& segments) {
  INFO(text);
  const Target target = read(text);
  CHECK(target.path == path);
  CHECK(target.segments == segments);
}

void check_query(std::string_view text, const Query& query) {
  INFO(text);
  CHECK(read(text).query == query);
}

void check_refused(std::string_view text, std::string_view why) {
  INFO(text);
  const auto target = parse_target(text);
  REQUIRE(!target);
  CHECK(target.error().code == ErrorCode::invalid);
  CHECK_THAT(target.error().message, Catch::Contains(std::string(why)));
}

TEST_CASE("a path is decoded segment by segment") {
  check_path("/", "/", {});
  check_path("/v1/products/shop", "/v1/products/shop", {"v1", "products", "shop"});
  check_path("/v1/a%2Fb", "/v1/a/b", {"v1", "a/b"});
  check_path("/gr%C3%BC%c3%9fe", "/grüße", {"grüße"});
  check_path("/grüße", "/grüße", {"grüße"});
  check_path("/a+b", "/a+b", {"a+b"});
  check_path("/%25%3f%23", "/%?#", {"%?#"});
}

TEST_CASE("empty and dot segments are segments like others") {
  check_path("/a//b/", "/a//b/", {"a", "", "b", ""});
  check_path("//", "//", {"", ""});
  check_path("/../%2e%2e/.", "/../../.", {"..", "..", "."});
}

TEST_CASE("a target may be absolute, or the asterisk of OPTIONS") {
  check_path("http://riskd/v1/health?x=1", "/v1/health", {"v1", "health"});
  check_path("https://riskd", "/", {});
  check_path("http://riskd?x=1", "/", {});
  check_query("http://riskd?x=1", {{"x", "1"}});
  check_path("*", "*", {});
}

TEST_CASE("a query is decoded name by name, and of a repeated name the last counts") {
  check_query("/?a=1&b=2", {{"a", "1"}, {"b", "2"}});
  check_query("/?a=1&a=2", {{"a", "2"}});
  check_query("/?", {});
  check_query("/?&&a&=x&b=", {{"a", ""}, {"", "x"}, {"b", ""}});
  check_query("/?a=b=c", {{"a", "b=c"}});
  check_query("/?at=2026-01-01T00:00:00%2B02:00", {{"at", "2026-01-01T00:00:00+02:00"}});
  check_query("/?reason=not+ours%26theirs", {{"reason", "not ours&theirs"}});
  check_query("/?a/b=c?d", {{"a/b", "c?d"}});
}

TEST_CASE("what does not decode is refused") {
  for (const char* text : {"/%", "/%4", "/%zz", "/a%2", "/%%41", "/?a=%", "/?%4g=1"}) {
    check_refused(text, "two hexadecimal digits");
  }
  check_refused("/%00", "NUL");
  check_refused("/?a=%00", "NUL");
  check_refused(std::string_view("/a\0b", 4), "NUL");
  for (const char* text : {"/%ff", "/%c3", "/%c3/%bc", "/%ed%a0%80", "/%c0%af", "/?a=%80"}) {
    check_refused(text, "not UTF-8");
  }
  check_refused("/a#b", "`#`");
  for (const char* text : {"", "?a=1", "v1", "ftp://riskd/", "httpx"}) {
    check_refused(text, "does not begin with `/`");
  }
}

TEST_CASE("what is encoded decodes to itself, in a path and in a query") {
  std::string all;
  for (char c = 1; c < 127; ++c) all += c;
  all += "ü €";
  check_path("/" + client::encode(all) + "/x", "/" + all + "/x", {all, "x"});
  check_query("/?a=" + client::encode(all), {{"a", all}});
  CHECK(client::encode("a-b.c_d~E9") == "a-b.c_d~E9");
  CHECK(client::encode("a b/ü+") == "a%20b%2F%C3%BC%2B");
}

}  // namespace
}  // namespace riskd::server::server_target_test
