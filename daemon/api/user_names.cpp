#include "daemon/api/user_names.hpp"

#include <fmt/core.h>
#include <pwd.h>

#include <array>

namespace riskd::api {
namespace {

constexpr std::chrono::minutes lifetime{1};
constexpr std::size_t most_names = 1'000;

}  // namespace

std::string user_name_of_system(std::uint32_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> space{};
  if (::getpwuid_r(uid, &entry, space.data(), space.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return fmt::format("uid {}", uid);
}

std::string UserNames::name_of(std::uint32_t uid, Clock::time_point now) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = names_.find(uid);
    if (known != names_.end() && now < known->second.until) return known->second.name;
  }
  std::string name = look_up_(uid);
  const std::lock_guard lock(mutex_);
  if (names_.size() >= most_names) {
    std::erase_if(names_, [&](const auto& each) { return each.second.until <= now; });
    if (names_.size() >= most_names) names_.clear();
  }
  names_[uid] = {name, now + lifetime};
  return name;
}

std::size_t UserNames::remembered() const {
  const std::lock_guard lock(mutex_);
  return names_.size();
}

}  // namespace riskd::api
