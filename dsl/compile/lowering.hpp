// What the lowering of expressions shares: the program that gets the nodes, what the names stand for, and
// how far the derived values are.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "dsl/compile/compilation.hpp"
#include "dsl/compile/declarations.hpp"
#include "dsl/compile/nodes.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Types of derived values, by the clause that declares each.
using LetTypes = std::unordered_map<ClauseId, engine::Type>;

// A derived value is lowered when it is first read, since its type is written nowhere (lower_members.hpp).
struct LetProgress {
  enum class Mark : std::uint8_t { fresh, open, done };
  std::vector<Mark> marks;          // by the program's lets
  std::vector<std::uint32_t> path;  // those that are open, outermost first
  LetTypes must_have;               // the types that some must have: those from before a change
  bool before_changes = false;      // each is what it was before a change
};

// `lower_…(Lowering&, …)` add nodes to the program, and give the node, or no_node where they reported why
// there is none. What refers to the text, the declarations and the program must not outlive them.
struct Lowering {
  // All names are declared.
  Lowering(const PolicyText& text, const Declarations& names, engine::Program& made,
           LetTypes types = {});

  const PolicyText& policy;
  const Declarations& declared;
  engine::Program& program;
  NodeBuilder nodes;
  LetProgress lets;
  std::vector<Lowered> lowered;  // in the order in which it was done
};

// By expression, then node, each once; `expressions` is how many there are.
std::vector<Lowered> in_order(const std::vector<Lowered>& lowered, std::size_t expressions);

}  // namespace riskd::dsl
