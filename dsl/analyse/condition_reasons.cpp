// Why a condition is never, or always, true: the fewest of its parts that settle it.
#include <algorithm>

#include "dsl/compile/compiler.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::no_node;
using engine::NodeId;
using engine::Op;

namespace {

constexpr std::size_t shown_parts = 8;   // places that one message points to
constexpr std::size_t named_parts = 4;   // parts that its sentence names
constexpr std::size_t shown_bytes = 70;  // of a part's text

}  // namespace

std::string Compiler::source(ExprId expr) const {
  return "`" + on_one_line(text_of(policy_.sources, policy_.syntax.exprs[expr].span), shown_bytes) +
         "`";
}

// The operands of `and` (or of `or`), through parentheses and rows of the same.
std::vector<Compiler::Part> Compiler::parts_of(const Part& whole, Op op) const {
  const Expr& expr = policy_.syntax.exprs[whole.expr];
  if (expr.kind == ExprKind::group) return parts_of({expr.kids[0], whole.node, whole.holds}, op);
  const engine::Node& node = program_.nodes[whole.node];
  const ExprKind kind = op == Op::logic_and ? ExprKind::logic_and : ExprKind::logic_or;
  if (expr.kind != kind || node.op != op || expr.kids.size() != node.kid_count) return {whole};
  std::vector<Part> parts;
  for (std::size_t i = 0; i < expr.kids.size(); ++i) {
    const auto more = parts_of({expr.kids[i], program_.kids_of(node)[i], whole.holds}, op);
    parts.insert(parts.end(), more.begin(), more.end());
  }
  return parts;
}

// A smallest set of the parts, and of the `ask when` behind them, that cannot hold together: without
// any one of them the others could. Finds one necessary part after the other, each as the last of the
// shortest row that is impossible; what comes first is preferred.
Compiler::Contradiction Compiler::contradiction(const std::vector<Part>& parts, Where where) {
  std::vector<NodeId> nodes;
  for (const Part& part : parts) nodes.push_back(part.node);
  ConditionSpace& conditions = space();
  conditions.start(where, nodes, {.free_asks = true});
  struct Piece {
    Diagram held;
    bool is_part;
    std::uint32_t index;
  };
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < parts.size(); ++i)
    pieces.push_back(
        {parts[i].holds ? conditions.yes(parts[i].node) : conditions.no(parts[i].node), true, i});
  for (const std::uint32_t question : conditions.asked_questions())
    pieces.push_back({conditions.ask_when_holds(question), false, question});
  Contradiction found;
  Diagram core = everywhere;
  while (core != nowhere && !conditions.too_large()) {
    Diagram row = core;
    std::size_t last = 0;
    while (last < pieces.size() && row != nowhere)
      row = conditions.diagrams().both(row, pieces[last++].held);
    if (row != nowhere || last == 0) break;  // never: all together are a contradiction
    const Piece& needed = pieces[last - 1];
    core = conditions.diagrams().both(core, needed.held);
    if (needed.is_part) {
      found.parts.push_back(parts[needed.index]);
    } else {
      found.questions.push_back(needed.index);
    }
    pieces.resize(last - 1);
  }
  std::reverse(found.parts.begin(), found.parts.end());
  found.complete = core == nowhere && !conditions.too_large();
  return found;
}

// `A and B exclude each other, since `q` is only asked when `E``.
std::string Compiler::sentence(const Contradiction& reason, bool is_never) const {
  std::string text;
  const std::size_t count = reason.parts.size();
  const std::size_t named = count > named_parts ? named_parts - 1 : count;
  for (std::size_t i = 0; i < named; ++i) {
    const bool is_last = i + 1 == count;
    text += (i == 0    ? ""
             : is_last ? (is_never ? " and " : " or ")
                       : ", ") +
            source(reason.parts[i].expr);
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
    const std::string& id = program_.questions[question].id;
    const ExprId asked = policy_.clause(question_clauses_[question]).expr;
    text += (i == 0 ? ", since `" : ", and `") + id.substr(id.find('.') + 1) +
            "` is only asked when " + source(asked);
  }
  return text;
}

void Compiler::note(std::vector<Related>& notes, Span span, std::string message) const {
  if (notes.size() < shown_parts) notes.push_back({span, std::move(message)});
}

