#include "dsl/analyse/condition_reasons.hpp"

#include <algorithm>

#include "dsl/analyse/changes_below.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::no_node;
using engine::NodeId;
using engine::Op;

namespace {

constexpr std::size_t shown_parts = 8;   // places that one message points to
constexpr std::size_t named_parts = 4;   // parts that its sentence names
constexpr std::size_t shown_bytes = 70;  // of a part's text

std::string source_of(const PolicyText& policy, ExprId expr) {
  return "`" + on_one_line(text_of(policy.sources, policy.syntax.exprs[expr].span), shown_bytes) +
         "`";
}

// `A and B exclude each other, since `q` is only asked when `E``.
std::string sentence(const Conditions& conditions, const Contradiction& reason, bool is_never) {
  std::string text;
  const std::size_t count = reason.parts.size();
  const std::size_t named = count > named_parts ? named_parts - 1 : count;
  for (std::size_t i = 0; i < named; ++i) {
    const bool is_last = i + 1 == count;
    text += (i == 0    ? ""
             : is_last ? (is_never ? " and " : " or ")
                       : ", ") +
            source_of(conditions.policy, reason.parts[i].expr);
  }
  if (named < count)
    text += (is_never ? " and " : " or ") + std::to_string(count - named) + " more";
  if (!is_never) {
    text += " is true whatever is answered";
  } else {
    text += count == 1 ? " is never true" : " exclude each other";
  }
  for (std::size_t i = 0; i < reason.questions.size(); ++i) {
    const std::uint32_t question = reason.questions[i];
    const std::string& id = conditions.program.questions[question].id;
    const ExprId asked =
        conditions.policy.clause(conditions.declared.questions[question].clause).expr;
    text += (i == 0 ? ", since `" : ", and `") + id.substr(id.find('.') + 1) +
            "` is only asked when " + source_of(conditions.policy, asked);
  }
  return text;
}

// The places of a contradiction; where one part alone is the reason, what is in that part.
void notes_of(Conditions& conditions, const Contradiction& reason, Where where, bool is_never,
              Span primary, std::vector<Related>& notes, std::size_t depth) {
  const auto written_at = [&](std::uint32_t let) {
    const Clause& declared = conditions.policy.clause(conditions.declared.lets[let].clause);
    const Span written = conditions.policy.syntax.exprs[declared.expr].span;
    return conditions.policy.in_change(written) ? written : declared.head;
  };
  for (const Part& part : reason.parts) {
    // The line that the message shows needs no second look.
    const Span span = conditions.policy.syntax.exprs[part.expr].span;
    const auto line = [&](Span each) {
      return conditions.policy.sources[each.file].locate(each.begin).line;
    };
    if (span.file != primary.file || line(span) != line(primary))
      add_place(notes, span, source_of(conditions.policy, part.expr) + " here");
    const engine::Node& node = conditions.program.nodes[part.node];
    if (node.op == Op::let && reason.parts.size() > 1) {
      const ExprId value = conditions.policy.clause(conditions.declared.lets[node.a].clause).expr;
      add_place(notes, written_at(node.a),
                "`" + conditions.program.lets[node.a].name + "` is " +
                    source_of(conditions.policy, value));
    }
  }
  for (const std::uint32_t question : reason.questions) {
    const std::string& id = conditions.program.questions[question].id;
    const ExprId asked =
        conditions.policy.clause(conditions.declared.questions[question].clause).expr;
    add_place(notes, conditions.policy.syntax.exprs[asked].span,
              "`" + id.substr(id.find('.') + 1) + "` is only asked when " +
                  source_of(conditions.policy, asked));
  }
  if (reason.parts.size() != 1 || !reason.questions.empty() || depth > 4) return;
  // Inside it: each branch of an `or` is never true, each part of an `and` always.
  Part inner = reason.parts.front();
  const engine::Node& node = conditions.program.nodes[inner.node];
  if (node.op == Op::let && conditions.program.lets[node.a].kind <= engine::Kind::component) {
    const ExprId value = conditions.policy.clause(conditions.declared.lets[node.a].clause).expr;
    add_place(notes, written_at(node.a), "which is declared here");
    inner = {value, conditions.program.lets[node.a].value, inner.holds};
  }
  const std::vector<Part> branches =
      parts_of(conditions, inner, is_never ? Op::logic_or : Op::logic_and);
  const bool same = branches.size() == 1 && branches.front().expr == reason.parts.front().expr;
  if (same || branches.size() > shown_parts) return;
  for (const Part& branch : branches) {
    const Contradiction why = contradiction(
        conditions, parts_of(conditions, branch, is_never ? Op::logic_and : Op::logic_or), where);
    if (!why.complete || (why.parts.size() == 1 && why.questions.empty() && branches.size() == 1))
      continue;
    add_place(notes, conditions.policy.syntax.exprs[branch.expr].span,
              sentence(conditions, why, is_never));
    if (why.parts.size() == 1 && why.questions.empty())
      notes_of(conditions, why, where, is_never, conditions.policy.syntax.exprs[branch.expr].span,
               notes, depth + 1);
  }
}

}  // namespace

