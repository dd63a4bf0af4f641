#include "dsl/analyse/changes_below.hpp"

#include <vector>

namespace riskd::dsl {
using engine::Op;

Span change_below(const PolicyText& policy, const engine::Program& program,
                  const Declarations& declared, engine::NodeId first, Span span) {
  const Library& reader = policy.library_at(span);
  std::vector<char> seen(program.nodes.size());
  std::vector<engine::NodeId> open{first};
  while (!open.empty()) {
    const engine::NodeId id = open.back();
    open.pop_back();
    if (id == engine::no_node || seen[id] != 0) continue;
    seen[id] = 1;
    const engine::Node& node = program.nodes[id];
    ExprId written = nothing;
    if (node.op == Op::let) {
      written = policy.clause(declared.lets[node.a].clause).expr;
      open.push_back(program.lets[node.a].value);
    } else if (node.op == Op::question || node.op == Op::answered) {
      written = policy.clause(declared.questions[node.a].clause).expr;
      open.push_back(program.questions[node.a].ask_when);
    }
    if (written != nothing) {
      const Span at = policy.syntax.exprs[written].span;
      if (policy.in_change(at) && policy.libraries.imports(policy.library_at(at), reader))
        return at;
    }
    const auto kids = program.kids_of(node);
    open.insert(open.end(), kids.begin(), kids.end());
  }
  return {};
}

}  // namespace riskd::dsl
