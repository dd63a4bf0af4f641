#include "daemon/supervisor/watchdog.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "daemon/client/client.hpp"
#include "daemon/supervisor/supervisor.hpp"

namespace riskd::supervisor {
namespace {

using std::chrono::milliseconds;

// Of the watchdog's time: as systemd recommends, and so that two requests without an answer leave time for a third.
constexpr int parts_between = 2;
constexpr int parts_patience = 5;
constexpr int parts_again = 20;

}  // namespace

Watchdog::Watchdog(std::chrono::microseconds time, std::string socket_path,
                   std::function<milliseconds()> busy_for)
    : time_(time), socket_path_(std::move(socket_path)), busy_for_(std::move(busy_for)) {
  if (time_.count() > 0) thread_ = std::thread(&Watchdog::run, this);
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::run() {
  std::string told;
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    lock.unlock();
    const std::string found = fault();
    if (found.empty()) tell_alive();
    if (found != told && !found.empty()) {
      spdlog::error("{}: unless that ends, the supervisor starts riskd again", found);
    } else if (found != told) {
      spdlog::info("the watchdog has its answers again");
    }
    told = found;
    lock.lock();
    changed_.wait_for(lock, time_ / (found.empty() ? parts_between : parts_again),
                      [this] { return is_stopping_; });
  }
}

// Why no sign is given; empty where riskd works.
std::string Watchdog::fault() const {
  if (busy_for_() > time_) return "the writer has been at the same work for too long";
  const auto patience = std::chrono::duration_cast<milliseconds>(time_) / parts_patience;
  client::Request request;
  request.target = "/v1/health/live";
  // Any answer shows that it answers, also one that there are too many connections.
  const auto answer = client::request(
      socket_path_, request, static_cast<int>(std::max<std::int64_t>(patience.count(), 1)));
  return answer ? "" : fmt::format("the socket does not answer: {}", answer.error().message);
}

}  // namespace riskd::supervisor
