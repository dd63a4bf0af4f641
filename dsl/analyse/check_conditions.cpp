// Conditions that can never be true, and those that always are: where they stand in a policy.
#include <algorithm>
#include <map>

#include "dsl/compile/compiler.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::no_index;
using engine::no_node;
using engine::NodeId;

namespace {

Where where_of(std::uint32_t component_type) {
  if (component_type == no_index) return {Where::Of::product, no_index};
  return {Where::Of::component, component_type};
}

}  // namespace

ConditionSpace& Compiler::space() {
  if (space_ != nullptr) return *space_;
  space_ = std::make_unique<ConditionSpace>(program_);
  std::vector<char> questions(program_.questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i)
    questions[i] = policy_.disabled(question_clauses_[i]) ? 1 : 0;
  std::vector<char> lets(program_.lets.size());
  for (std::size_t i = 0; i < lets.size(); ++i) {
    const engine::Let& let = program_.lets[i];
    const bool changed = policy_.clause(let_clauses_[i]).expr2 != nothing && let.value != no_node;
    const engine::Op op = changed ? program_.nodes[let.value].op : engine::Op::let;
    lets[i] = op == engine::Op::constant || op == engine::Op::constant_text ? 1 : 0;
  }
  space_->set_changed(std::move(questions), std::move(lets));
  return *space_;
}

bool Compiler::gave_up() {
  if (space().too_large()) ++large_conditions_;
  return space().too_large();
}

void Compiler::check_conditions() {
  never_asked_.assign(program_.questions.size(), 0);
  for (std::size_t i = 0; i < program_.questions.size(); ++i) {
    const engine::Question& question = program_.questions[i];
    if (question.ask_when == no_node || policy_.disabled(question_clauses_[i])) continue;
    const std::string name = "the question `" + question.id + "`";
    const Verdict verdict = judge({policy_.clause(question_clauses_[i]).expr, question.ask_when,
                                   where_of(question.component_type), name + " is never asked",
                                   name + " is always asked", "leave `ask when` out"});
    never_asked_[i] = verdict == Verdict::never ? 1 : 0;
  }
  std::vector<char> applies(program_.patterns.size());
  never_applies_.assign(program_.patterns.size(), 0);
  for (std::size_t i = 0; i < program_.patterns.size(); ++i) {
    const engine::Pattern& pattern = program_.patterns[i];
    if (pattern.when == no_node || policy_.disabled(patterns_[i].clause)) continue;
    const std::string name = "the pattern `" + pattern.id + "`";
    const Verdict verdict =
        judge({pattern_condition(i), pattern.when, where_of(pattern.component_type),
               name + " can never apply", name + " always applies",
               "`when yes` says so, where it is meant"});
    applies[i] = verdict == Verdict::never ? 0 : 1;
    never_applies_[i] = verdict == Verdict::never ? 1 : 0;
  }
  check_requirements(applies);
  // A step or a ticket is switched off by `no`: there is no other way to do it.
  const auto judge_unless_constant = [&](const Judged& judged) {
    if (judged.node != no_node && program_.nodes[judged.node].op != engine::Op::constant)
      judge(judged);
  };
  each_declaration(policy_, ClauseKind::adjust, [&](ClauseId id, const Library&) {
    const Clause* visit = policy_.syntax.child(policy_.clause(id), ClauseKind::visit);
    const auto step = std::find_if(
        program_.adjusts.begin(), program_.adjusts.end(),
        [&](const engine::Adjust& each) { return each.name == policy_.clause(id).name.text; });
    const std::string name = "the step `" + step->name + "`";
    judge_unless_constant({visit->expr,
                           step->when,
                           {Where::Of::element, no_index},
                           name + " never acts",
                           name + " always acts",
                           "leave `when` out"});
  });
  std::size_t index = 0;
  each_declaration(policy_, ClauseKind::ticket, [&](ClauseId id, const Library&) {
    const engine::TicketTemplate& ticket = program_.tickets[index++];
    for (const ClauseId child : policy_.clause(id).children) {
      const Clause& each = policy_.clause(child);
      const NodeId node = each.kind == ClauseKind::open     ? ticket.open
                          : each.kind == ClauseKind::close  ? ticket.close
                          : each.kind == ClauseKind::reopen ? ticket.reopen
                                                            : no_node;
      const std::string which = each.kind == ClauseKind::open    ? "`open when`"
                                : each.kind == ClauseKind::close ? "`close when`"
                                                                 : "`reopen when`";
      const std::string of = which + " of the ticket `" + ticket.name + "`";
      judge_unless_constant({each.expr,
                             node,
                             {Where::Of::element, no_index},
                             of + " is never true",
                             of + " is always true",
                             ""});
    }
  });
}

