// What a scenario expects, held against the model.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

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

}  // namespace

void ScenarioRunner::expect(ClauseId id) {
  settle();
  explained_.clear();
  switch (clause(id).kind) {
    case ClauseKind::expect_pattern:
      return expect_pattern(id);
    case ClauseKind::expect_ticket:
      return expect_ticket(id);
    default:
      return expect_value(id);
  }
}

void ScenarioRunner::expect_pattern(ClauseId id) {
  const Clause& expected = clause(id);
  const engine::Model& model = live_.model;
  const std::string pattern = id_of(id);
  const bool applies = std::binary_search(model.applying.begin(), model.applying.end(), pattern);
  const bool undecided =
      std::any_of(model.undecided.begin(), model.undecided.end(),
                  [&](const engine::Undecided& each) { return each.pattern == pattern; });
  const int seen = applies ? 0 : undecided ? 2 : 1;
  static constexpr const char* words[] = {"applies", "does not apply", "is undecided"};
  if (seen == static_cast<int>(expected.number)) return;
  engine::Inspection& seen_now = inspection();
  Lines lines;
  pattern_values(lines, 0, pattern, seen_now);
  fail(expected.span,
       "expected that `" + pattern + "` " + words[static_cast<int>(expected.number)] + ", and it " +
           words[seen],
       aligned(lines));
}

void ScenarioRunner::expect_ticket(ClauseId id) {
  const Clause& expected = clause(id);
  if (expected.number == 3) return expect_ticket_texts(id);
  const std::string element = id_of(id);
  const engine::TicketRow* row = live_.model.ticket(expected.name.text, element);
  const int seen = row == nullptr ? 2 : row->desired == engine::Desired::open ? 0 : 1;
  static constexpr const char* words[] = {"open", "closed", "absent"};
  if (seen == static_cast<int>(expected.number)) return;
  engine::Inspection& seen_now = inspection();
  Lines lines;
  if (row != nullptr) lines.push_back({0, row->cause, ""});
  const auto& ticket = program_.tickets[program_.template_by_name(expected.name.text)];
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
  fail(expected.span,
       "expected the ticket `" + expected.name.text + "` for `" + element + "` to be " +
           words[static_cast<int>(expected.number)] + ", and it is " + words[seen],
       aligned(lines));
}

void ScenarioRunner::expect_ticket_texts(ClauseId id) {
  const Clause& expected = clause(id);
  const ClauseMore& more = expected.more();
  const std::string element = id_of(id);
  const std::string shown = "the ticket `" + expected.name.text + "` for `" + element + "`";
  // Comments on a ticket that stays open or closed.
  write(engine::reconcile(program_, live_.facts, now_, &reached_.trace));
  const auto found = written_.find({expected.name.text, element});
  if (found == written_.end()) {
    return fail(expected.span, shown + " is not written by riskd",
                {live_.model.ticket(expected.name.text, element) == nullptr
                     ? "it is absent"
                     : "the scenario gives it, and riskd did not open it"});
  }
  const WrittenTicket& written = found->second;
  for (std::size_t i = 0; i < more.texts.size(); ++i) {
    const std::string& part = more.names[i].text;
    const std::string wanted = plain(more.texts[i]);
    const auto fits = [&](const std::string& text) {
      return more.globs[i] ? engine::glob_matches(wanted, text) : wanted == text;
    };
    const std::string asked = (more.globs[i] ? "match \"" : "be \"") + wanted + "\"";
    if (part == "labels") {
      if (std::any_of(written.labels.begin(), written.labels.end(), fits)) continue;
      std::vector<std::string> lines;
      for (const std::string& each : written.labels) lines.push_back("\"" + each + "\"");
      const std::string seen = lines.empty() ? "it has none" : "none of them does";
      return fail(expected.span, "expected a label of " + shown + " to " + asked + ", and " + seen,
                  std::move(lines));
    }
    const std::string& text = part == "title"      ? written.title
                              : part == "body"     ? written.body
                              : part == "priority" ? written.priority
                                                   : written.comment;
    if (fits(text)) continue;
    const std::string message = "expected the " + part + " of " + shown + " to " + asked + ", and ";
    if (text.empty()) return fail(expected.span, message + "it has none");
    if (text.find('\n') == std::string::npos)
      return fail(expected.span, message + "it is \"" + text + "\"");
    std::vector<std::string> lines;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) lines.push_back(std::move(line));
    return fail(expected.span, message + "it is", std::move(lines));
  }
}

std::optional<engine::Subject> ScenarioRunner::subject_of(ClauseId id,
                                                          engine::Inspection& seen) const {
  const std::string& kind = clause(id).more().kind_word.text;
  if (kind == "product") return seen.product();
  if (kind == "component") return seen.component(clause(id).name.text);
  if (kind == "risk") return seen.risk(id_of(id));
  return kind == "weakness" ? seen.weakness(id_of(id)) : seen.countermeasure(id_of(id));
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
  switch (asked.kind) {
    case ExprKind::is:
      return x == y;
    case ExprKind::is_not:
      return x != y;
    case ExprKind::less:
      return x < y;
    case ExprKind::less_equal:
      return x <= y;
    case ExprKind::greater:
      return x > y;
    default:
      return x >= y;
  }
}

namespace {

std::string wanted(ExprKind kind) {
  switch (kind) {
    case ExprKind::is:
      return "to be ";
    case ExprKind::is_not:
      return "not to be ";
    case ExprKind::in:
      return "to be one of ";
    case ExprKind::not_in:
      return "to be none of ";
    case ExprKind::less:
      return "to be less than ";
    case ExprKind::less_equal:
      return "to be at most ";
    case ExprKind::greater:
      return "to be more than ";
    case ExprKind::greater_equal:
      return "to be at least ";
    default:
      return "";
  }
}

}  // namespace

void ScenarioRunner::expect_value(ClauseId id) {
  const Clause& expected = clause(id);
  const std::string& kind = expected.more().kind_word.text;
  const std::string element = kind == "product"     ? ""
                              : kind == "component" ? expected.name.text
                                                    : id_of(id);
  const std::string shown = element.empty() ? "the product" : "`" + element + "`";
  engine::Inspection& seen_now = inspection();
  const auto subject = subject_of(id, seen_now);
  Lines lines;
  if (!subject) {
    bringing_patterns(lines, element, seen_now);
    return fail(expected.span, shown + " is not in this model", aligned(lines));
  }
  const auto held = holds(expected.expr, seen_now, *subject);
  if (held == true) return;
  // The first comparison that does not hold is the one to tell.
  ExprId told = expected.expr;
  while (expr(told).kind == ExprKind::group || expr(told).kind == ExprKind::logic_and) {
    const auto& kids = expr(told).kids;
    const auto wrong = std::find_if(kids.begin(), kids.end(), [&](ExprId kid) {
      return holds(kid, seen_now, *subject) != true;
    });
    told = wrong == kids.end() ? kids.front() : *wrong;
  }
  const Expr& asked = expr(told);
  const auto left = asked.kids.empty() ? std::nullopt : node_of(asked.kids[0]);
  const std::string words = wanted(asked.kind);
  std::string message;
  if (left && !words.empty()) {
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
    message = "expected `" + name + "` of " + shown + " " + words + right + ", and it is " +
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
    values(lines, 0, "", expected.expr, seen_now, *subject);
    if (kind == "product" && source(expr(expected.expr).span).find("approved") != std::string::npos)
      missing_approval(lines);
  }
  fail(expected.span, std::move(message), aligned(lines));
}

}  // namespace riskd::dsl
