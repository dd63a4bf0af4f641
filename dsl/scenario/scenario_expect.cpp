// What a scenario expects, held against the model.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "dsl/compile/value_types.hpp"
#include "dsl/scenario/scenario_runner.hpp"
#include "engine/base/glob.hpp"

namespace riskd::dsl {
namespace {

// Numbers compare as they are printed: at two decimals.
double printed(double number) { return std::strtod(engine::print_number(number).c_str(), nullptr); }

std::optional<bool> decided(const engine::Value& value) {
  const engine::Value truth = engine::as_truth(value);
  return truth.known() ? std::optional(truth.is_true()) : std::nullopt;
}

const char* words(PatternOutcome outcome) {
  switch (outcome) {
    case PatternOutcome::applies:
      return "applies";
    case PatternOutcome::does_not_apply:
      return "does not apply";
    case PatternOutcome::undecided:
      return "is undecided";
  }
  return "";
}

const char* words(TicketOutcome outcome) {
  switch (outcome) {
    case TicketOutcome::open:
      return "open";
    case TicketOutcome::closed:
      return "closed";
    case TicketOutcome::absent:
      return "absent";
  }
  return "";
}

}  // namespace

void ScenarioRunner::expect(const ExpectedPatternSyntax& said, ClauseId id) {
  const engine::Model& model = live_.model;
  const std::string pattern = in_component(said.component, element_named(policy_, id));
  const bool applies = std::binary_search(model.applying.begin(), model.applying.end(), pattern);
  const bool undecided =
      std::any_of(model.undecided.begin(), model.undecided.end(),
                  [&](const engine::Undecided& each) { return each.pattern == pattern; });
  const PatternOutcome seen = applies     ? PatternOutcome::applies
                              : undecided ? PatternOutcome::undecided
                                          : PatternOutcome::does_not_apply;
  if (seen == said.outcome) return;
  engine::Inspection& seen_now = inspection();
  Lines lines;
  pattern_values(lines, 0, pattern, seen_now);
  fail(clause(id).span,
       "expected that `" + pattern + "` " + words(said.outcome) + ", and it " + words(seen),
       aligned(lines));
}

void ScenarioRunner::expect(const ExpectedTicketSyntax& said, ClauseId id) {
  const std::string& name = said.of.ticket.text;
  const std::string element = in_component(said.of.component, element_named(policy_, id));
  const engine::TicketRow* row = live_.model.ticket(name, element);
  const TicketOutcome seen = row == nullptr                          ? TicketOutcome::absent
                             : row->desired == engine::Desired::open ? TicketOutcome::open
                                                                     : TicketOutcome::closed;
  if (seen == said.outcome) return;
  engine::Inspection& seen_now = inspection();
  Lines lines;
  if (row != nullptr) lines.push_back({0, row->cause, ""});
  const auto& ticket = program_.tickets[program_.template_by_name(name)];
  const auto subject = ticket.kind == engine::Kind::risk       ? seen_now.risk(element)
                       : ticket.kind == engine::Kind::weakness ? seen_now.weakness(element)
                                                               : seen_now.countermeasure(element);
  if (!subject) {
    bringing_patterns(lines, element, seen_now);
  } else if (const Clause* declared = declared_at(ticket.place)) {
    for (const ClauseId child : declared->children) {
      const Clause& each = clause(child);
      if (each.kind != ClauseKind::open && each.kind != ClauseKind::close &&
          each.kind != ClauseKind::reopen)
        continue;
      const std::string word = each.kind == ClauseKind::open    ? "open when "
                               : each.kind == ClauseKind::close ? "close when "
                                                                : "reopen when ";
      values(lines, 0, word, each.expr, seen_now, *subject);
    }
  }
  fail(clause(id).span,
       "expected the ticket `" + name + "` for `" + element + "` to be " + words(said.outcome) +
           ", and it is " + words(seen),
       aligned(lines));
}

void ScenarioRunner::expect(const ExpectedTextsSyntax& said, ClauseId id) {
  const std::string& name = said.of.ticket.text;
  const std::string element = in_component(said.of.component, element_named(policy_, id));
  const std::string shown = "the ticket `" + name + "` for `" + element + "`";
  const Span span = clause(id).span;
  // Comments on a ticket that stays open or closed.
  write(engine::reconcile(program_, live_.facts, now_, &reached_.trace));
  const auto found = written_.find({name, element});
  if (found == written_.end()) {
    return fail(span, shown + " is not written by riskd",
                {live_.model.ticket(name, element) == nullptr
                     ? "it is absent"
                     : "the scenario gives it, and riskd did not open it"});
  }
  const WrittenTicket& written = found->second;
  for (const ExpectedTextSyntax& expected : said.texts) {
    const std::string& part = expected.part.text;
    const std::string wanted = plain(expected.text);
    const auto fits = [&](const std::string& text) {
      return expected.glob ? engine::glob_matches(wanted, text) : wanted == text;
    };
    const std::string asked = (expected.glob ? "match \"" : "be \"") + wanted + "\"";
    if (part == "labels") {
      if (std::any_of(written.labels.begin(), written.labels.end(), fits)) continue;
      std::vector<std::string> lines;
      for (const std::string& each : written.labels) lines.push_back("\"" + each + "\"");
      const std::string seen = lines.empty() ? "it has none" : "none of them does";
      return fail(span, "expected a label of " + shown + " to " + asked + ", and " + seen,
                  std::move(lines));
    }
    const std::string& text = part == "title"      ? written.title
                              : part == "body"     ? written.body
                              : part == "priority" ? written.priority
                                                   : written.comment;
    if (fits(text)) continue;
    const std::string message = "expected the " + part + " of " + shown + " to " + asked + ", and ";
    if (text.empty()) return fail(span, message + "it has none");
    if (text.find('\n') == std::string::npos) return fail(span, message + "it is \"" + text + "\"");
    std::vector<std::string> lines;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) lines.push_back(std::move(line));
    return fail(span, message + "it is", std::move(lines));
  }
}

