// POST /v1/facts of many components: one change, in a time that grows as their number does.
#include <chrono>

#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_components_test {
namespace {

using namespace testing;

const std::string parts_policy = R"(library shop "Shop"
import core

component-type part "Part"
field component.image "Image" : text required
questionnaire about "About" { question reach "Who?" : one-of { internet, office } }
questionnaire details "Details" for component of type part {
  question kind "Kind?" : one-of { a, b }
  question open "Open?" : yes-no
}
pattern weak "A weak part" {
  for component of type part
  when kind is a
  risk theft "Theft" {
    integrity high  ease high  exposure high
    weakness open-door CWE-306 "The door is open" {
      countermeasure lock "Lock it" { required  mitigates 50%  guide "Turn the key." }
    }
  }
}
pattern many "Many parts are open" {
  when count(components, open) > 1
  risk crowd "Crowd" {
    integrity high  ease high  exposure high
    weakness no-guard CWE-306 "Nobody looks" {
      countermeasure guard "Look" { required  mitigates 50%  guide "Look." }
    }
  }
}
)";

std::string parts(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += R"({"product": "shop", "component": {"id": "p)" + std::to_string(i) +
             R"(", "type": "part", "answers": {"kind": "a", "open": "yes"}}})" + "\n";
  }
  return lines;
}

}  // namespace

TEST_CASE(
    "lines of components that follow each other are one change, which the answer to the last one "
    "shows") {
  const Daemon daemon({}, parts_policy);
  daemon.must(201, "PUT", "/v1/products/shop");
  const auto lines = lines_of(
      daemon.send("POST", "/v1/facts", parts(2) + R"({"product": "shop", "component": {"id": "x"}}
{"product": "shop", "component": {"id": "p2", "type": "part"}}
{"product": "shop", "component": {"id": "p2", "answers": {"kind": "a"}}}
{"product": "shop", "answers": {"reach": "office"}}
)"));
  REQUIRE(lines.size() == 6);
  const auto seq = [&](std::size_t i) { return lines[i].at("seq").to_number<int>(); };
  for (const std::size_t i : {0u, 1u, 3u}) {
    INFO(i);
    CHECK(lines[i].as_object().size() == 3);  // seq, product and rating
    CHECK(lines[i].at("rating") == lines[4].at("rating"));
  }
  CHECK(lines[2].as_object().contains("error"));
  CHECK(lines[4].at("changed").as_array().size() == 4);  // of three parts, and of the product
  CHECK_FALSE(lines[5].as_object().contains("error"));
  CHECK(seq(1) == seq(0) + 1);
  CHECK(seq(3) == seq(1) + 1);
  CHECK(seq(4) == seq(3) + 1);
  CHECK(seq(5) > seq(4));
}

TEST_CASE("ten times as many components take no more than some ten times as long") {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](int count) {
    double least = 1e9;
    for (int i = 0; i < 2; ++i) {
      const Daemon daemon({}, parts_policy);
      daemon.must(201, "PUT", "/v1/products/shop");
      const auto start = Clock::now();
      REQUIRE(daemon.send("POST", "/v1/facts", parts(count)).status == 200);
      least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return least;
  };
  const double few = seconds(800), many = seconds(8'000);
  INFO(few << " s, " << many << " s");
  CHECK(many < 40 * few);  // 100 times, where each component looks at all
}

}  // namespace riskd::api::api_components_test
