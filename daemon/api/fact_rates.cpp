#include "daemon/api/fact_rates.hpp"

#include <algorithm>
#include <cmath>

namespace riskd::api {
namespace {

constexpr std::size_t remembered_peers = 1'000;

}  // namespace

double FactRates::left(const Share& share, Clock::time_point now) const {
  const std::chrono::duration<double> since = now - share.at;
  return std::min(per_second_, share.left + std::max(since.count(), 0.0) * per_second_);
}

std::chrono::seconds FactRates::wait(const std::string& account, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto found = shares_.find(account);
  if (found == shares_.end()) return {};
  const double has = left(found->second, now);
  if (has > 0) return {};
  return std::chrono::seconds(static_cast<std::int64_t>(std::floor(-has / per_second_)) + 1);
}

void FactRates::count(const std::string& account, std::size_t facts, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (shares_.size() > remembered_peers) {
    std::erase_if(shares_, [&](const auto& each) { return left(each.second, now) >= per_second_; });
  }
  Share& share = shares_.try_emplace(account, Share{per_second_, now}).first->second;
  share = {left(share, now) - static_cast<double>(facts), now};
}

}  // namespace riskd::api