std::optional<bool> ScenarioRunner::holds(ExprId id, engine::Inspection& seen,
                                          engine::Subject subject) const {
  const Expr& asked = expr(id);
  if (asked.kind == ExprKind::group) return holds(asked.kids[0], seen, subject);
  if (asked.kind == ExprKind::logic_and) {
    std::optional<bool> all = true;
    for (const ExprId kid : asked.kids) {
      const auto one = holds(kid, seen, subject);
      if (one == false) return false;
      if (!one) all = std::nullopt;
    }
    return all;
  }
  const auto node = node_of(id);
  if (!node) return std::nullopt;
  const auto left = asked.kids.empty() ? std::nullopt : node_of(asked.kids[0]);
  const bool compares = asked.kind == ExprKind::is || asked.kind == ExprKind::is_not ||
                        asked.kind == ExprKind::less || asked.kind == ExprKind::less_equal ||
                        asked.kind == ExprKind::greater || asked.kind == ExprKind::greater_equal;
  const auto right = compares ? node_of(asked.kids[1]) : std::nullopt;
  if (!compares || !left || !right || !is_numeric(program_.nodes[*left].type))
    return decided(seen.value(*node, subject));
  const engine::Value a = seen.value(*left, subject);
  const engine::Value b = seen.value(*right, subject);
  if (!a.known() || !b.known()) return decided(seen.value(*node, subject));
  const double x = printed(a.lo);
  const double y = printed(b.lo);
  if (asked.kind == ExprKind::is) return x == y;
  if (asked.kind == ExprKind::is_not) return x != y;
  if (asked.kind == ExprKind::less) return x < y;
  if (asked.kind == ExprKind::less_equal) return x <= y;
  return asked.kind == ExprKind::greater ? x > y : x >= y;
}

