// What one commit holds: drafts of the products that it changes, and everything that is stored of it.
// Nothing of it is visible before `take` is handed to the live products.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/service/reevaluate.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/spares.hpp"

namespace riskd::service {

struct Draft {
  ViewPtr before;  // null: the product is new, or under another policy
  std::shared_ptr<ProductView> after;
  std::vector<Step> steps;  // from one to the other
  bool is_large = false;    // these are not worth to be told again
  Outbox outbox_before, outbox;
};

// Used by the writer, within one transaction. After an error the batch must be given up.
class Batch {
 public:
  Batch(const Shared& shared, Spares& spares, store::Transaction& transaction, Instant now);

  Instant now() const { return now_; }
  const PolicyInForce& policy() const { return policy_; }

  // The product as the batch has left it so far; null where it is unknown.
  Draft* find(const std::string& product);
  Draft& make(const std::string& product);

  struct Applied {
    std::uint64_t seq = 0;  // of the last fact
    std::string change;     // the line of changes
  };
  // Stores and applies facts as one change, and reconciles. They have been resolved.
  Result<Applied> apply(Draft& draft, std::vector<PostedFact> facts, const std::string& poster);
  Status let_time_pass(Draft& draft);
  // Brings the outbox to what is missing now.
  void reconcile(Draft& draft);
  // Puts a new policy in force, for all products at once.
  Result<std::uint64_t> change_policy(store::PolicyRecord record, engine::Policy program,
                                      std::vector<Reevaluated> products);

  void replace_effect(Draft& draft, Pending pending);
  void remove_effect(Draft& draft, const std::string& key) { draft.outbox.erase(key); }

  Status write_outbox();  // the last call before the commit
  bool is_empty() const { return !wrote_; }
  std::map<std::string, Draft>& drafts() { return drafts_; }
  std::vector<LiveProducts::Change> take_changes();
  // The views that are to be kept in the `spares` once the changes are visible; asked for before them.
  std::vector<std::pair<ViewPtr, std::vector<Step>>> take_earlier();
  std::vector<Event> take_events() { return std::move(events_); }

 private:
  using Keys = std::vector<std::string>;
  Keys missing_effects(Draft& draft, std::vector<engine::Effect> wanted);  // added, not held
  void hold(Draft& draft, const Keys& keys);
  Status record_change(const Draft& draft, const std::string& cause, std::string line);

  const Shared& shared_;
  Spares& spares_;
  store::Transaction& transaction_;
  Instant now_;
  PolicyInForce policy_;
  std::map<std::string, Draft> drafts_;
  std::vector<Event> events_;
  std::size_t added_ = 0;  // effects, to all outboxes
  bool wrote_ = false;
};

}  // namespace riskd::service
