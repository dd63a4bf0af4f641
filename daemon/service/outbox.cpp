#include "daemon/service/outbox.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <tuple>
#include <utility>

namespace riskd::service {
namespace {

const Outbox nothing;

// Calls `visit` with each effect of `a` that is not in `b` as it is.
template <typename Visit>
void each_other(const Outbox& a, const Outbox& b, const Visit& visit) {
  auto in_b = b.begin();
  for (const auto& [key, pending] : a) {
    if (in_b == b.end() || in_b->second != pending) in_b = b.lower_bound(key);
    const bool is_same = in_b != b.end() && in_b->second == pending;
    if (is_same) {
      ++in_b;
    } else {
      visit(pending);
    }
  }
}

}  // namespace

const Outbox& OutboxDraft::before() const { return before_ ? *before_ : nothing; }

Outbox& OutboxDraft::own() {
  if (!changed_) changed_ = before();
  return *changed_;
}

void OutboxDraft::replace(PendingPtr by) {
  if (!now().contains(by->record.key)) return;
  own()[by->record.key] = std::move(by);
}

void OutboxDraft::remove(const std::string& key) {
  if (now().contains(key)) own().erase(key);
}

OutboxPtr OutboxDraft::take() {
  if (!changed_) return std::move(before_);
  return changed_->empty() ? nullptr : std::make_shared<const Outbox>(std::move(*changed_));
}

// Of two that are due at one time any may be the first, but always the same one.
bool WaitingEffects::EarlierDue::operator()(const PendingPtr& a, const PendingPtr& b) const {
  if (a->record.due != b->record.due) return a->record.due < b->record.due;
  return std::less<>()(a.get(), b.get());
}

void WaitingEffects::replace(const std::string& product, OutboxPtr by) {
  const auto known = by_product_.find(product);
  const OutboxPtr before = known == by_product_.end() ? nullptr : known->second;
  if (before == by) return;
  const Outbox& old = before ? *before : nothing;
  const Outbox& now = by ? *by : nothing;
  each_other(old, now, [this](const PendingPtr& pending) { remove(pending); });
  each_other(now, old, [this](const PendingPtr& pending) { add(pending); });
  if (now.empty()) {
    by_product_.erase(product);
  } else {
    by_product_.insert_or_assign(product, std::move(by));
  }
}

void WaitingEffects::add(const PendingPtr& pending) {
  ++size_;
  if (!pending->record.held) by_tracker_[pending->record.tracker].insert(pending);
}

void WaitingEffects::remove(const PendingPtr& pending) {
  --size_;
  const auto queue = by_tracker_.find(pending->record.tracker);
  if (queue == by_tracker_.end()) return;
  queue->second.erase(pending);
  if (queue->second.empty()) by_tracker_.erase(queue);
}

OutboxPtr WaitingEffects::of(const std::string& product) const {
  const auto found = by_product_.find(product);
  return found == by_product_.end() ? nullptr : found->second;
}

const WaitingEffects::Queue& WaitingEffects::queue_of(std::string_view tracker) const {
  static const Queue none;
  const auto found = by_tracker_.find(tracker);
  return found == by_tracker_.end() ? none : found->second;
}

std::vector<PendingPtr> WaitingEffects::due(std::string_view tracker, Instant now,
                                            std::int64_t longest_wait_ms) const {
  const Queue& queue = queue_of(tracker);
  std::vector<PendingPtr> found;
  auto first = queue.begin();
  for (; first != queue.end() && (*first)->record.due <= now; ++first) found.push_back(*first);
  for (auto last = queue.end(); last != first; found.push_back(*last)) {
    if ((*--last)->record.due.ms - now.ms <= longest_wait_ms) break;
  }
  return found;
}

std::vector<PendingPtr> WaitingEffects::all(std::string_view tracker) const {
  const Queue& queue = queue_of(tracker);
  return {queue.begin(), queue.end()};
}

std::optional<Instant> WaitingEffects::next_due(std::string_view tracker) const {
  const Queue& queue = queue_of(tracker);
  if (queue.empty()) return std::nullopt;
  return (*queue.begin())->record.due;
}

}  // namespace riskd::service
