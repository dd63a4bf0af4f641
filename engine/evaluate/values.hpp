// The values of expressions. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Aggregates;
class Builtins;
class Decisions;
class Questions;
class Scopes;
class States;
class Texts;

// Computes the value of a node of the program, asked of a context. What is derived once and read often (lets,
// ratings, attributes) is kept with its scope or element until that is forgotten.
class Values {
 public:
  struct Parts {
    const Scopes& scopes;
    const Decisions& decisions;
    Questions& questions;
    Builtins& builtins;
    Aggregates& aggregates;
    Texts& texts;
    States& states;
  };
  Values(Basis& basis, const Parts& parts);

  Value eval(NodeId node, const Context& context);
  // A condition; without one `absent`.
  bool holds(NodeId node, const Context& context, bool absent = false);
  // A condition, asked of the product or of a component.
  Applies truth_of(NodeId node, ScopeInstance& scope);

  // `assumed`, where given, says whether an open question or a missing answer leaves it open.
  Value attribute(std::uint32_t index, const Context& context, bool* assumed = nullptr);
  double rating_of(std::uint32_t index, const Context& context, bool* assumed = nullptr);
  double product_rating();  // 0 where the policy has none
  Value field(std::uint32_t index, const Context& context);
  std::span<const Setting> settings_of(Kind kind, std::uint32_t definition) const;

  // Lets and ratings that read the model are computed again when they are read next.
  void forget_late();

 private:
  Value compute(NodeId node, const Context& context);
  Truth quick(NodeId node, const Context& context);
  Value eval_present(NodeId node, const Context& context);
  Value question(std::uint32_t index, const Context& context);
  Value answered(std::uint32_t index, const Context& context);
  Value field_answered(std::uint32_t index, const Context& context);
  Value let(std::uint32_t index, const Context& context);
  Value record_value(const Node& node, const Context& context) const;
  Value logic(const Node& node, const Context& context);
  Value compared(const Node& node, const Context& context);
  Value text_equal(const Node& node, const Context& context);
  Value text_matches(const Node& node, const Context& context);
  Value included(const Node& node, const Context& context);
  Value arithmetic(const Node& node, const Context& context);
  Value of_several(const Node& node, const Context& context);
  Value choose(const Node& node, const Context& context);
  Value match(const Node& node, const Context& context);
  bool has_other_value(const Node& match, const Value& subject, std::size_t possible_keys) const;
  Value today() const;
  double fixed_inherent_of(const RiskInstance& risk) const;  // NaN if it is not fixed

  Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Parts parts_;
};

// The inherent rating of each risk that no answer may change; NaN of the others. Of a program whose `dependencies`
// are not closed yet (prepare.hpp).
std::vector<double> fixed_inherent(const Program& program, const Dependencies& dependencies);

}  // namespace riskd::engine
