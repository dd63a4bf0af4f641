// Text to program: the whole front end behind one function.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/diagnostic.hpp"
#include "dsl/resolved.hpp"
#include "dsl/source.hpp"
#include "dsl/syntax.hpp"
#include "engine/program.hpp"

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

// Parses, resolves, types, analyses and lowers a policy. Never fails: what is wrong is in the
// diagnostics. The same sources always give the same program.
Compilation compile(Sources sources);

// Adds to `sources` from `rules_folder` the files of every library that is imported and not among them
// (nothing where it is empty), and compiles. Errors as read_sources.
Result<Compilation> compile_with_rules(Sources sources, const std::string& rules_folder);

// Reads the rule files of `paths`, adds from `rules_folder` the files of every library that is
// imported and not among them (nothing where it is empty), and compiles. Errors as read_sources.
Result<Compilation> load_policy(const std::vector<std::string>& paths,
                                const std::string& rules_folder);

}  // namespace riskd::dsl
