// What people decided of elements and tests, and what was approved. Used inside engine/ only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Scopes;

// Knows for each definition in each scope what was decided of it, whether it applies there or not, and when the
// next decision ends. Points at entries of the product's facts, which keep their places.
class Decisions {
 public:
  Decisions(const Basis& basis, const Scopes& scopes, const Elements& elements);

  // Waits for the same ends as `other` does, and reads the facts.
  void copy(const Decisions& other);
  // Finds those of elements of this policy; also once the facts stand elsewhere.
  void read();
  // A decision that is new in the facts, before or after its element is.
  void enter(const DecisionEntry& entry);

  // The decision that holds now, of an element and an aspect of DecisionKey; null where there is none.
  const Stamped<DecisionFact>* of(const Instance& element, std::string_view aspect) const;
  // Of a test, "zap:10202".
  const Stamped<DecisionFact>* false_positive(const std::string& test) const;
  bool has_false_positives() const { return false_positives_ > 0; }  // ended ones too
  // Null after the last day on which it does.
  const Stamped<DecisionFact>* holds_now(const Stamped<DecisionFact>& decided) const;

  // Whether the last approval lists the element, under its id or one that it had.
  template <typename T>
  bool approved(const T& element) const {
    return is_approved(kind_of_element<T>(), element);
  }
  // What the approval saw of it; null where it is not approved, or nobody knows.
  template <typename T>
  const SeenElement* seen_at_approval(const T& element) const {
    return seen_of(kind_of_element<T>(), element);
  }

  // Ends that are to come after `now`: of decisions that say until when they hold.
  void await_ends();                                        // of all
  void await_end(const DecisionFact& fact, Instant after);  // if it is after that
  void forget_end(const DecisionFact& fact);
  bool pass_ends(Instant now);  // whether any is reached; these are awaited no more
  std::optional<Instant> next_end() const;

 private:
  bool is_approved(Kind kind, const Instance& element) const;
  const SeenElement* seen_of(Kind kind, const Instance& element) const;

  const Basis& basis_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  const Elements& elements_;
  std::vector<std::unique_ptr<Decided>> decided_;
  std::size_t false_positives_ = 0;
  std::multiset<Instant> ends_;
};

// The first moment at which it holds no more; nullopt: it has no end.
std::optional<Instant> end_of(const DecisionFact& fact);

}  // namespace riskd::engine
