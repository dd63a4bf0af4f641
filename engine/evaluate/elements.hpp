// The elements of a product: which risks, weaknesses and countermeasures are there. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/blocks.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class BoundTests;
class Scopes;

// Is told which elements a change touches, while it is made.
class ElementWatch {
 public:
  virtual ~ElementWatch() = default;
  // The pattern brings it; it may have been there.
  virtual void brought(RiskInstance& risk) = 0;
  virtual void brought(WeaknessInstance& weakness) = 0;
  virtual void brought(CountermeasureInstance& countermeasure) = 0;
  // It stays, and what it is made of does not.
  virtual void touched(const WeaknessInstance& weakness) = 0;
  virtual void touched(const CountermeasureInstance& countermeasure) = 0;
};

// What an id refers to: by Program's definitions, one of each kind, which may share it. No scope: there is no such
// component.
struct ElementReference {
  ScopeInstance* scope = nullptr;
  std::uint32_t risk = no_index, weakness = no_index, countermeasure = no_index;
  std::uint32_t of(Kind kind) const {
    return kind == Kind::risk ? risk : kind == Kind::weakness ? weakness : countermeasure;
  }
};

template <typename T>
constexpr Kind kind_of_element() {
  return std::is_same_v<T, RiskInstance>       ? Kind::risk
         : std::is_same_v<T, WeaknessInstance> ? Kind::weakness
                                               : Kind::countermeasure;
}

// Owns the elements. An element is there as long as one of the patterns that have it applies; it keeps its place
// when it leaves, and decisions and tests find it there when it comes back.
class Elements {
 public:
  // Tests that wait for an element are brought to its place once that is made.
  Elements(const Basis& basis, const Scopes& scopes, BoundTests& tests);
  // The same elements as `other` has, whose product has the same scopes.
  void copy(const Elements& other);

  // A pattern begins to apply in a scope, or ends. What it shares with others that apply stays.
  void add(ScopeInstance& scope, std::uint32_t pattern);
  void remove(ScopeInstance& scope, std::uint32_t pattern);
  void watch(ElementWatch* watch) { watch_ = watch; }  // null: nobody asks
  void touch(const WeaknessInstance& weakness) const;
  void touch(const CountermeasureInstance& countermeasure) const;

  const Blocks& blocks() const { return blocks_; }
  template <typename T>
  auto all() const {  // that are there, in no order that means anything
    return blocks_.all<T>();
  }
  const std::vector<RiskInstance*>& risks();                         // of all scopes, by id
  const std::vector<RiskInstance*>& risks_in(ScopeInstance& scope);  // by id
  // Each of a kind with what it is asked for: by id.
  std::vector<std::pair<std::string, Context>> of_kind(Kind kind) const;

  ElementReference named(std::string_view id) const;    // "web.tls", "api/web.tls"
  RiskInstance* risk_named(std::string_view id) const;  // null: it does not apply
  // The id that an element of another policy, or of an earlier state of the product, has here.
  std::string present_id(std::string_view id, Kind kind) const;
  // Of risks, weaknesses and countermeasures, sorted; where there is `today`, the ids that they have there.
  std::vector<std::string> ids(const Elements* today = nullptr) const;

 private:
  Block& make_block(ScopeInstance& scope, std::uint32_t number);
  template <typename T>
  T& place(Finder& in, ScopeInstance& scope, std::uint32_t definition);
  template <typename T>
  void enter(T& element);
  template <typename T>
  void leave(T& element);
  void forget_order(ScopeInstance& scope);

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  BoundTests& tests_;
  Blocks blocks_;
  std::vector<RiskInstance*> risks_by_id_;  // what risks() made last; empty: to be made
  ElementWatch* watch_ = nullptr;
};

// What is asked of an element alone: where it stands below several, the first of those stands for all.
Context context_of(RiskInstance& risk);
Context context_of(WeaknessInstance& weakness);
Context context_of(CountermeasureInstance& countermeasure);
Context context_of(Kind kind, Instance& element);
// Of the element of `kind` alone that `context` holds.
Context own_context(Kind kind, const Context& context);
Context context_of(ScopeInstance& scope);

}  // namespace riskd::engine