ExprId Compiler::pattern_condition(std::size_t pattern) const {
  for (const ClauseId child : policy_.clause(patterns_[pattern].clause).children) {
    if (policy_.clause(child).kind == ClauseKind::when) return policy_.clause(child).expr;
  }
  return nothing;
}

Compiler::Verdict Compiler::judge(const Judged& judged) {
  if (judged.node == no_node || large_conditions_ >= limits::large_conditions)
    return Verdict::either;
  space().start(judged.where, {judged.node});
  const Truth truth = space().truth(judged.node);
  const bool is_never = truth.yes == nowhere;
  const bool is_always = space().reads_anything() && space().no(judged.node) == nowhere;
  if (gave_up()) return Verdict::either;
  if (is_never) {
    const auto parts = parts_of({judged.expr, judged.node, true}, engine::Op::logic_and);
    say(Code::never_true, policy_.syntax.exprs[judged.expr].span, judged.never, judged.where, parts,
        "nothing can make it true: leave it out, or mend the condition");
    return Verdict::never;
  }
  if (is_always) {
    const auto parts = parts_of({judged.expr, judged.node, false}, engine::Op::logic_or);
    say(Code::always_true, policy_.syntax.exprs[judged.expr].span, judged.always, judged.where,
        parts, judged.help);
  }
  return is_always ? Verdict::always : Verdict::either;
}

// A countermeasure is looked at only in patterns that apply, so their conditions hold too. What a
// definition requires is used in many places, and it is enough that it can hold in one of them.
void Compiler::check_requirements(const std::vector<char>& pattern_applies) {
  struct Requirement {
    NodeId node = no_node;
    std::string countermeasure;
    std::vector<std::uint32_t> weaknesses;
  };
  std::map<ExprId, Requirement> requirements;
  for (std::size_t i = 0; i < program_.uses.size(); ++i) {
    const engine::Use& use = program_.uses[i];
    if (use_conditions_[i] == nothing || use.required == no_node) continue;
    // `required when no` takes back what the definition says.
    if (program_.nodes[use.required].op == engine::Op::constant) continue;
    Requirement& found = requirements[use_conditions_[i]];
    found.node = use.required;
    found.countermeasure = program_.countermeasures[use.countermeasure].id;
    found.weaknesses.push_back(use.weakness);
  }
  if (requirements.empty()) return;
  std::map<std::uint32_t, std::vector<std::uint32_t>> patterns_of;  // of each weakness
  for (std::uint32_t i = 0; i < program_.patterns.size(); ++i) {
    if (pattern_applies[i] == 0) continue;
    for (const std::uint32_t risk : program_.patterns[i].risks) {
      for (const std::uint32_t weakness : program_.risks[risk].weaknesses)
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
    check_requirement(expr, requirement.node, requirement.countermeasure, patterns);
  }
}

void Compiler::check_requirement(ExprId expr, NodeId node, const std::string& countermeasure,
                                 const std::vector<std::uint32_t>& patterns) {
  if (patterns.empty()) return;
  bool is_always = true;
  bool ever = false;
  for (const std::uint32_t index : patterns) {
    if (large_conditions_ >= limits::large_conditions) return;
    const engine::Pattern& pattern = program_.patterns[index];
    space().start(where_of(pattern.component_type), {node, pattern.when});
    const Truth required = space().truth(node);
    const Truth applies = space().truth(pattern.when);
    ever = ever || space().diagrams().both(required.yes, applies.yes) != nowhere;
    is_always = is_always && space().reads_anything() && space().no(node) == nowhere;
    if (gave_up()) return;
    if (ever && !is_always) return;
  }
  const std::string name = "`" + countermeasure + "`";
  const engine::Pattern& first = program_.patterns[patterns.front()];
  const Where where = where_of(first.component_type);
  if (is_always) {
    say(Code::always_true, policy_.syntax.exprs[expr].span, name + " is always required", where,
        parts_of({expr, node, false}, engine::Op::logic_or), "write `required`");
    return;
  }
  never_required_.insert(expr);
  space().start(where, {node});
  auto parts = parts_of({expr, node, true}, engine::Op::logic_and);
  const bool alone = space().yes(node) == nowhere;
  std::string subject = name + " is never required";
  if (!alone) {
    subject += patterns.size() == 1
                   ? " where `" + first.id + "` applies"
                   : " where a pattern that uses it applies, as `" + first.id + "`";
    const auto more =
        parts_of({pattern_condition(patterns.front()), first.when, true}, engine::Op::logic_and);
    parts.insert(parts.end(), more.begin(), more.end());
  }
  say(Code::never_true, policy_.syntax.exprs[expr].span, subject, where, parts,
      "leave it out: it is recommended then, or mend the condition");
}

}  // namespace riskd::dsl
