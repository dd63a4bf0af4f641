// Types of values: which go together, and how messages show them. `program` has the scales and choices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// An expression after typing; node is no_node where it was reported.
struct Typed {
  engine::NodeId node = engine::no_node;
  engine::Type type;
  bool ok() const { return node != engine::no_node; }
};

// Reports the mistake, and gives an invalid value.
Typed fail_type(const PolicyText& policy, Span span, std::string message, std::string help = {});

bool is_numeric(engine::Type type);
bool is_ordered(const engine::Program& program, engine::Type type);
// The type of a value that is one or the other; nullopt where the two do not fit.
std::optional<engine::Type> unify(engine::Type a, engine::Type b);

std::string show(const engine::Program& program, engine::Type type);  // "a choice of `sign-in`"
std::string choices_of(const engine::Program& program, engine::Type type);
std::string steps_of(const engine::Program& program, engine::Type type);  // "low, high"

// Help. Empty where there is none.
std::string list_choices(const engine::Program& program, engine::Type type);
std::string quoted_help(engine::Type type);  // for a text where a value of this type is wanted

// The expressions that `expr` may come to: of `if`, `match` and what stands in parentheses.
std::vector<ExprId> alternatives_of(const Expr& expr);

// Reports the literals that `id` may be and that do not lie between 0 and `most`, which is 1 of a share;
// whether there is none. `what` is what they are, for messages.
bool check_range(const PolicyText& policy, ExprId id, double most, const std::string& what);

}  // namespace riskd::dsl
