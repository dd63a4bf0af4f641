// Effects that trackers still miss.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/store.hpp"
#include "engine/evaluate/reconcile.hpp"

namespace riskd::service {

// One that waits. `record.body` is written when it is stored and not kept here.
struct Pending {
  store::EffectRecord record;
  engine::Effect effect;
};
using PendingPtr = std::shared_ptr<const Pending>;
using Outbox = std::map<std::string, PendingPtr>;  // of one product, by effect key
using OutboxPtr = std::shared_ptr<const Outbox>;   // null: nothing waits

// The outbox of a product in a batch. Nothing is copied before something changes.
class OutboxDraft {
 public:
  explicit OutboxDraft(OutboxPtr before = nullptr) : before_(std::move(before)) {}

  const Outbox& before() const;
  const Outbox& now() const { return changed_ ? *changed_ : before(); }
  bool has_changed() const { return changed_.has_value(); }

  void become(Outbox outbox) { changed_ = std::move(outbox); }
  void replace(PendingPtr by);  // the one of that key, if it waits
  void remove(const std::string& key);

  OutboxPtr take();  // what it has become; the last call

 private:
  Outbox& own();

  OutboxPtr before_;
  std::optional<Outbox> changed_;
};

// All that waits, by product and by tracker. Its owner guards it.
class WaitingEffects {
 public:
  void replace(const std::string& product, OutboxPtr by);

  OutboxPtr of(const std::string& product) const;
  const std::map<std::string, OutboxPtr>& by_product() const { return by_product_; }
  std::size_t size() const { return size_; }

  // For a tracker, without those that are held: those whose time has come. One that would wait longer than
  // `longest_wait_ms` was given its time by a clock that was ahead, and is among them.
  std::vector<PendingPtr> due(std::string_view tracker, Instant now,
                              std::int64_t longest_wait_ms) const;
  std::vector<PendingPtr> all(std::string_view tracker) const;
  std::optional<Instant> next_due(std::string_view tracker) const;

 private:
  struct EarlierDue {
    bool operator()(const PendingPtr& a, const PendingPtr& b) const;
  };
  using Queue = std::set<PendingPtr, EarlierDue>;

  void add(const PendingPtr& pending);
  void remove(const PendingPtr& pending);
  const Queue& queue_of(std::string_view tracker) const;

  std::map<std::string, OutboxPtr> by_product_;  // not null, not empty
  std::map<std::string, Queue, std::less<>> by_tracker_;
  std::size_t size_ = 0;
};

}  // namespace riskd::service
