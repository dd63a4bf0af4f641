#include "dsl/catalogue/doc_words.hpp"

#include <algorithm>
#include <array>

#include "dsl/compile/builtins.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Builtin;
using engine::no_node;
using engine::Op;

std::string question_anchor(const engine::Program& program, std::uint32_t index) {
  const engine::Question& question = program.questions[index];
  const std::string of = question.component_type == engine::no_index
                             ? ""
                             : program.component_types[question.component_type].id + "-";
  return "question-" + of + question.id;
}

std::string let_anchor(const engine::Let& let) {
  return "let-" + std::string(to_string(let.kind)) + "-" + let.name;
}

DocWords::DocWords(const Compilation& policy, const ClauseIndex& index)
    : policy_(policy), syntax_(policy.syntax), program_(*policy.program), index_(index) {}

std::string DocWords::source(Span span) const {
  return on_one_line(text_of(policy_.sources, span));
}

Inlines DocWords::words(ExprId id) const {
  Inlines out;
  if (id != nothing) add(out, id);
  return out;
}

Inlines DocWords::standard(ExprId id) const {
  // The braces around choices are those of `in`, without what is asked.
  if (id == nothing || syntax_.exprs[id].kind != ExprKind::in) return words(id);
  Inlines out;
  const Expr& expr = syntax_.exprs[id];
  if (expr.kids.empty()) out.push_back(plain_text("none"));
  listed(out, expr, 0, "and");
  return out;
}

void DocWords::infix(Inlines& out, const Expr& expr, const std::string& between) const {
  // The sides of a comparison are values, also where they are yes-no.
  const auto side = [&](ExprId id) {
    const engine::NodeId node = index_.node_of(id);
    if (node != no_node && syntax_.exprs[id].kind == ExprKind::name &&
        program_.nodes[node].op == Op::question) {
      const std::uint32_t question = program_.nodes[node].a;
      out.push_back({Inline::Style::emphasis, program_.questions[question].text,
                     question_anchor(program_, question)});
      return;
    }
    add(out, id);
  };
  side(expr.kids[0]);
  out.push_back(plain_text(between));
  side(expr.kids[1]);
}

void DocWords::listed(Inlines& out, const Expr& expr, std::size_t first,
                      const std::string& last) const {
  for (std::size_t i = first; i < expr.kids.size(); ++i) {
    if (i > first) out.push_back(plain_text(i + 1 == expr.kids.size() ? " " + last + " " : ", "));
    add(out, expr.kids[i]);
  }
}

namespace {

// What stands between two parts.
const char* infix_word(ExprKind kind) {
  return kind == ExprKind::is              ? " is "
         : kind == ExprKind::is_not        ? " is not "
         : kind == ExprKind::less          ? " is below "
         : kind == ExprKind::less_equal    ? " is at most "
         : kind == ExprKind::greater       ? " is above "
         : kind == ExprKind::greater_equal ? " is at least "
         : kind == ExprKind::matches       ? " matches "
         : kind == ExprKind::add           ? " + "
         : kind == ExprKind::subtract      ? " − "
         : kind == ExprKind::multiply      ? " × "
                                           : " ÷ ";
}

}  // namespace

