// What comes out of compiling a policy: the program, or what is wrong, and where everything stands.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/compile/resolved.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"
#include "dsl/text/source.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// An expression and the node that it became. An expression that is read in several places may have
// several nodes, and the same expression in several places is one node.
struct Lowered {
  ExprId expr = nothing;
  engine::NodeId node = engine::no_node;
};

struct Compilation {
  Sources sources;
  std::size_t given_files = 0;  // the first of the sources; the others are shipped libraries
  Syntax syntax;
  std::vector<Diagnostic> diagnostics;  // sorted by place
  engine::Policy program;               // null where there are errors
  std::vector<Lowered> lowered;         // by expression, then node
  // What the names in a scenario's clause stand for: the id of its element, or of each question and
  // field that it answers (fields without library).
  std::unordered_map<ClauseId, std::vector<std::string>> scenario_ids;
  ResolvedNames names;  // those that resolved, errors or not
  bool sound() const { return program != nullptr; }
};

}  // namespace riskd::dsl
