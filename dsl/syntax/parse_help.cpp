// What to write instead: where a word belongs, and what people write who know other languages.
#include <algorithm>
#include <array>

#include "dsl/syntax/token_reader.hpp"

namespace riskd::dsl {

std::string home_of(std::string_view clause) {
  if (clause == "when") return "`when` stands in a pattern";
  if (clause == "risk") return "a risk stands in a pattern";
  if (clause == "weakness") return "a weakness stands in a risk";
  if (clause == "countermeasure") return "a countermeasure stands in the weakness that it mends";
  if (clause == "test") return "a test stands in a weakness or countermeasure";
  if (clause == "match") return "`match cwe descendants` stands in a weakness";
  if (clause == "required" || clause == "mitigates" || clause == "standard" || clause == "guide" ||
      clause == "untested")
    return "`" + std::string(clause) + "` stands in a countermeasure";
  return {};
}

// People who know other languages write a colon behind a keyword: what follows it is read all the same.
bool TokenReader::skip_colon() {
  if (panic_ || !at_symbol(":") || position_ == 0) return false;
  const Token& before = tokens_[position_ - 1];
  if (before.kind != TokenKind::name) return false;
  const std::string word(text(before));
  diagnostics_.add(Code::syntax, peek().span, "unexpected `:`",
                   "no colon stands behind `" + word + "`: leave it out");
  next();
  return true;
}

// Of which `}` is one too many, the layout tells best: what is opened on a line is closed there, or on a line
// that begins as far in. Otherwise it is the first that has nothing to close.
void drop_extra_braces(const Sources& sources, std::vector<Token>& tokens,
                       Diagnostics& diagnostics) {
  const auto is = [&](const Token& token, std::string_view sign) {
    return token.kind == TokenKind::symbol && text_of(sources, token.span) == sign;
  };
  std::size_t open_braces = 0;
  std::size_t extra = 0;
  for (const Token& each : tokens) {
    if (is(each, "{")) ++open_braces;
    if (is(each, "}") && open_braces == 0) ++extra;
    if (is(each, "}") && open_braces > 0) --open_braces;
  }
  if (extra == 0 || open_braces > 0) return;
  // A text that is not closed may hold what a brace closes: then that is the one message.
  const bool told =
      std::any_of(tokens.begin(), tokens.end(), [](const Token& each) { return each.broken; });
  struct Opened {
    std::size_t line, indent;  // by the number of the word that begins it, and in bytes
  };
  std::vector<Opened> open;
  std::vector<Token> kept;
  kept.reserve(tokens.size());
  const std::string_view all = sources[tokens.front().span.file].text();
  std::size_t line = 0;
  std::size_t indent = 0;
  std::size_t end = 0;  // of the word before
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& each = tokens[i];
    const std::size_t gap = each.span.begin - std::min<std::size_t>(end, each.span.begin);
    const std::size_t feed = all.substr(each.span.begin - gap, gap).rfind('\n');
    const bool first = i == 0 || feed != std::string_view::npos;
    if (first) line = i, indent = feed == std::string_view::npos ? 0 : gap - feed - 1;
    end = each.span.end;
    if (is(each, "{")) open.push_back({line, indent});
    if (is(each, "}")) {
      const bool closes =
          !open.empty() && (first ? open.back().indent == indent : open.back().line == line);
      if (!closes && extra > 0) {
        --extra;
        if (!told)
          diagnostics.add(Code::syntax, each.span, "this `}` closes nothing", "leave it out");
        continue;
      }
      if (!open.empty()) open.pop_back();
    }
    kept.push_back(each);
  }
  tokens = std::move(kept);
}

std::string TokenReader::near_word(const std::vector<std::string>& words) const {
  if (peek().kind != TokenKind::name && peek().kind != TokenKind::word) return {};
  const std::string near = closest(text(peek()), words);
  return near.empty() || near == text(peek()) ? "" : "did you mean `" + near + "`?";
}

std::string TokenReader::usual_mistake() const {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words{
      {{"contains", "write `includes`"},
       {"equals", "write `is`"},
       {"elif", "write `else if`"},
       {"unless", "write `when not`"}}};
  static constexpr std::array<std::string_view, 8> units{"second", "seconds", "week", "weeks",
                                                         "month",  "months",  "year", "years"};
  const Token* before = position_ > 0 ? &tokens_[position_ - 1] : nullptr;
  const bool keyword = before != nullptr && before->kind == TokenKind::name &&
                       (is_reserved(text(*before)) || !home_of(text(*before)).empty());
  if (at_symbol(":") && keyword)
    return "no colon stands behind `" + std::string(text(*before)) + "`: leave it out";
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
