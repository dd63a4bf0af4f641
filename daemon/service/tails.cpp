#include "daemon/service/tails.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

bool is_due(const Tail& tail) {
  return tail.bytes >= std::max(tail.snapshot_bytes, limits::tail_bytes);
}

}  // namespace

void Tails::set(std::vector<Tail> tails) {
  const std::lock_guard lock(mutex_);
  for (Tail& tail : tails) {
    bytes_ += tail.bytes;
    if (is_due(tail)) due_.push_back(tail.product);
    const std::string product = tail.product;
    tails_[product] = std::move(tail);
  }
}

void Tails::add(const std::string& product, std::size_t bytes) {
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  Tail& tail = tails_[product];
  tail.product = product;
  const bool was_due = is_due(tail);
  tail.bytes += bytes;
  if (is_due(tail) && !was_due) due_.push_back(product);
  bytes_ += bytes;
}

void Tails::policy_has_changed() {
  const std::lock_guard lock(mutex_);
  for (auto& [product, tail] : tails_) tail.is_stale = true;
}

Tail Tails::take(const std::string& product) {
  Tail& tail = tails_[product];
  const Tail taken = tail;
  bytes_ -= tail.bytes;
  tail.bytes = 0;
  tail.is_stale = false;
  return taken;
}

std::vector<Tail> Tails::take_due() {
  const std::lock_guard lock(mutex_);
  std::vector<Tail> taken;
  for (const std::string& product : std::exchange(due_, {})) taken.push_back(take(product));
  if (bytes_ <= limits::tails_bytes) return taken;
  std::vector<std::pair<std::size_t, std::string>> longest;
  for (const auto& [product, tail] : tails_) longest.emplace_back(tail.bytes, product);
  std::sort(longest.rbegin(), longest.rend());
  for (const auto& [bytes, product] : longest) {
    if (bytes_ <= limits::tails_bytes / 2) break;
    taken.push_back(take(product));
  }
  return taken;
}

std::vector<Tail> Tails::take_all() {
  const std::lock_guard lock(mutex_);
  due_.clear();
  std::vector<Tail> taken;
  for (const auto& [product, tail] : tails_) {
    if (tail.bytes > 0 || tail.is_stale) taken.push_back(take(product));
  }
  return taken;
}

void Tails::stored(const std::string& product, std::size_t snapshot_bytes) {
  const std::lock_guard lock(mutex_);
  tails_[product].snapshot_bytes = snapshot_bytes;
}

void Tails::put_back(const Tail& tail) {
  const std::lock_guard lock(mutex_);
  Tail& now = tails_[tail.product];
  now.bytes += tail.bytes;
  now.is_stale = now.is_stale || tail.is_stale;
  bytes_ += tail.bytes;
  if (is_due(now)) due_.push_back(tail.product);
}

}  // namespace riskd::service