void DocWords::add(Inlines& out, ExprId id, bool negated) const {
  const Expr& expr = syntax_.exprs[id];
  const auto say = [&](const char* text) { out.push_back(plain_text(text)); };
  switch (expr.kind) {
    case ExprKind::invalid:
      return;
    case ExprKind::yes:
      return out.push_back(strong("yes"));
    case ExprKind::no:
      return out.push_back(strong("no"));
    case ExprKind::today:
      return say("today");
    case ExprKind::text:
      return out.push_back(plain_text("“" + syntax_.texts[expr.text].plain() + "”"));
    case ExprKind::name:
      return name(out, id, negated);
    case ExprKind::call:
      return call(out, id);
    case ExprKind::group:
      say("(");
      add(out, expr.kids[0], negated);
      return say(")");
    case ExprKind::logic_not:
      if (syntax_.exprs[expr.kids[0]].kind == ExprKind::name)
        return add(out, expr.kids[0], !negated);
      say("not ");
      return add(out, expr.kids[0]);
    case ExprKind::logic_and:
    case ExprKind::logic_or:
      for (std::size_t i = 0; i < expr.kids.size(); ++i) {
        if (i > 0) say(expr.kind == ExprKind::logic_and ? " and " : " or ");
        add(out, expr.kids[i]);
      }
      return;
    case ExprKind::in:
    case ExprKind::not_in:
      add(out, expr.kids[0]);
      say(expr.kind == ExprKind::in ? " is " : " is neither ");
      return listed(out, expr, 1, expr.kind == ExprKind::in ? "or" : "nor");
    case ExprKind::includes:
    case ExprKind::includes_any:
      add(out, expr.kids[0]);
      say(" includes ");
      return listed(out, expr, 1, "or");
    case ExprKind::includes_all:
      add(out, expr.kids[0]);
      say(" includes ");
      return listed(out, expr, 1, "and");
    case ExprKind::is_answered:
    case ExprKind::is_not_answered:
      return answered(out, expr);
    case ExprKind::choose:
      add(out, expr.kids[1]);
      say(" if ");
      add(out, expr.kids[0]);
      say(", otherwise ");
      return add(out, expr.kids[2]);
    case ExprKind::match:
      return match(out, expr);
    case ExprKind::is:
    case ExprKind::is_not:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
    case ExprKind::matches:
    case ExprKind::add:
    case ExprKind::subtract:
    case ExprKind::multiply:
    case ExprKind::divide:
      return infix(out, expr, infix_word(expr.kind));
    case ExprKind::number:
    case ExprKind::percent:
    case ExprKind::duration:
    case ExprKind::date:
    case ExprKind::negate:
      return out.push_back(plain_text(source(expr.span)));
  }
}

void DocWords::answered(Inlines& out, const Expr& expr) const {
  const engine::NodeId node = index_.node_of(expr.kids[0]);
  if (node != no_node && program_.nodes[node].op == Op::question) {
    const std::uint32_t question = program_.nodes[node].a;
    out.push_back({Inline::Style::emphasis, program_.questions[question].text,
                   question_anchor(program_, question)});
  } else {
    out.push_back(code(source(syntax_.exprs[expr.kids[0]].span)));
  }
  out.push_back(
      plain_text(expr.kind == ExprKind::is_answered ? " is answered" : " is not answered"));
}

void DocWords::match(Inlines& out, const Expr& expr) const {
  const engine::NodeId subject = index_.node_of(expr.kids[0]);
  out.push_back(plain_text("by "));
  if (subject != no_node && program_.nodes[subject].op == Op::question) {
    const std::uint32_t question = program_.nodes[subject].a;
    out.push_back({Inline::Style::emphasis, program_.questions[question].text,
                   question_anchor(program_, question)});
  } else {
    add(out, expr.kids[0]);
  }
  out.push_back(plain_text(": "));
  for (std::size_t i = 1; i < expr.kids.size(); i += 2) {
    if (i > 1) out.push_back(plain_text("; "));
    if (i + 1 == expr.kids.size()) {
      out.push_back(plain_text("otherwise "));
      add(out, expr.kids[i]);
      return;
    }
    add(out, expr.kids[i]);
    out.push_back(plain_text(" → "));
    add(out, expr.kids[i + 1]);
  }
}

namespace {

// How people call what an element has; null: by its name in the language.
const char* phrase_of(Builtin builtin) {
  static constexpr std::array<std::pair<Builtin, const char*>, 8> phrases{
      {{Builtin::state, "its state"},
       {Builtin::tested, "its test result"},
       {Builtin::current, "the current rating"},
       {Builtin::projected, "the projected rating"},
       {Builtin::inherent, "the inherent rating"},
       {Builtin::mitigates, "its share"},
       {Builtin::accepted_until, "the last day of its acceptance"},
       {Builtin::band, "the band"}}};
  const auto found = std::find_if(phrases.begin(), phrases.end(),
                                  [&](const auto& each) { return each.first == builtin; });
  return found == phrases.end() ? nullptr : found->second;
}

}  // namespace

