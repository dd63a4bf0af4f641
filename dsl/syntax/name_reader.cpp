#include "dsl/syntax/name_reader.hpp"

#include <algorithm>

#include "dsl/text/diagnostic.hpp"

namespace riskd::dsl {

Name NameReader::name(const std::string& what) {
  const Token& token = peek();
  if (token.kind == TokenKind::word) {
    std::string help = "a name is lower-case letters and digits in parts joined by `-`";
    std::string mended;
    for (const char c : text(token)) {
      const bool upper = c >= 'A' && c <= 'Z';
      if (c == '_' || (upper && !mended.empty() && mended.back() != '-')) mended += '-';
      if (c != '_') mended += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    mended.erase(std::unique(mended.begin(), mended.end(),
                             [](char a, char b) { return a == '-' && b == '-'; }),
                 mended.end());
    const bool cwe = text(token).starts_with("CWE");
    const bool good = !cwe && !mended.empty() && mended.front() >= 'a' && mended.front() <= 'z' &&
                      mended.back() != '-' && !is_reserved(mended);
    if (good) help = "a name is lower case in parts joined by `-`: `" + mended + "`";
    if (cwe) help = "a CWE stands after the name: `weakness no-limit CWE-307 \"…\"`";
    diagnostics_.add(Code::bad_name, token.span, "`" + std::string(text(token)) + "` is not a name",
                     help);
    next();
    return {{}, cwe ? "" : good ? mended : std::string(text(token)), token.span};
  }
  if (token.kind != TokenKind::name) {
    error_expected(what, token.kind == TokenKind::string ? "a name stands without quotes" : "");
    return {{}, {}, token.span};
  }
  if (is_reserved(text(token))) {
    if (!panic_) {
      panic_ = true;
      diagnostics_.add(
          Code::reserved_word, token.span,
          "expected " + what + ", found the reserved word `" + std::string(text(token)) + "`",
          "reserved everywhere: and or not is in includes if then else match otherwise "
          "true false yes no today connection zone");
    }
    return {{}, {}, token.span};
  }
  next();
  return {{}, std::string(text(token)), token.span};
}

Name NameReader::reference(const std::string& what) {
  const Token& first = peek();
  Name result = name(what);
  if (!panic_ && at_symbol(".")) {
    next();
    const Name member = name("a name after `.`");
    result.qualifier = result.text;
    result.text = member.text;
    result.span = span_from(first);
  }
  return result;
}

Name NameReader::kind_word(std::span<const std::string_view> kinds, const std::string& otherwise) {
  const Token& token = peek();
  if (token.kind == TokenKind::name &&
      std::find(kinds.begin(), kinds.end(), text(token)) != kinds.end()) {
    next();
    return {{}, std::string(text(token)), token.span};
  }
  std::string what;
  std::size_t index = 0;
  for (const std::string_view kind : kinds) {
    what += (index == 0                  ? ""
             : index + 1 == kinds.size() ? " or "
                                         : ", ") +
            ("`" + std::string(kind) + "`");
    ++index;
  }
  std::string help = near_word({kinds.begin(), kinds.end()});
  if (help.empty()) help = otherwise;
  for (const std::string_view kind : kinds) {
    if (token.kind == TokenKind::string && text(token).substr(1, kind.size()) == kind)
      help = "it stands without quotes";
  }
  error_expected(what, help);
  return {{}, {}, token.span};
}

Name NameReader::component_type_clause() {
  next();  // for
  expect_word("component", "after `for`");
  if (!panic_) expect_word("of", "after `for component`");
  if (!panic_) expect_word("type", "after `for component of`");
  return panic_ ? Name{} : reference("a component type");
}

}  // namespace riskd::dsl
