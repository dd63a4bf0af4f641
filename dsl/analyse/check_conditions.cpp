#include "dsl/analyse/check_conditions.hpp"

#include <algorithm>
#include <map>

#include "dsl/analyse/condition_reasons.hpp"

namespace riskd::dsl {
using engine::no_index;
using engine::no_node;
using engine::NodeId;

namespace {

Where where_of(std::uint32_t component_type) {
  if (component_type == no_index) return {Where::Of::product, no_index};
  return {Where::Of::component, component_type};
}

struct Judged {
  ExprId expr = nothing;
  NodeId node = no_node;
  Where where;
  std::string never, always;  // what that means: "the pattern `web.p` can never apply"
  std::string help;           // where it is always true
};
enum class Judgement : std::uint8_t { never, always, either };

ExprId pattern_condition(const Conditions& conditions, std::size_t pattern) {
  for (const ClauseId child :
       conditions.policy.clause(conditions.declared.patterns[pattern].clause).children) {
    if (conditions.policy.clause(child).kind == ClauseKind::when)
      return conditions.policy.clause(child).expr;
  }
  return nothing;
}

Judgement judge(Conditions& conditions, const Judged& judged) {
  if (judged.node == no_node || !conditions.may_ask()) return Judgement::either;
  conditions.space.start(judged.where, {judged.node});
  const Truth truth = conditions.space.truth(judged.node);
  const bool is_never = truth.yes == nowhere;
  const bool is_always =
      conditions.space.reads_anything() && conditions.space.no(judged.node) == nowhere;
  if (conditions.gave_up()) return Judgement::either;
  if (is_never) {
    const auto parts =
        parts_of(conditions, {judged.expr, judged.node, true}, engine::Op::logic_and);
    report_condition(conditions, Code::never_true, conditions.policy.syntax.exprs[judged.expr].span,
                     judged.never, judged.where, parts,
                     "nothing can make it true: leave it out, or mend the condition");
    return Judgement::never;
  }
  if (is_always) {
    const auto parts =
        parts_of(conditions, {judged.expr, judged.node, false}, engine::Op::logic_or);
    report_condition(conditions, Code::always_true,
                     conditions.policy.syntax.exprs[judged.expr].span, judged.always, judged.where,
                     parts, judged.help);
  }
  return is_always ? Judgement::always : Judgement::either;
}

void check_requirement(Conditions& conditions, ExprId expr, NodeId node,
                       const std::string& countermeasure,
                       const std::vector<std::uint32_t>& patterns, std::set<ExprId>& never) {
  if (patterns.empty()) return;
  bool is_always = true;
  bool ever = false;
  for (const std::uint32_t index : patterns) {
    if (!conditions.may_ask()) return;
    const engine::Pattern& pattern = conditions.program.patterns[index];
    conditions.space.start(where_of(pattern.component_type), {node, pattern.when});
    const Truth required = conditions.space.truth(node);
    const Truth applies = conditions.space.truth(pattern.when);
    ever = ever || conditions.space.diagrams().both(required.yes, applies.yes) != nowhere;
    is_always =
        is_always && conditions.space.reads_anything() && conditions.space.no(node) == nowhere;
    if (conditions.gave_up()) return;
    if (ever && !is_always) return;
  }
  const std::string name = "`" + countermeasure + "`";
  const engine::Pattern& first = conditions.program.patterns[patterns.front()];
  const Where where = where_of(first.component_type);
  if (is_always) {
    report_condition(conditions, Code::always_true, conditions.policy.syntax.exprs[expr].span,
                     name + " is always required", where,
                     parts_of(conditions, {expr, node, false}, engine::Op::logic_or),
                     "write `required`");
    return;
  }
  never.insert(expr);
  conditions.space.start(where, {node});
  auto parts = parts_of(conditions, {expr, node, true}, engine::Op::logic_and);
  const bool alone = conditions.space.yes(node) == nowhere;
  std::string subject = name + " is never required";
  if (!alone) {
    subject += patterns.size() == 1
                   ? " where `" + first.id + "` applies"
                   : " where a pattern that uses it applies, as `" + first.id + "`";
    const auto more =
        parts_of(conditions, {pattern_condition(conditions, patterns.front()), first.when, true},
                 engine::Op::logic_and);
    parts.insert(parts.end(), more.begin(), more.end());
  }
  report_condition(conditions, Code::never_true, conditions.policy.syntax.exprs[expr].span, subject,
                   where, parts, "leave it out: it is recommended then, or mend the condition");
}

// A countermeasure is looked at only in patterns that apply, so their conditions hold too. What a
// definition requires is used in many places, and it is enough that it can hold in one of them.
void check_requirements(Conditions& conditions, const ElementUses& uses,
                        const std::vector<char>& pattern_applies, NeverTrue& never) {
  const engine::Program& program = conditions.program;
  struct Requirement {
    NodeId node = no_node;
    std::string countermeasure;
    std::vector<std::uint32_t> weaknesses;
  };
  std::map<ExprId, Requirement> requirements;
  for (std::size_t i = 0; i < program.uses.size(); ++i) {
    const engine::Use& use = program.uses[i];
    if (uses.conditions[i] == nothing || use.required == no_node) continue;
    // `required when no` takes back what the definition says.
    if (program.nodes[use.required].op == engine::Op::constant) continue;
    Requirement& found = requirements[uses.conditions[i]];
    found.node = use.required;
    found.countermeasure = program.countermeasures[use.countermeasure].id;
    found.weaknesses.push_back(use.weakness);
  }
  if (requirements.empty()) return;
  std::map<std::uint32_t, std::vector<std::uint32_t>> patterns_of;  // of each weakness
  for (std::uint32_t i = 0; i < program.patterns.size(); ++i) {
    if (pattern_applies[i] == 0) continue;
    for (const std::uint32_t risk : program.patterns[i].risks) {
      for (const std::uint32_t weakness : program.risks[risk].weaknesses)
        patterns_of[weakness].push_back(i);
    }
  }
  for (const auto& [expr, requirement] : requirements) {
    std::vector<std::uint32_t> patterns;
    for (const std::uint32_t weakness : requirement.weaknesses) {
      const auto& more = patterns_of[weakness];
      patterns.insert(patterns.end(), more.begin(), more.end());
    }
    std::sort(patterns.begin(), patterns.end());
    patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
    check_requirement(conditions, expr, requirement.node, requirement.countermeasure, patterns,
                      never.requirements);
  }
}

void check_questions(Conditions& conditions) {
  const engine::Program& program = conditions.program;
  for (std::size_t i = 0; i < program.questions.size(); ++i) {
    const engine::Question& question = program.questions[i];
    const ClauseId declared = conditions.declared.questions[i].clause;
    if (question.ask_when == no_node || conditions.policy.disabled(declared)) continue;
    const std::string name = "the question `" + question.id + "`";
    const Judgement judgement =
        judge(conditions, {conditions.policy.clause(declared).expr, question.ask_when,
                           where_of(question.component_type), name + " is never asked",
                           name + " is always asked", "leave `ask when` out"});
    conditions.never_asked[i] = judgement == Judgement::never ? 1 : 0;
  }
}

// Gives, by pattern, whether it may apply; adds to `never` those that cannot.
std::vector<char> check_patterns(Conditions& conditions, NeverTrue& never) {
  const engine::Program& program = conditions.program;
  std::vector<char> applies(program.patterns.size());
  never.patterns.assign(program.patterns.size(), 0);
  for (std::size_t i = 0; i < program.patterns.size(); ++i) {
    const engine::Pattern& pattern = program.patterns[i];
    if (pattern.when == no_node ||
        conditions.policy.disabled(conditions.declared.patterns[i].clause))
      continue;
    const std::string name = "the pattern `" + pattern.id + "`";
    const Judgement judgement =
        judge(conditions, {pattern_condition(conditions, i), pattern.when,
                           where_of(pattern.component_type), name + " can never apply",
                           name + " always applies", "`when yes` says so, where it is meant"});
    applies[i] = judgement == Judgement::never ? 0 : 1;
    never.patterns[i] = judgement == Judgement::never ? 1 : 0;
  }
  return applies;
}

// A step or a ticket is switched off by `no`: there is no other way to do it.
void judge_unless_constant(Conditions& conditions, const Judged& judged) {
  if (judged.node != no_node && conditions.program.nodes[judged.node].op != engine::Op::constant)
    judge(conditions, judged);
}

void check_steps(Conditions& conditions) {
  const PolicyText& policy = conditions.policy;
  const std::vector<engine::Adjust>& steps = conditions.program.adjusts;
  each_declaration(policy, ClauseKind::adjust, [&](ClauseId id, const Library&) {
    const Clause& declared = policy.clause(id);
    const Clause* visit = policy.syntax.child(declared, ClauseKind::visit);
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const engine::Adjust& each) {
      return each.name == declared.name.text;
    });
    const std::string name = "the step `" + step->name + "`";
    judge_unless_constant(conditions, {visit->expr,
                                       step->when,
                                       {Where::Of::element, no_index},
                                       name + " never acts",
                                       name + " always acts",
                                       "leave `when` out"});
  });
}

