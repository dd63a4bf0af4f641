// Scenarios: given, then, expect.
#include <algorithm>
#include <array>

#include "dsl/syntax/parser.hpp"

namespace riskd::dsl {

// `reach = internet, sign-in = { password }`, or inside a component's braces without commas.
ClauseId Parser::assignments(bool component_body) {
  const Token first = peek();
  const ClauseId id = begin(ClauseKind::fact_answers, first);
  do {
    if (component_body && at_symbol("}")) break;
    if (!component_body && peek(1).kind == TokenKind::name && !at_word("is", 1) &&
        (at_word("pattern") || at_word("risk") || at_word("weakness") ||
         at_word("countermeasure") || at_word("product")))
      error_expected("what is so or happens", "`expect` says what should follow from it");
    if (at_word("given") && peek(1).kind == TokenKind::name && !at_word("is", 1))
      error_expected("what is so", "`case` says `given` already");
    if (at_word("today") && at_symbol("=", 1))
      error_expected("the name of a question or field",
                     "the day is said alone: write `given today = …` in a line of its own");
    clause(id).make_more().names.push_back(reference("the name of a question or field"));
    ExprId value = nothing;
    if (!panic_ && !component_body && at_word("is") && at_word("unanswered", 1)) {
      next();
      next();
    } else if (!panic_ && (at_word("is") || at_symbol(":"))) {
      error_expected("`=` and the answer",
                     "write `" + clause(id).more().names.back().full() + " = …`");
    } else if (!panic_ && expect_symbol("=", "and the answer")) {
      if (at_symbol("{")) {
        const Token list_first = peek();
        std::vector<ExprId> items;
        if (at_symbol("}", 1)) {
          next(), next();
        } else {
          items = braced_list();
        }
        value = make(ExprKind::in, list_first, std::move(items));
      } else {
        value = sum();
      }
    }
    clause(id).make_more().exprs.push_back(value);
    const bool comma = accept_symbol(",");
    if (!comma && !(component_body && !at_symbol("}"))) break;
  } while (!panic_ && !at_end());
  if (!panic_ && !component_body && accept_word("on"))
    clause(id).make_more().target = name("a component");
  finish(id, first);
  return id;
}

ClauseId Parser::ticket_fact() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::fact_ticket, first);
  clause(id).name = name("the ticket's template");
  if (!panic_) expect_word("for", "and the element");
  if (!panic_) clause(id).make_more().name2 = reference("the element");
  if (!panic_ && !at_word("has") && accept_word("of"))
    clause(id).make_more().kind_word = name("a component");
  if (!panic_) expect_word("has", "and the ticket's status");
  while (!panic_) {
    const Name said = kind_word({"status", "resolution", "state", "reason", "labels", "closed"});
    clause(id).make_more().names.push_back(said);
    if (panic_) break;
    TextId value = nothing;
    if (said.text == "closed")
      clause(id).flag = kind_word({"yes", "no"}).text == "yes";
    else
      value = text_literal("a text", false);
    clause(id).make_more().texts.push_back(value);
    if (panic_ || !accept_symbol(",")) break;
  }
  if (!panic_ && expect_word("on", "and the kind of tracker")) {
    clause(id).make_more().target = tracker();
    if (!panic_) clause(id).make_more().map = map_name();
  }
  finish(id, first);
  return id;
}

