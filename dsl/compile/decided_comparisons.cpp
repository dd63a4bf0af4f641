#include "dsl/compile/decided_comparisons.hpp"

#include "dsl/compile/lower_name.hpp"

namespace riskd::dsl {
using engine::Builtin;
using engine::no_index;
using engine::NodeId;
using engine::Op;

// Nodes of the same content are one node.
bool compares_with_itself(const PolicyText& policy, const engine::Program& program,
                          const Expr& expr, const Typed& a, const Typed& b, const Scope& scope) {
  const Op op = program.nodes[a.node].op;
  if (a.node != b.node || op == Op::constant || op == Op::constant_text) return false;
  const bool holds = expr.kind == ExprKind::is || expr.kind == ExprKind::less_equal ||
                     expr.kind == ExprKind::greater_equal;
  const std::string side(text_of(policy.sources, policy.syntax.exprs[expr.kids[1]].span));
  const Expr& right = policy.syntax.exprs[expr.kids[1]];
  const bool of_item = scope.nearest > 0 && scope.record == nullptr &&
                       scope.nearest < scope.kinds.size() && right.kind == ExprKind::name;
  std::string help = "compare it with something else, or leave the comparison out";
  if (of_item) {
    const std::string item(to_string(scope.kinds.front()));
    const std::string outer(to_string(scope.kinds[scope.nearest]));
    const Name around{outer, right.name.text, right.name.span};
    help = "in a function over a list, a name is first that of the item, here of a " + item;
    if (outer != item && right.name.qualifier.empty() &&
        !readings_of(policy, program, around, scope).empty())
      help += ": write `" + around.full() + "` for that of the " + outer;
  }
  policy.report(Code::decided_comparison, expr.span,
                "this compares `" + side + "` with itself, which is " +
                    (holds ? "always true" : "never true"),
                help);
  return true;
}

void check_types_asked(const PolicyText& policy, const engine::Program& program,
                       const Declarations& declared, const Expr& expr,
                       const std::vector<NodeId>& parts) {
  std::uint32_t type = no_index;
  for (const NodeId part : parts) {
    const engine::Node& node = program.nodes[part];
    if (node.op != Op::equal) continue;
    const auto kids = program.kids_of(node);
    for (std::size_t i = 0; i < 2; ++i) {
      const engine::Node& asked = program.nodes[kids[i]];
      const engine::Node& said = program.nodes[kids[1 - i]];
      if (asked.op == Op::builtin && static_cast<Builtin>(asked.a) == Builtin::type &&
          said.op == Op::constant)
        type = static_cast<std::uint32_t>(said.number);
    }
  }
  if (type >= program.component_types.size()) return;
  for (std::size_t i = 0; i < parts.size() && i < expr.kids.size(); ++i) {
    std::vector<NodeId> open{parts[i]};
    while (!open.empty()) {
      const engine::Node& node = program.nodes[open.back()];
      open.pop_back();
      const bool question = node.op == Op::question || node.op == Op::answered;
      const std::uint32_t of = question ? program.questions[node.a].component_type : no_index;
      if (of != no_index && of != type) {
        const std::string& id = program.questions[node.a].id;
        const std::string name = id.substr(id.find('.') + 1);
        policy
            .report(Code::decided_comparison, policy.syntax.exprs[expr.kids[i]].span,
                    "`" + name + "` is asked of a `" + program.component_types[of].name +
                        "`, and beside it stands `type is " + program.component_types[type].name +
                        "`: the two never hold together",
                    "beside `type is " + program.component_types[type].name +
                        "` stand its own questions")
            .related.push_back(
                {policy.clause(declared.questions[node.a].clause).name.span, "asked here"});
        return;
      }
      // What is chosen may be read of the right type alone, and an item of a list is another one.
      if (node.op == Op::choose || node.op == Op::match || node.op == Op::aggregate) continue;
      const auto kids = program.kids_of(node);
      open.insert(open.end(), kids.begin(), kids.end());
    }
  }
}

}  // namespace riskd::dsl
