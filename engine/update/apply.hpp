// The contract of the engine: facts in, deltas out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/update/arrival.hpp"

namespace riskd::engine {

struct Evaluator;

// A product that is kept evaluated: its facts, and every cell that its policy derives of them. A value:
// a copy goes its own way. Of one thread at a time, const functions included: what is derived is kept
// when it is asked for.
class LiveProduct {
 public:
  // Of which nothing is known, under a policy that it keeps alive.
  LiveProduct(Policy policy, std::string id);
  // Evaluates what is known at `now`.
  LiveProduct(Policy policy, Product facts, Instant now);
  // The same, not before something is asked of it: rating and next change are what was derived of these facts
  // before.
  static LiveProduct cool(Policy policy, Product facts, Instant now, double rating,
                          std::optional<Instant> next_change);
  LiveProduct(const LiveProduct& other);
  LiveProduct(LiveProduct&& other) noexcept;
  LiveProduct& operator=(LiveProduct other) noexcept;
  ~LiveProduct();

  // Applies a batch of facts as one change and brings the product to `now`, which never runs backwards,
  // except with a ClockFact.
  // An empty batch lets time pass. The first change of a product of which nothing was known gives
  // everything that applies.
  Deltas apply(std::vector<Fact> facts, Instant now);

  // Gives facts that were applied before they were stored their numbers and times. What is derived stays.
  void arrive(const Arrival& arrival);

  // Forgets what is derived; it is derived anew when it is asked for. The rating and the next change
  // stay.
  void cool() const;
  bool is_cool() const { return evaluation_ == nullptr; }

  // The same facts, which are not copied, under another policy: evaluated at `now`, or not before
  // something is asked of it. The latter is right only where no rule that changed reaches the product
  // (PolicyDiff::reaches): rating and next change are taken over.
  LiveProduct under(Policy policy, Instant now) const;
  LiveProduct carried_to(Policy policy) const;

  const Program& program() const { return *policy_; }
  const Policy& policy() const { return policy_; }
  const Product& facts() const { return *facts_; }
  Instant now() const { return now_; }
  double rating() const;
  std::optional<Instant> next_change() const;  // when time alone will change something

  // What a change shows of a risk that applies: its names, ratings, steps and weaknesses. Empty where it does not.
  RiskRow risk(const std::string& id) const;

  // The whole threat model, made when it is first asked for and kept until the next change.
  const Model& model() const;

  // For the parts of the engine that read an evaluation.
  Evaluator& evaluator() const;

 private:
  LiveProduct(Policy policy, std::shared_ptr<Product> facts, Instant now);
  Product& own_facts();
  Deltas apply_at(std::vector<Fact> facts, Instant now);

  Policy policy_;
  std::shared_ptr<Product> facts_;     // where the evaluation finds them
  mutable bool facts_shared_ = false;  // with another product: to be copied before a change
  Instant now_;
  bool begun_ = false;  // somebody was told what applies
  double rating_ = 0;
  std::optional<Instant> next_change_;
  struct Evaluation;                                // and what keeps it up to date
  mutable std::unique_ptr<Evaluation> evaluation_;  // null: derived when it is asked for
  mutable std::unique_ptr<const Model> model_;
};

// The effects that are missing for a product as it stands; and, where wanted, what to note of its tickets.
std::vector<Effect> reconcile(const LiveProduct& product, std::vector<TicketNote>* notes = nullptr);

// What is different in `after`: the same product, later or under another policy.
Deltas difference(const LiveProduct& before, const LiveProduct& after);

// Ids of risks, weaknesses and countermeasures that one of the two has and the other not, sorted. What has
// another id only is in both.
struct Turnover {
  std::vector<std::string> added, removed;
};
Turnover turnover(const LiveProduct& before, const LiveProduct& after);

}  // namespace riskd::engine