ClauseId Parser::result_fact() {
  const Token first = peek();
  const ClauseId inner = test();  // the keyword `result` stands where `test` would
  clause(inner).kind = ClauseKind::fact_result;
  if (!panic_ && accept_word("absent")) {
    clause(inner).number = 2;
  } else if (!panic_ && accept_word("with")) {
    // As a report lists it: the evidence block judges.
    clause(inner).number = 1;
    do {
      clause(inner).make_more().names.push_back(
          name("what the report says, such as `outcome` or `risk`"));
      if (panic_ || !expect_symbol("=", "and its value")) break;
      if (at_symbol("{")) {
        const Token list_first = peek();
        std::vector<ExprId> items = braced_list();
        clause(inner).make_more().exprs.push_back(make(ExprKind::in, list_first, std::move(items)));
      } else {
        clause(inner).make_more().exprs.push_back(sum());
      }
    } while (!panic_ && accept_symbol(","));
  } else if (!panic_) {
    clause(inner).flag = kind_word({"failed", "passed", "with", "absent"}).text == "failed";
  }
  if (!panic_ && accept_word("on")) clause(inner).make_more().target = name("a component");
  finish(inner, first);
  return inner;
}

ClauseId Parser::decide_fact() {
  const Token first = next();
  const bool accept = text(first) == "accept";
  const ClauseId id = begin(accept ? ClauseKind::fact_accept : ClauseKind::fact_decide, first);
  // `decide zap:10202 false-positive "…"`: of a test instead of an element.
  const bool of_test = !accept && at_symbol(":", 1);
  if (of_test) {
    clause(id).make_more().kind_word = name("the source of the test");
    next();
    const TextId test = test_name();
    clause(id).make_more().texts.push_back(test);
  } else {
    clause(id).name = reference("the element");
  }
  if (!panic_ && accept_word("on")) clause(id).make_more().target = name("a component");
  if (!panic_ && of_test) {
    clause(id).make_more().name2 = kind_word({"false-positive"});
  } else if (!panic_ && !accept) {
    if (at_symbol("=", 1)) {
      clause(id).make_more().name2 = name("an attribute");
      next();
      clause(id).flag = true;
      clause(id).expr2 = sum();
    } else if (at_word("false-positive")) {
      error_expected("a state of the countermeasure",
                     "a false positive is a result, named by its source: "
                     "`decide zap:10202 false-positive \"…\"`");
    } else {
      clause(id).make_more().name2 =
          kind_word({"required", "recommended", "rejected", "not-applicable", "implemented",
                     "not-implemented"});
    }
  }
  if (!panic_ && accept && !at_word("until")) {
    error_expected("`until` and a date", "an acceptance always has an end");
  }
  if (!panic_ && accept_word("until")) clause(id).expr = sum();
  if (!panic_) clause(id).text = text_literal("the reason", false);
  if (!panic_ && clause(id).expr == nothing && accept_word("until")) clause(id).expr = sum();
  finish(id, first);
  return id;
}

ClauseId Parser::scenario_fact(bool given) {
  const Token outer = next();
  const ClauseId id = begin(given ? ClauseKind::given : ClauseKind::then, outer);
  const ClauseId fact = scenario_statement();
  if (fact != nothing) clause(id).children.push_back(fact);
  finish(id, outer);
  return id;
}

// What a `given`, a `then` or a `case` says.
ClauseId Parser::scenario_statement() {
  const Token first = peek();
  ClauseId fact = nothing;
  if (at_word("today")) {
    next();
    fact = begin(ClauseKind::fact_today, first);
    if (!accept_symbol("="))
      error_expected("`=` and the date", "write `today = 2026-11-23`");
    else
      clause(fact).expr = sum();
    if (!panic_ && at_symbol(","))
      error_expected("the end of the line",
                     "the day is said alone: write `given` and the answers in a line of their own");
    finish(fact, first);
  } else if (at_word("component") && !at_symbol("=", 1)) {
    next();
    fact = begin(ClauseKind::fact_component, first);
    clause(fact).name = name("the component's name");
    if (!panic_ && at_word("removed")) {
      next();
      clause(fact).flag = true;
    } else {
      if (!panic_) expect_word("of", "and the component's type");
      if (!panic_) expect_word("type", "after `of`");
      if (!panic_) clause(fact).make_more().target = reference("a component type");
      if (!panic_ && accept_symbol("{")) {
        if (!at_symbol("}")) {
          const ClauseId answers = assignments(true);
          clause(answers).make_more().target = clause(fact).name;
          clause(fact).children.push_back(answers);
        }
        if (!panic_) expect_symbol("}", "after the component's answers");
      }
    }
    finish(fact, first);
  } else if (at_word("approve") && !at_symbol("=", 1)) {
    next();
    fact = begin(ClauseKind::fact_approve, first);
    finish(fact, first);
  } else if (at_word("ticket") && !at_symbol("=", 1)) {
    fact = ticket_fact();
  } else if (at_word("result") && !at_symbol("=", 1)) {
    fact = result_fact();
  } else if ((at_word("decide") || at_word("accept")) && !at_symbol("=", 1)) {
    fact = decide_fact();
  } else if (peek().kind == TokenKind::number) {
    fact = begin(ClauseKind::fact_passes, first);
    clause(fact).expr = number_literal(false);
    if (!expect_word("pass", "after the duration")) {
      finish(fact, first);
    }
    finish(fact, first);
  } else {
    fact = assignments(false);
  }
  return fact;
}

