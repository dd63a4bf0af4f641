// Every product as it stands, with the effects that its trackers still miss.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/service/outbox.hpp"
#include "daemon/service/service.hpp"

namespace riskd::service {

using ViewPtr = std::shared_ptr<const ProductView>;

// The products that are kept evaluated: those that were used last. The others keep their facts and are
// evaluated when somebody asks. Used from any thread.
class WarmProducts {
 public:
  explicit WarmProducts(std::size_t capacity) : capacity_(capacity) {}
  // `view` is the newest of its product, and in use.
  void touch(const ViewPtr& view);
  std::size_t capacity() const { return capacity_; }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;          // guards all below
  std::list<ViewPtr> order_;  // the last used first
  std::unordered_map<std::string, std::list<ViewPtr>::iterator> by_id_;
};

// Written by the writer alone, after a commit; read from any thread.
class LiveProducts {
 public:
  explicit LiveProducts(std::size_t warm) : warm_(warm) {}

  struct Change {
    std::string product;
    ViewPtr view;  // null: it stays as it is
    OutboxPtr outbox;
  };
  // Everything becomes visible at once. `policy` where it changed too.
  // Gives what the products were: to free it may take long.
  std::vector<ViewPtr> swap(std::vector<Change> changes, std::optional<PolicyInForce> policy);

  ViewPtr view(const std::string& product) const;  // null: unknown; removed ones are known
  OutboxPtr outbox(const std::string& product) const;
  PendingPtr effect(const std::string& product, const std::string& key) const;  // null: none waits
  std::map<std::string, ViewPtr> views() const;
  std::map<std::string, OutboxPtr> outboxes() const;  // none is null
  PolicyInForce policy() const;
  std::size_t pending() const;  // effects, over all products
  // As WaitingEffects has them.
  std::vector<PendingPtr> due_effects(std::string_view tracker, Instant now,
                                      std::int64_t longest_wait_ms) const;
  std::vector<PendingPtr> effects_of(std::string_view tracker) const;
  std::optional<Instant> next_due_effect(std::string_view tracker) const;

  // The first product whose model changes by time alone, and when.
  std::optional<std::pair<Instant, std::string>> next_change() const;
  // Those that are due at `now`, the longest due first, no more than `count`.
  std::vector<std::string> due(Instant now, std::size_t count) const;

  std::size_t warm_capacity() const { return warm_.capacity(); }

 private:
  ViewPtr replace_view(const std::string& product, ViewPtr by);  // with the lock

  mutable WarmProducts warm_;
  mutable std::shared_mutex mutex_;  // guards all below
  std::map<std::string, ViewPtr> views_;
  WaitingEffects waiting_;
  std::set<std::pair<Instant, std::string>> wake_ups_;
  PolicyInForce policy_;
};

// The first [[route]] whose glob matches; empty where none does.
std::string route_of(const Config& config, const std::string& product);
// The project that it names; empty: the tracker's own.
std::string project_of(const Config& config, const std::string& product);

bool is_configured(const Config& config, const std::string& tracker);

// Where an effect goes: for a known ticket the tracker that has it, otherwise the product's route. Empty
// where there is no such tracker.
std::string tracker_of(const Config& config, const engine::Effect& effect);

}  // namespace riskd::service