void check_tickets(Conditions& conditions) {
  const PolicyText& policy = conditions.policy;
  std::size_t index = 0;
  each_declaration(policy, ClauseKind::ticket, [&](ClauseId id, const Library&) {
    const engine::TicketTemplate& ticket = conditions.program.tickets[index++];
    for (const ClauseId child : policy.clause(id).children) {
      const Clause& each = policy.clause(child);
      const NodeId node = each.kind == ClauseKind::open     ? ticket.open
                          : each.kind == ClauseKind::close  ? ticket.close
                          : each.kind == ClauseKind::reopen ? ticket.reopen
                                                            : no_node;
      const std::string which = each.kind == ClauseKind::open    ? "`open when`"
                                : each.kind == ClauseKind::close ? "`close when`"
                                                                 : "`reopen when`";
      const std::string of = which + " of the ticket `" + ticket.name + "`";
      judge_unless_constant(conditions, {each.expr,
                                         node,
                                         {Where::Of::element, no_index},
                                         of + " is never true",
                                         of + " is always true",
                                         ""});
    }
  });
}

}  // namespace

NeverTrue check_conditions(Conditions& conditions, const ElementUses& uses) {
  NeverTrue never;
  check_questions(conditions);
  const std::vector<char> applies = check_patterns(conditions, never);
  check_requirements(conditions, uses, applies, never);
  check_steps(conditions);
  check_tickets(conditions);
  return never;
}

}  // namespace riskd::dsl
