// What one commit holds: drafts of the products that it changes, and everything that is stored of it.
// Nothing of it is visible before `take` is handed to the live products.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/service/missing.hpp"
#include "daemon/service/prepared.hpp"
#include "daemon/service/reevaluate.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/spares.hpp"

namespace riskd::service {

struct Draft {
  ViewPtr before;                      // null: the product is new, or under another policy
  std::shared_ptr<ProductView> after;  // null: nothing but the outbox changes
  std::vector<Step> steps;             // from one to the other
  bool is_large = false;               // too many to be applied to a spare again
  std::size_t stored_bytes = 0;        // of facts
  OutboxDraft outbox;
  std::map<std::string, std::string> bodies;  // of records of the outbox that are written already
};

// Used by the writer, within one transaction. After an error the batch must be given up.
class Batch {
 public:
  Batch(const Shared& shared, Spares& spares, store::Transaction& transaction, Instant now);

  Instant now() const { return now_; }
  const PolicyInForce& policy() const { return policy_; }

  // The product as the batch has left it so far; null where it is unknown.
  Draft* find(const std::string& product);
  // Its outbox alone, which costs no copy of the product; null where nothing waits in it.
  Draft* find_outbox(const std::string& product);
  Draft& make(const std::string& product);

  struct Applied {
    std::uint64_t seq = 0;  // of the last fact
    std::string change;     // the line of changes
  };
  // Stores and applies facts as one change, and reconciles. They have been resolved. One entry of the log.
  Result<Applied> apply(Draft& draft, std::vector<PostedFact> facts, const std::string& poster,
                        store::EntryKind kind = store::EntryKind::facts);
  // Takes what was prepared for a product instead, where it is current still; `prepared.after` is there.
  bool is_current(const std::string& product, const Prepared& prepared) const;
  Result<Applied> adopt(const std::string& product, Prepared& prepared, const std::string& poster);
  // Lets the time of these products come. One entry of the log, where something changes by it.
  Status let_time_pass(const std::vector<std::string>& products);
  // Time goes on from now, which may be before the log's newest entry. One entry of the log.
  Status set_clock(const std::string& poster);
  // Held effects of these products may go; where `all`, those that come too. One entry of the log.
  Status release(const std::vector<std::string>& products, bool all, const std::string& poster);
  // Brings the outbox to what is missing now. What may have made a ticket stays in it when it is not missing any more,
  // withdrawn.
  void reconcile(Draft& draft);
  // Puts a new policy in force, for all products at once. What it takes from `products` is what comes of them.
  Result<std::uint64_t> change_policy(store::PolicyRecord record, PolicyInForce policy,
                                      std::vector<Reevaluated>& products);

  // Stores the answer to a posting with a key, and puts it into `posted`.
  Status store_reply(const Keyed& keyed, Posted& posted);

  Status write_outbox();  // the last call before the commit
  bool is_empty() const { return !wrote_; }
  // Effects for which the outbox had no room. They are looked for again with the next change of their product.
  std::size_t left_out() const { return left_out_; }
  std::map<std::string, Draft>& drafts() { return drafts_; }
  std::vector<LiveProducts::Change> take_changes();
  // The views that are to be kept in the `spares` once the changes are visible; asked for before them.
  std::vector<std::pair<ViewPtr, std::vector<Step>>> take_earlier();
  std::vector<Event> take_events() { return std::move(events_); }

 private:
  Draft outbox_of(const std::string& product) const;
  using Added = std::vector<std::shared_ptr<Pending>>;  // nobody else has them yet
  Result<engine::Provenance> append(const std::string& product, std::optional<Instant> at,
                                    const std::string& poster, std::string body);
  Result<Applied> applied_facts(const Draft& draft, std::string_view changed, bool nothing);
  void take(Draft& draft, std::vector<Missing> missing);
  Added add(Draft& draft, std::vector<Missing> missing);
  bool must_wait(const Added& added) const;
  void hold(const Added& added);
  Status record_change(const Draft& draft, const std::string& cause, std::string line);
  Status let_time_pass(Draft& draft);
  // Ends the log's entry, if there is anything in it.
  Status close(store::EntryKind kind, Instant evaluated, const std::string& poster,
               std::vector<std::string> products);

  const Shared& shared_;
  Spares& spares_;
  store::Transaction& transaction_;
  Instant now_;
  PolicyInForce policy_;
  std::map<std::string, Draft> drafts_;
  std::vector<Event> events_;
  std::size_t added_ = 0;  // effects, to all outboxes
  std::size_t left_out_ = 0;
  bool held_ = false;  // those of the entry that is made
  bool wrote_ = false;
};

}  // namespace riskd::service
