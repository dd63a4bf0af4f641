// What a scenario expects.
#include <algorithm>
#include <array>
#include <utility>

#include "dsl/syntax/scenario_reader.hpp"

namespace riskd::dsl {

// `title "Encrypt the files", body matches "*backup*"`: what riskd wrote into the ticket.
std::vector<ExpectedTextSyntax> ScenarioReader::ticket_texts() {
  static constexpr std::array<std::string_view, 5> parts = {"title", "body", "labels", "priority",
                                                            "comment"};
  const auto at_part = [this] {
    return std::any_of(parts.begin(), parts.end(),
                       [this](std::string_view part) { return at_word(part, 1); });
  };
  std::vector<ExpectedTextSyntax> texts;
  while (!panic_) {
    ExpectedTextSyntax expected;
    expected.part = kind_word(parts, "`is` says its state: `is open`");
    if (panic_) break;
    expected.glob = accept_word("matches");
    if (!expected.glob && at_word("is"))
      error_expected("a text or `matches`",
                     "the text follows at once: `" + expected.part.text + " \"…\"`");
    if (panic_) break;
    expected.text = text_literal("a text", false);
    texts.push_back(std::move(expected));
    // In a `case` the next expectation may follow the comma.
    if (panic_ || !at_symbol(",") || !at_part()) break;
    next();
  }
  return texts;
}

ClauseId ScenarioReader::expected_pattern() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  ExpectedPatternSyntax said;
  said.pattern = reference("the pattern");
  if (!panic_ && accept_word("on")) said.component = name("a component");
  if (accept_word("applies")) {
    said.outcome = PatternOutcome::applies;
  } else if (at_word("does")) {
    next();
    if (expect_word("not", "after `does`")) expect_word("apply", "after `does not`");
    said.outcome = PatternOutcome::does_not_apply;
  } else if (accept_word("is")) {
    expect_word("undecided", "after `is`");
    said.outcome = PatternOutcome::undecided;
  } else {
    error_expected("`applies`, `does not apply` or `is undecided`", near_word({"applies", "does"}));
  }
  return finish_statement(id, first, std::move(said));
}

ClauseId ScenarioReader::expected_ticket() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  ExpectedTicket of;
  of.ticket = name("the ticket's template");
  if (!panic_) expect_word("for", "and the element");
  if (!panic_) of.element = reference("the element");
  if (!panic_ && accept_word("on")) of.component = name("a component");
  if (!panic_ && accept_word("has")) {
    ExpectedTextsSyntax said{std::move(of), ticket_texts()};
    return finish_statement(id, first, std::move(said));
  }
  ExpectedTicketSyntax said{std::move(of), TicketOutcome::open};
  if (!panic_ && expect_word("is", "and `open`, `closed` or `absent`, or `has` and a text")) {
    const std::string state = kind_word({"open", "closed", "absent"}).text;
    said.outcome = state == "open"     ? TicketOutcome::open
                   : state == "closed" ? TicketOutcome::closed
                                       : TicketOutcome::absent;
  }
  return finish_statement(id, first, std::move(said));
}

// What is expected of a thing of this kind, as a condition.
ExprId ScenarioReader::expected_condition(std::string_view kind) {
  const Token tested = peek();
  if (at_word("is") && (kind == "weakness" || kind == "countermeasure" || kind == "risk")) {
    // `expect weakness X is failed`: the attribute that people mean goes without saying.
    const ExprId left = make(ExprKind::name, tested);
    syntax_.exprs[left].name = {{},
                                kind == "countermeasure" ? "state"
                                : kind == "weakness"     ? "tested"
                                                         : "current",
                                tested.span};
    next();
    return is_tail(left, tested);
  }
  if (kind != "product" && kind != "component" && at_comparison()) {
    error_expected("what is expected of it",
                   "only `is` may stand at once: name the value, `current > 50`, `state in "
                   "{ required, implemented }`");
    return nothing;
  }
  return expression();
}

ClauseId ScenarioReader::expectation() {
  if (at_word("pattern")) return expected_pattern();
  if (at_word("ticket")) return expected_ticket();
  const Token first = peek();
  const ClauseId id = begin(ClauseKind::statement, first);
  if (at_word("applies", 1) || at_word("does", 1))
    error_expected("what is expected", "write `pattern " + std::string(text(first)) + " applies`");
  ExpectedValueSyntax said;
  said.kind = kind_word({"risk", "weakness", "countermeasure", "component", "product"});
  const bool product = said.kind.text == "product";
  if (!panic_ && !product) said.name = reference("the name of what is expected");
  if (!panic_ && !product && accept_word("on")) said.component = name("a component");
  if (!panic_) said.condition = expected_condition(said.kind.text);
  return finish_statement(id, first, std::move(said));
}

}  // namespace riskd::dsl