namespace {

// What is wanted of the left side of a comparison.
constexpr std::pair<ExprKind, const char*> relations[] = {
    {ExprKind::is, "to be "},
    {ExprKind::is_not, "not to be "},
    {ExprKind::in, "to be one of "},
    {ExprKind::not_in, "to be none of "},
    {ExprKind::less, "to be less than "},
    {ExprKind::less_equal, "to be at most "},
    {ExprKind::greater, "to be more than "},
    {ExprKind::greater_equal, "to be at least "},
};

// Empty where the expression is no comparison.
std::string wanted(ExprKind kind) {
  for (const auto& [each, relation] : relations) {
    if (each == kind) return relation;
  }
  return "";
}

}  // namespace

void ScenarioRunner::expect(const ExpectedValueSyntax& said, ClauseId id) {
  const std::string& kind = said.kind.text;
  const std::string element = kind == "product" ? ""
                              : kind == "component"
                                  ? said.name.text
                                  : in_component(said.component, element_named(policy_, id));
  const std::string shown = element.empty() ? "the product" : "`" + element + "`";
  engine::Inspection& seen_now = inspection();
  const auto subject = kind == "product"     ? std::optional(seen_now.product())
                       : kind == "component" ? seen_now.component(element)
                       : kind == "risk"      ? seen_now.risk(element)
                       : kind == "weakness"  ? seen_now.weakness(element)
                                             : seen_now.countermeasure(element);
  Lines lines;
  if (!subject) {
    bringing_patterns(lines, element, seen_now);
    return fail(clause(id).span, shown + " is not in this model", aligned(lines));
  }
  const auto held = holds(said.condition, seen_now, *subject);
  if (held == true) return;
  // The first comparison that does not hold is the one to tell.
  ExprId told = said.condition;
  while (expr(told).kind == ExprKind::group || expr(told).kind == ExprKind::logic_and) {
    const auto& kids = expr(told).kids;
    const auto wrong = std::find_if(kids.begin(), kids.end(), [&](ExprId kid) {
      return holds(kid, seen_now, *subject) != true;
    });
    told = wrong == kids.end() ? kids.front() : *wrong;
  }
  const Expr& asked = expr(told);
  const auto left = asked.kids.empty() ? std::nullopt : node_of(asked.kids[0]);
  const std::string relation = wanted(asked.kind);
  std::string message;
  if (left && !relation.empty()) {
    const std::string name = expr(asked.kids[0]).name.text.empty()
                                 ? source(expr(asked.kids[0]).span)
                                 : expr(asked.kids[0]).name.full();
    std::string right;
    for (std::size_t i = 1; i < asked.kids.size(); ++i)
      right += (right.empty() ? "" : ", ") + source(expr(asked.kids[i]).span);
    if (const auto node = asked.kids.size() == 2 ? node_of(asked.kids[1]) : std::nullopt;
        node && program_.nodes[*node].op != engine::Op::constant &&
        program_.nodes[*node].op != engine::Op::constant_text)
      right += ", which is " + seen_now.shown(*node, *subject);
    message = "expected `" + name + "` of " + shown + " " + relation + right + ", and it is " +
              seen_now.shown(*left, *subject);
  } else {
    message = "expected that `" + source(asked.span) + "` of " + shown + ", and that is " +
              (held ? "false" : "unknown");
  }
  if (kind == "risk") {
    risk_values(lines, element, seen_now);
  } else if (kind == "weakness") {
    weakness_values(lines, element);
  } else if (kind == "countermeasure") {
    countermeasure_values(lines, element, seen_now);
  } else {
    values(lines, 0, "", said.condition, seen_now, *subject);
    if (kind == "product" &&
        source(expr(said.condition).span).find("approved") != std::string::npos)
      missing_approval(lines);
  }
  fail(clause(id).span, std::move(message), aligned(lines));
}

}  // namespace riskd::dsl
