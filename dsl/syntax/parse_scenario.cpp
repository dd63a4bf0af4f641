// Scenarios: their lines and cases. What a line says is in parse_statements.cpp and parse_expectations.cpp.
#include "dsl/syntax/scenario_reader.hpp"

namespace riskd::dsl {

ClauseId ScenarioReader::scenario_fact(bool given) {
  const Token outer = next();
  const ClauseId id = begin(given ? ClauseKind::given : ClauseKind::then, outer);
  const ClauseId fact = scenario_statement();
  if (fact != nothing) clause(id).children.push_back(fact);
  finish(id, outer);
  return id;
}

ClauseId ScenarioReader::scenario_expectation() {
  const Token outer = next();
  const ClauseId id = begin(ClauseKind::expect, outer);
  const ClauseId expected = expectation();
  if (expected != nothing) clause(id).children.push_back(expected);
  finish(id, outer);
  return id;
}

// `case reach = staff -> countermeasure throttle-logins is recommended, pattern sign-in applies`
ClauseId ScenarioReader::scenario_case() {
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

ClauseId ScenarioReader::scenario() {
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