void DocWords::name(Inlines& out, ExprId id, bool negated) const {
  const Expr& expr = syntax_.exprs[id];
  const engine::NodeId made = index_.node_of(id);
  const auto verb = [&](const char* yes, const char* no) {
    out.push_back(plain_text(negated ? no : yes));
  };
  const auto answered = [&] {
    out.push_back(plain_text(" is answered "));
    out.push_back(strong(negated ? "no" : "yes"));
  };
  if (made == no_node) return out.push_back(code(expr.name.full()));
  const engine::Node& node = program_.nodes[made];
  const bool truth = node.type.base == Base::truth;
  if (node.op == Op::constant &&
      (node.type.base == Base::choice || node.type.base == Base::scale)) {
    std::string shown = expr.name.text;
    for (const engine::EnumStep& each : program_.enums[node.type.of].steps) {
      if (each.name == expr.name.text && !each.title.empty()) shown = each.title;
    }
    return out.push_back(strong(shown));
  }
  if (node.op == Op::question) {
    out.push_back({Inline::Style::emphasis, program_.questions[node.a].text,
                   question_anchor(program_, node.a)});
    if (truth) answered();
    return;
  }
  if (node.op == Op::field) {
    const engine::Field& field = program_.fields[node.a];
    out.push_back({Inline::Style::emphasis, field.title.empty() ? field.name : field.title, ""});
    if (truth) answered();
    return;
  }
  if (node.op == Op::let) {
    out.push_back({Inline::Style::code, expr.name.full(), let_anchor(program_.lets[node.a])});
    if (truth) verb(" holds", " does not hold");
    return;
  }
  if (node.op == Op::builtin) {
    const auto builtin = static_cast<Builtin>(node.a);
    if (builtin == Builtin::approved) return verb("it is approved", "it is not approved");
    if (const char* phrase = phrase_of(builtin)) return out.push_back(plain_text(phrase));
    return out.push_back(code(expr.name.full()));
  }
  out.push_back(code(expr.name.full()));
  if (truth) verb(" holds", " does not hold");
}

void DocWords::call(Inlines& out, ExprId id) const {
  const Expr& expr = syntax_.exprs[id];
  const std::string& function = expr.name.text;
  const FunctionName* const known = function_named(function);
  const engine::NodeId made = index_.node_of(id);
  const bool aggregate = made != no_node && program_.nodes[made].op == Op::aggregate;
  const auto say = [&](const std::string& text) { out.push_back(plain_text(text)); };
  if (aggregate && !expr.kids.empty()) {
    const std::string list = source(syntax_.exprs[expr.kids[0]].span);
    const bool body = expr.kids.size() == 2;
    const std::string_view words = known == nullptr ? "" : known->phrase_over_list;
    const std::size_t place = words.find('*');
    // Without a body nothing follows: "the number of components".
    const std::string_view after = body ? words.substr(place + 1) : "";
    say(std::string(words.substr(0, place)) + list + std::string(after));
    // So that what follows the aggregate is not taken for its body.
    const ExprKind kind = body ? syntax_.exprs[expr.kids[1]].kind : ExprKind::invalid;
    const bool several = kind == ExprKind::logic_and || kind == ExprKind::logic_or;
    if (several) say("(");
    if (body) add(out, expr.kids[1]);
    if (several) say(")");
    return;
  }
  say(known == nullptr || known->phrase_of_values.empty() ? function + " of "
                                                          : std::string(known->phrase_of_values));
  listed(out, expr, 0, "and");
}

}  // namespace riskd::dsl
