// The names of users are remembered, and not for ever.
#include "daemon/api/user_names.hpp"

#include <catch2/catch.hpp>

namespace riskd::api::api_user_names_test {

TEST_CASE("the system is asked for a name once a minute") {
  int asked = 0;
  std::string name = "eva";
  UserNames names([&](std::uint32_t) {
    ++asked;
    return name;
  });
  const auto start = UserNames::Clock::now();
  CHECK(names.name_of(7, start) == "eva");
  name = "eva2";
  CHECK(names.name_of(7, start + std::chrono::seconds(59)) == "eva");
  CHECK(asked == 1);
  CHECK(names.name_of(7, start + std::chrono::seconds(60)) == "eva2");
  CHECK(asked == 2);
}

TEST_CASE("the names of many users take bounded memory") {
  UserNames names([](std::uint32_t uid) { return std::to_string(uid); });
  for (std::uint32_t uid = 0; uid < 5'000; ++uid) CHECK(names.name_of(uid) == std::to_string(uid));
  CHECK(names.remembered() <= 1'000);
}

TEST_CASE("a user without a name is called by number") {
  CHECK(user_name_of_system(0) == "root");
  CHECK(user_name_of_system(4'000'000'000) == "uid 4000000000");
}

}  // namespace riskd::api::api_user_names_test