ClauseId Parser::scenario_expectation() {
  const Token outer = next();
  const ClauseId id = begin(ClauseKind::expect, outer);
  const ClauseId expected = expectation();
  if (expected != nothing) clause(id).children.push_back(expected);
  finish(id, outer);
  return id;
}

// `case reach = staff -> countermeasure throttle-logins is recommended, pattern sign-in applies`
ClauseId Parser::scenario_case() {
  const Token outer = next();
  const ClauseId id = begin(ClauseKind::scenario_case, outer);
  const Token first = peek();
  const ClauseId given = begin(ClauseKind::given, first);
  const ClauseId fact = scenario_statement();
  if (fact != nothing) clause(given).children.push_back(fact);
  finish(given, first);
  clause(id).children.push_back(given);
  clause(id).head = span_from(outer);
  if (!panic_) expect_symbol("->", "and what is expected then");
  while (!panic_) {
    const Token at = peek();
    if (at_word("expect")) {
      error_expected("what is expected",
                     "`->` says `expect` already: `-> pattern sign-in applies, risk …`");
      break;
    }
    const ClauseId expect = begin(ClauseKind::expect, at);
    const ClauseId expected = expectation();
    if (expected != nothing) clause(expect).children.push_back(expected);
    finish(expect, at);
    clause(id).children.push_back(expect);
    if (panic_ || !accept_symbol(",")) break;
  }
  finish(id, outer);
  return id;
}

// `title "Encrypt the files", body matches "*backup*"`: what riskd wrote into the ticket.
void Parser::ticket_texts(ClauseId id) {
  static constexpr std::array<std::string_view, 5> parts = {"title", "body", "labels", "priority",
                                                            "comment"};
  const auto at_part = [this] {
    return std::any_of(parts.begin(), parts.end(),
                       [this](std::string_view part) { return at_word(part, 1); });
  };
  while (!panic_) {
    const Name part = kind_word(parts, "`is` says its state: `is open`");
    if (panic_) return;
    const bool glob = accept_word("matches");
    if (!glob && at_word("is"))
      error_expected("a text or `matches`", "the text follows at once: `" + part.text + " \"…\"`");
    if (panic_) return;
    const TextId value = text_literal("a text", false);
    ClauseMore& more = clause(id).make_more();
    more.names.push_back(part);
    more.globs.push_back(glob);
    more.texts.push_back(value);
    // In a `case` the next expectation may follow the comma.
    if (panic_ || !at_symbol(",") || !at_part()) return;
    next();
  }
}

