#include "dsl/format/format_tokens.hpp"

#include <algorithm>

namespace riskd::dsl {
namespace {

// Blanks, line breaks and comments, nothing else.
Gap read_gap(std::string_view gap, bool file_begins) {
  Gap result;
  int breaks = file_begins ? 1 : 0;
  for (std::size_t i = 0; i < gap.size(); ++i) {
    if (gap[i] == '\n') ++breaks;
    if (gap[i] != '#') continue;
    std::size_t end = gap.find('\n', i);
    if (end == std::string_view::npos) end = gap.size();
    std::string comment(gap.substr(i, end - i));
    comment.erase(comment.find_last_not_of(" \t\r") + 1);
    result.comments.push_back({std::move(comment), breaks > 0, breaks > 1});
    breaks = 0;
    i = end - 1;
  }
  result.empty_line_before = breaks > 1;
  return result;
}

}  // namespace

std::size_t Words::at(std::uint32_t offset) const {
  const auto it =
      std::lower_bound(tokens.begin(), tokens.end(), offset,
                       [](const Token& token, std::uint32_t at) { return token.span.begin < at; });
  return static_cast<std::size_t>(it - tokens.begin());
}

Words read_words(const Sources& sources) {
  Words words;
  words.sources = &sources;
  Diagnostics ignored;
  const std::string_view all = sources.front().text();
  words.tokens = tokenize(sources, {0, 0, static_cast<std::uint32_t>(all.size())}, ignored);
  std::size_t from = all.starts_with("\xef\xbb\xbf") ? 3 : 0;
  for (const Token& token : words.tokens) {
    words.gaps.push_back(read_gap(all.substr(from, token.span.begin - from), words.gaps.empty()));
    from = token.span.end;
  }
  return words;
}

Doc long_text(std::string_view literal) {
  constexpr std::string_view blanks = " \t\r";
  std::string_view raw = literal.substr(3, literal.size() - 6);
  if (raw.find('\n') == std::string_view::npos) return text(std::string(literal));
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at <= raw.size();) {
    const std::size_t end = std::min(raw.find('\n', at), raw.size());
    std::string_view each = raw.substr(at, end - at);
    each = each.substr(0, each.find_last_not_of(blanks) + 1);
    lines.push_back(each);
    at = end + 1;
  }
  // What all lines but the first share: the language removes it too.
  std::size_t common = std::string_view::npos;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (!lines[i].empty()) common = std::min(common, lines[i].find_first_not_of(" \t"));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t cut = i == 0 ? std::min(lines[0].find_first_not_of(" \t"), lines[0].size())
                                   : std::min(common, lines[i].size());
    lines[i].remove_prefix(cut);
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
  if (lines.empty()) return text("\"\"\"\"\"\"");
  std::vector<Doc> inside;
  for (const std::string_view each : lines) {
    inside.push_back(text_line());
    inside.push_back(text(std::string(each)));
  }
  inside.push_back(text_line());
  inside.push_back(text("\"\"\""));
  return concat({text("\"\"\""), indent(std::move(inside))});
}

Doc between(const Words& words, std::size_t left, bool call, bool match_colon) {
  const std::string_view a = words.text(left);
  const std::string_view b = words.text(left + 1);
  const Token& right = words.tokens[left + 1];
  const bool symbols = words.tokens[left].kind == TokenKind::symbol;
  const bool symbol = right.kind == TokenKind::symbol;
  if (symbol && (b == "," || b == ")" || b == ".")) return text("");
  if (symbol && b == ":" && match_colon) return text("");
  if (symbols && (a == "(" || a == ".")) return text("");
  if (symbol && b == "(" && call) return text("");
  // A sign before its number, and the dash inside ZAP's `10202-1`.
  const bool glued = !right.blank_before;
  if (symbols && a == "-" && glued) return text("");
  if (symbol && b == "-" && glued) return text("");
  if (symbols && a == "{" && symbol && b == "}") return text("");
  return space();
}

}  // namespace riskd::dsl
