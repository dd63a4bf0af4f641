// The names of the users behind the socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace riskd::api {

// The name of a user as the system has it, or "uid 1000" where it has none.
std::string user_name_of_system(std::uint32_t uid);

// Remembers names for a minute, since the system reads files for each, or asks a directory in the network. A user who gets
// another name is known by it a minute later. Usable from any thread; two that miss the same name both ask for it.
class UserNames {
 public:
  using Clock = std::chrono::steady_clock;
  using LookUp = std::function<std::string(std::uint32_t uid)>;
  explicit UserNames(LookUp look_up = user_name_of_system) : look_up_(std::move(look_up)) {}

  std::string name_of(std::uint32_t uid, Clock::time_point now = Clock::now());
  std::size_t remembered() const;

 private:
  struct Entry {
    std::string name;
    Clock::time_point until;
  };

  const LookUp look_up_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, Entry> names_;  // guarded by mutex_
};

}  // namespace riskd::api