ClauseId Parser::expectation() {
  const Token first = peek();
  ClauseId expectation = nothing;
  if (at_word("pattern")) {
    next();
    expectation = begin(ClauseKind::expect_pattern, first);
    clause(expectation).name = reference("the pattern");
    if (!panic_ && accept_word("on")) clause(expectation).make_more().target = name("a component");
    if (accept_word("applies")) {
      clause(expectation).number = 0;
    } else if (at_word("does")) {
      next();
      if (expect_word("not", "after `does`")) expect_word("apply", "after `does not`");
      clause(expectation).number = 1;
    } else if (accept_word("is")) {
      expect_word("undecided", "after `is`");
      clause(expectation).number = 2;
    } else {
      error_expected("`applies`, `does not apply` or `is undecided`",
                     near_word({"applies", "does"}));
    }
    finish(expectation, first);
  } else if (at_word("ticket")) {
    next();
    expectation = begin(ClauseKind::expect_ticket, first);
    clause(expectation).name = name("the ticket's template");
    if (!panic_) expect_word("for", "and the element");
    if (!panic_) clause(expectation).make_more().name2 = reference("the element");
    if (!panic_ && accept_word("on")) clause(expectation).make_more().target = name("a component");
    if (!panic_ && accept_word("has")) {
      clause(expectation).number = 3;
      ticket_texts(expectation);
    } else if (!panic_ && expect_word("is",
                                      "and `open`, `closed` or `absent`, or `has` and a "
                                      "text")) {
      const std::string state = kind_word({"open", "closed", "absent"}).text;
      clause(expectation).number = state == "open" ? 0 : state == "closed" ? 1 : 2;
    }
    finish(expectation, first);
  } else {
    expectation = begin(ClauseKind::expect_value, first);
    if (at_word("applies", 1) || at_word("does", 1))
      error_expected("what is expected",
                     "write `pattern " + std::string(text(first)) + " applies`");
    clause(expectation).make_more().kind_word =
        kind_word({"risk", "weakness", "countermeasure", "component", "product"});
    const std::string kind = clause(expectation).more().kind_word.text;
    if (!panic_ && kind != "product")
      clause(expectation).name = reference("the name of what is expected");
    if (!panic_ && kind != "product" && accept_word("on"))
      clause(expectation).make_more().target = name("a component");
    if (!panic_) {
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
        clause(expectation).expr = is_tail(left, tested);
      } else if (kind != "product" && kind != "component" && at_comparison()) {
        error_expected("what is expected of it",
                       "only `is` may stand at once: name the value, `current > 50`, `state in "
                       "{ required, implemented }`");
      } else {
        clause(expectation).expr = expression();
      }
    }
    finish(expectation, first);
  }
  return expectation;
}

ClauseId Parser::scenario() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::scenario, first);
  clause(id).text = text_literal("the scenario's title", false);
  clause(id).head = span_from(first);
  if (!panic_) {
    body(
        id,
        [this, id]() -> ClauseId {
          const auto& before = clause(id).children;
          const bool after_case =
              !before.empty() && clause(before.back()).kind == ClauseKind::scenario_case;
          if (at_word("case")) return scenario_case();
          if (after_case && (at_word("given") || at_word("then") || at_word("expect"))) {
            error_expected("another `case` or the end of the scenario",
                           "each case begins from the lines above the first one; the others "
                           "belong before it");
            return nothing;
          }
          if (at_word("given")) return scenario_fact(true);
          if (at_word("then")) return scenario_fact(false);
          if (at_word("expect")) return scenario_expectation();
          std::string help = near_word({"given", "then", "expect", "case"});
          if (at_word("when") || at_word("if")) help = "write `given` or `then`";
          if (at_word("and")) help = "write a line for each, or `,` between two answers";
          if (at_symbol("=", 1)) help = "`,` stands between two answers";
          if (at_word("on"))
            help =
                "`on COMPONENT` follows the element at once: `expect risk guessing on main-db …`";
          error_expected("`given`, `then`, `expect` or `case` in a scenario", help);
          return nothing;
        },
        "the scenario");
  }
  finish(id, first);
  return id;
}

}  // namespace riskd::dsl