// The places of a contradiction; where one part alone is the reason, what is in that part.
void Compiler::notes_of(const Contradiction& reason, Where where, bool is_never, Span primary,
                        std::vector<Related>& notes, std::size_t depth) {
  const auto written_at = [&](std::uint32_t let) {
    const Clause& declared = policy_.clause(let_clauses_[let]);
    const Span written = policy_.syntax.exprs[declared.expr].span;
    return policy_.in_change(written) ? written : declared.head;
  };
  for (const Part& part : reason.parts) {
    // The line that the message shows needs no second look.
    const Span span = policy_.syntax.exprs[part.expr].span;
    const auto line = [&](Span each) { return policy_.sources[each.file].locate(each.begin).line; };
    if (span.file != primary.file || line(span) != line(primary))
      note(notes, span, source(part.expr) + " here");
    const engine::Node& node = program_.nodes[part.node];
    if (node.op == Op::let && reason.parts.size() > 1) {
      const ExprId value = policy_.clause(let_clauses_[node.a]).expr;
      note(notes, written_at(node.a), "`" + program_.lets[node.a].name + "` is " + source(value));
    }
  }
  for (const std::uint32_t question : reason.questions) {
    const std::string& id = program_.questions[question].id;
    const ExprId asked = policy_.clause(question_clauses_[question]).expr;
    note(notes, policy_.syntax.exprs[asked].span,
         "`" + id.substr(id.find('.') + 1) + "` is only asked when " + source(asked));
  }
  if (reason.parts.size() != 1 || !reason.questions.empty() || depth > 4) return;
  // Inside it: each branch of an `or` is never true, each part of an `and` always.
  Part inner = reason.parts.front();
  const engine::Node& node = program_.nodes[inner.node];
  if (node.op == Op::let && program_.lets[node.a].kind <= engine::Kind::component) {
    const ExprId value = policy_.clause(let_clauses_[node.a]).expr;
    note(notes, written_at(node.a), "which is declared here");
    inner = {value, program_.lets[node.a].value, inner.holds};
  }
  const std::vector<Part> branches = parts_of(inner, is_never ? Op::logic_or : Op::logic_and);
  const bool same = branches.size() == 1 && branches.front().expr == reason.parts.front().expr;
  if (same || branches.size() > shown_parts) return;
  for (const Part& branch : branches) {
    const Contradiction why =
        contradiction(parts_of(branch, is_never ? Op::logic_and : Op::logic_or), where);
    if (!why.complete || (why.parts.size() == 1 && why.questions.empty() && branches.size() == 1))
      continue;
    note(notes, policy_.syntax.exprs[branch.expr].span, sentence(why, is_never));
    if (why.parts.size() == 1 && why.questions.empty())
      notes_of(why, where, is_never, policy_.syntax.exprs[branch.expr].span, notes, depth + 1);
  }
}

void Compiler::say(Code code, Span span, const std::string& subject, Where where,
                   const std::vector<Part>& parts, std::string help) {
  const bool is_never = code == Code::never_true;
  if (policy_.diagnostics.list().size() >= limits::diagnostics) {  // it is only counted
    policy_.report(code, span, subject);
    return;
  }
  const Contradiction reason = contradiction(parts, where);
  const auto told = [&](std::uint32_t question) { return never_asked_[question] != 0; };
  if (std::any_of(reason.questions.begin(), reason.questions.end(), told)) return;
  std::vector<Related> notes;
  std::string message = subject;
  if (reason.complete && !reason.parts.empty()) {
    message += ": " + sentence(reason, is_never);
    notes_of(reason, where, is_never, span, notes, 0);
  }
  // What is sound without a change is told at the change.
  Span at = span;
  for (std::size_t i = 0; i < parts.size() && at.file == span.file && !policy_.in_change(span);
       ++i) {
    const Span change = change_below(parts[i].node, span);
    if (change.end > change.begin) at = change;
  }
  if (at.file != span.file) {
    std::erase_if(notes, [&](const Related& each) {
      return each.span.file == at.file && each.span.begin == at.begin;
    });
    notes.insert(notes.begin(), {span, "the condition"});
  }
  policy_.report(code, at, std::move(message), std::move(help)).related = std::move(notes);
}

}  // namespace riskd::dsl
