// Why a condition is never, or always, true: the fewest of its parts that settle it.
#pragma once

#include <string>
#include <vector>

#include "dsl/analyse/conditions.hpp"

namespace riskd::dsl {

struct Part {  // of a condition: that it is true, or that it is false
  ExprId expr = nothing;
  engine::NodeId node = engine::no_node;
  bool holds = true;
};

struct Contradiction {
  std::vector<Part> parts;
  std::vector<std::uint32_t> questions;  // whose `ask when` is needed too
  bool complete = false;                 // false: too large, nothing was found
};

// The operands of `and` (or of `or`), through parentheses and rows of the same.
std::vector<Part> parts_of(const Conditions& conditions, const Part& whole, engine::Op op);

// A smallest set of the parts, and of the `ask when` behind them, that cannot hold together: without
// any one of them the others could.
Contradiction contradiction(Conditions& conditions, const std::vector<Part>& parts, Where where);

// Adds a place to a message, unless it has as many as anybody reads.
void add_place(std::vector<Related>& notes, Span span, std::string message);

// Reports that the parts cannot hold together, with the reason and its places, at the change that is at
// fault if one is. `subject` is what that means: "the pattern `web.p` can never apply". `code` is
// never_true, or always_true where the parts are that something is false. Nothing is
// reported where the reason is a question that another message calls never asked.
void report_condition(Conditions& conditions, Code code, Span span, const std::string& subject,
                      Where where, const std::vector<Part>& parts, std::string help);

}  // namespace riskd::dsl