std::vector<Part> parts_of(const Conditions& conditions, const Part& whole, Op op) {
  const Expr& expr = conditions.policy.syntax.exprs[whole.expr];
  if (expr.kind == ExprKind::group)
    return parts_of(conditions, {expr.kids[0], whole.node, whole.holds}, op);
  const engine::Node& node = conditions.program.nodes[whole.node];
  const ExprKind kind = op == Op::logic_and ? ExprKind::logic_and : ExprKind::logic_or;
  if (expr.kind != kind || node.op != op || expr.kids.size() != node.kid_count) return {whole};
  std::vector<Part> parts;
  for (std::size_t i = 0; i < expr.kids.size(); ++i) {
    const auto more =
        parts_of(conditions, {expr.kids[i], conditions.program.kids_of(node)[i], whole.holds}, op);
    parts.insert(parts.end(), more.begin(), more.end());
  }
  return parts;
}

// Finds one necessary part after the other, each as the last of the shortest row that is impossible; what
// comes first is preferred.
Contradiction contradiction(Conditions& conditions, const std::vector<Part>& parts, Where where) {
  std::vector<NodeId> nodes;
  for (const Part& part : parts) nodes.push_back(part.node);
  ConditionSpace& space = conditions.space;
  space.start(where, nodes, {.free_asks = true});
  struct Piece {
    Diagram held;
    bool is_part;
    std::uint32_t index;
  };
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < parts.size(); ++i)
    pieces.push_back(
        {parts[i].holds ? space.yes(parts[i].node) : space.no(parts[i].node), true, i});
  for (const std::uint32_t question : space.asked_questions())
    pieces.push_back({space.ask_when_holds(question), false, question});
  Contradiction found;
  Diagram core = everywhere;
  while (core != nowhere && !space.too_large()) {
    Diagram row = core;
    std::size_t last = 0;
    while (last < pieces.size() && row != nowhere)
      row = space.diagrams().both(row, pieces[last++].held);
    if (row != nowhere || last == 0) break;  // never: all together are a contradiction
    const Piece& needed = pieces[last - 1];
    core = space.diagrams().both(core, needed.held);
    if (needed.is_part) {
      found.parts.push_back(parts[needed.index]);
    } else {
      found.questions.push_back(needed.index);
    }
    pieces.resize(last - 1);
  }
  std::reverse(found.parts.begin(), found.parts.end());
  found.complete = core == nowhere && !space.too_large();
  return found;
}

void add_place(std::vector<Related>& notes, Span span, std::string message) {
  if (notes.size() < shown_parts) notes.push_back({span, std::move(message)});
}

void report_condition(Conditions& conditions, Code code, Span span, const std::string& subject,
                      Where where, const std::vector<Part>& parts, std::string help) {
  const bool is_never = code == Code::never_true;
  if (conditions.policy.diagnostics.list().size() >= limits::diagnostics) {  // it is only counted
    conditions.policy.report(code, span, subject);
    return;
  }
  const Contradiction reason = contradiction(conditions, parts, where);
  const auto told = [&](std::uint32_t question) { return conditions.never_asked[question] != 0; };
  if (std::any_of(reason.questions.begin(), reason.questions.end(), told)) return;
  std::vector<Related> notes;
  std::string message = subject;
  if (reason.complete && !reason.parts.empty()) {
    message += ": " + sentence(conditions, reason, is_never);
    notes_of(conditions, reason, where, is_never, span, notes, 0);
  }
  // What is sound without a change is told at the change.
  Span at = span;
  for (std::size_t i = 0;
       i < parts.size() && at.file == span.file && !conditions.policy.in_change(span); ++i) {
    const Span change = change_below(conditions.policy, conditions.program, conditions.declared,
                                     parts[i].node, span);
    if (change.end > change.begin) at = change;
  }
  if (at.file != span.file) {
    std::erase_if(notes, [&](const Related& each) {
      return each.span.file == at.file && each.span.begin == at.begin;
    });
    notes.insert(notes.begin(), {span, "the condition"});
  }
  conditions.policy.report(code, at, std::move(message), std::move(help)).related =
      std::move(notes);
}

}  // namespace riskd::dsl
