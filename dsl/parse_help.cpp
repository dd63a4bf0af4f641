// What to write instead: where a word belongs, and what people write who know other languages.
#include <algorithm>
#include <array>

#include "dsl/parser.hpp"

namespace riskd::dsl {

std::string home_of(std::string_view clause) {
  if (clause == "when") return "`when` stands in a pattern";
  if (clause == "risk") return "a risk stands in a pattern";
  if (clause == "weakness") return "a weakness stands in a risk";
  if (clause == "countermeasure") return "a countermeasure stands in the weakness that it mends";
  if (clause == "test") return "a test stands in a weakness or countermeasure";
  if (clause == "match") return "`match cwe descendants` stands in a weakness";
  if (clause == "required" || clause == "mitigates" || clause == "standard" || clause == "guide")
    return "`" + std::string(clause) + "` stands in a countermeasure";
  return {};
}

std::string Parser::near_word(const std::vector<std::string>& words) const {
  if (peek().kind != TokenKind::name && peek().kind != TokenKind::word) return {};
  const std::string near = closest(text(peek()), words);
  return near.empty() || near == text(peek()) ? "" : "did you mean `" + near + "`?";
}

std::string Parser::usual_mistake() const {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words{
      {{"contains", "write `includes`"},
       {"equals", "write `is`"},
       {"elif", "write `else if`"},
       {"unless", "write `when not`"}}};
  static constexpr std::array<std::string_view, 8> units{"second", "seconds", "week", "weeks",
                                                         "month",  "months",  "year", "years"};
  const Token* before = position_ > 0 ? &tokens_[position_ - 1] : nullptr;
  const bool after_number = before != nullptr && before->kind == TokenKind::number;
  if (after_number && std::find(units.begin(), units.end(), text(peek())) != units.end())
    return "the units are minutes, hours and days: `14 days`";
  if (at_symbol(",") && after_number && peek(1).kind == TokenKind::number && !peek(1).blank_before)
    return "a fraction has a point: `1.5`";
  if (at_symbol(".") && after_number) return "a date is written year-month-day: `2026-11-23`";
  if (before != nullptr && (text(*before) == "any" || text(*before) == "all"))
    return "a list stands between braces: `includes any { a, b }`";
  if (at_symbol(".") && peek(1).kind == TokenKind::number)
    return "a fraction begins with `0`: `0.5`";
  const bool joined = before != nullptr && (text(*before) == "or" || text(*before) == "and");
  if (joined && (at_word("is") || at_word("in") || at_word("includes")))
    return "say again what is compared, or ask for one of several: `reach in { … }`";
  for (const auto& [word, help] : words) {
    if (at_word(word)) return std::string(help);
  }
  return {};
}

}  // namespace riskd::dsl
