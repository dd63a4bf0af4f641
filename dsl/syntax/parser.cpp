// Tokens, names, texts, types and recovery. The constructs are in parse_*.cpp.
#include "dsl/syntax/parser.hpp"

#include <algorithm>
#include <array>

#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::dsl {
namespace {

constexpr std::array<std::string_view, 18> reserved{
    "and",   "or",        "not",  "is",    "in",  "includes", "if",    "then",       "else",
    "match", "otherwise", "true", "false", "yes", "no",       "today", "connection", "zone"};

constexpr std::array<std::string_view, 23> declarations{
    "library",        "import",    "scale",      "bands",    "field",    "questionnaire",
    "component-type", "attribute", "let",        "pattern",  "weakness", "countermeasure",
    "rating",         "adjust",    "status-map", "evidence", "ticket",   "scenario",
    "extend",         "override",  "disable",    "question", "standard"};

std::string describe(std::string_view text, TokenKind kind) {
  if (kind == TokenKind::end) return "the end of the file";
  if (text.size() > 40) text = text.substr(0, text.find('\n'));
  if (text.size() > 40) {
    std::size_t cut = 40;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
    return "`" + std::string(text.substr(0, cut)) + "…`";
  }
  return "`" + std::string(text) + "`";
}

}  // namespace

bool is_reserved(std::string_view word) {
  return std::find(reserved.begin(), reserved.end(), word) != reserved.end();
}

Parser::Parser(const Sources& sources, std::uint32_t file, Syntax& syntax, Diagnostics& diagnostics)
    : sources_(sources), file_(file), syntax_(syntax), diagnostics_(diagnostics) {
  const auto size = static_cast<std::uint32_t>(sources[file].text().size());
  tokens_ = tokenize(sources, {file, 0, size}, diagnostics);
  drop_extra_braces(sources, tokens_, diagnostics);
}

const Token& Parser::peek(std::size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

bool Parser::at_symbol(std::string_view symbol, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::symbol && text(peek(ahead)) == symbol;
}

bool Parser::at_word(std::string_view word, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::name && text(peek(ahead)) == word;
}

bool Parser::at_comparison() const {
  return at_symbol("<") || at_symbol("<=") || at_symbol(">") || at_symbol(">=") || at_word("in") ||
         at_word("includes") || at_matches();
}

// No reserved word: an attribute may have this name, and no attribute is followed by a text.
bool Parser::at_matches() const { return at_word("matches") && peek(1).kind == TokenKind::string; }

const Token& Parser::next() {
  const Token& token = peek();
  if (at_symbol("{")) ++braces_;
  if (at_symbol("}") && braces_ > 0) --braces_;
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Parser::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  next();
  return true;
}

bool Parser::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  next();
  return true;
}

bool Parser::expect_symbol(std::string_view symbol, std::string_view after) {
  if (accept_symbol(symbol)) return true;
  error_expected("`" + std::string(symbol) + "` " + std::string(after));
  return false;
}

bool Parser::expect_word(std::string_view word, std::string_view after) {
  if (accept_word(word)) return true;
  error_expected("`" + std::string(word) + "` " + std::string(after));
  return false;
}

void Parser::error_expected(const std::string& what, const std::string& help) {
  if (panic_) return;
  panic_ = true;
  const Token& seen = peek();
  if (seen.kind == TokenKind::stranger || beside_broken_text()) return;  // was reported
  Span at = seen.span;
  if (seen.kind == TokenKind::end && position_ > 0) at = tokens_[position_ - 1].span;
  diagnostics_.add(Code::syntax, at,
                   "expected " + what + ", found " + describe(text(seen), seen.kind),
                   help.empty() ? usual_mistake() : help);
}

// Whether a text on this line, or the word before, has an end that is a guess: what stands behind it was not
// read as it was meant. Of a very long line only what is near is looked at.
bool Parser::beside_broken_text() const {
  constexpr std::size_t near = 200;
  const std::string_view all = sources_[file_].text();
  // Whether a line ends between a word and the one before it.
  const auto begins_line = [&](std::size_t i) {
    const std::size_t from = tokens_[i - 1].span.end;
    const std::size_t end = std::max<std::size_t>(tokens_[i].span.begin, from);
    return all.substr(from, end - from).find('\n') != std::string_view::npos;
  };
  if (position_ > 0 && tokens_[position_ - 1].broken) return true;
  const std::size_t last = std::min(tokens_.size(), position_ + near);
  for (std::size_t i = position_; i < last; ++i) {
    if (i > position_ && begins_line(i)) break;
    if (tokens_[i].broken) return true;
  }
  const std::size_t first = position_ - std::min(position_, near);
  for (std::size_t i = position_; i > first && !begins_line(i); --i) {
    if (tokens_[i - 1].broken) return true;
  }
  return false;
}

Span Parser::span_from(const Token& first) const {
  const std::uint32_t end = position_ > 0 ? tokens_[position_ - 1].span.end : first.span.end;
  return {file_, first.span.begin, std::max(end, first.span.begin)};
}

ClauseId Parser::begin(ClauseKind kind, const Token& first) {
  syntax_.clauses.emplace_back();
  syntax_.clauses.back().kind = kind;
  syntax_.clauses.back().head = first.span;
  syntax_.clauses.back().own = new_construct(kind);
  ++syntax_.written[static_cast<std::size_t>(kind)];
  return static_cast<ClauseId>(syntax_.clauses.size() - 1);
}

void Parser::finish(ClauseId id, const Token& first) {
  clause(id).span = span_from(first);
  clause(id).broken = panic_;
}

bool Parser::enter(const Token& at) {
  if (++depth_ <= limits::expression_depth) return true;
  if (!panic_) {
    panic_ = true;
    diagnostics_.add(
        Code::too_deep, at.span,
        "nested more than " + std::to_string(limits::expression_depth) + " levels deep");
  }
  return false;
}

Name Parser::name(const std::string& what) {
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

Name Parser::reference(const std::string& what) {
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

Name Parser::kind_word(std::span<const std::string_view> kinds, const std::string& otherwise) {
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

Name Parser::component_type_clause() {
  next();  // for
  expect_word("component", "after `for`");
  if (!panic_) expect_word("of", "after `for component`");
  if (!panic_) expect_word("type", "after `for component of`");
  return panic_ ? Name{} : reference("a component type");
}

std::uint32_t Parser::type() {
  const Token& first = peek();
  TypeSyntax type;
  static const std::array<std::pair<std::string_view, TypeKind>, 6> plain{
      {{"yes-no", TypeKind::yes_no},
       {"number", TypeKind::number},
       {"percent", TypeKind::percent},
       {"text", TypeKind::text},
       {"date", TypeKind::date},
       {"duration", TypeKind::duration}}};
  for (const auto& [word, kind] : plain) {
    if (type.kind == TypeKind::invalid && accept_word(word)) type.kind = kind;
  }
  if (type.kind == TypeKind::invalid && (at_word("one-of") || at_word("any-of"))) {
    type.kind = at_word("one-of") ? TypeKind::one_of : TypeKind::any_of;
    next();
    if (type.kind == TypeKind::one_of)
      type.ordered = accept_word("ordered");
    else if (at_word("ordered"))
      error_expected("`{` and the choices", "only the choices of `one-of` have an order");
    if (!panic_ && expect_symbol("{", "and the choices")) {
      while (!panic_ && !at_symbol("}") && !at_end()) {
        Choice read = choice();
        if (panic_) break;
        type.choices.push_back(std::move(read));
      }
      if (!panic_) expect_symbol("}", "after the last choice");
    }
  } else if (type.kind == TypeKind::invalid) {
    if (at_word("ordered") && (at_word("one-of", 1) || at_word("any-of", 1))) {
      error_expected("a type", "`ordered` follows: `one-of ordered {…}`");
    } else if (peek().kind == TokenKind::name && !is_reserved(text(peek()))) {
      type.kind = TypeKind::named;
      type.name = reference("a type");
    } else {
      error_expected(
          "a type (`yes-no`, `one-of {…}`, `any-of {…}`, `number`, `percent`, `text`, `date`, "
          "`duration` or the name of a scale)");
    }
  }
  if (panic_) type.kind = TypeKind::invalid;  // told: nothing is said of its values
  type.span = span_from(first);
  syntax_.types.push_back(std::move(type));
  return static_cast<std::uint32_t>(syntax_.types.size() - 1);
}

void Parser::body(ClauseId owner, const ClauseParser& one, std::string_view what) {
  const Token open = peek();
  if (!expect_symbol("{", "and the body of " + std::string(what))) return;
  if (!enter(open)) return leave();
  const std::size_t level = braces_;
  while (!at_symbol("}") && !at_end()) {
    const std::size_t before = position_;
    const ClauseId id = one();
    if (id != nothing) clause(owner).children.push_back(id);
    if (panic_) {
      if (depth_ > limits::expression_depth) break;
      if (position_ == before) next();
      recover_in_body(level);
    } else if (position_ == before) {
      break;
    }
  }
  leave();
  if (at_end() && !panic_) {
    panic_ = true;
    // A text whose end is a guess may hold what would close it.
    if (std::any_of(tokens_.begin(), tokens_.end(), [](const Token& each) { return each.broken; }))
      return;
    Diagnostic& shown =
        diagnostics_.add(Code::syntax, open.span,
                         "the `{` of " + std::string(what) + " is not closed before the file ends");
    shown.help = "close it with `}`";
    return;
  }
  if (!panic_) accept_symbol("}");
}

void Parser::recover_in_body(std::size_t level) {
  // Words with which a clause of some body begins: after a mistake, reading goes on at one of them
  // on a new line, or where the body ends, which has `level` open braces.
  while (!at_end()) {
    if (at_symbol("}") && braces_ <= level) break;
    const Token& token = peek();
    if (braces_ <= level && token.kind == TokenKind::name && position_ > 0) {
      const std::string_view between = sources_[file_].text().substr(
          tokens_[position_ - 1].span.end, token.span.begin - tokens_[position_ - 1].span.end);
      if (between.find('\n') != std::string_view::npos) break;
    }
    next();
  }
  panic_ = false;
}

bool Parser::at_declaration(std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::name &&
         std::find(declarations.begin(), declarations.end(), text(token)) != declarations.end();
}

std::uint32_t Parser::line_of(const Token& token) const {
  return sources_[file_].locate(token.span.begin).line;
}

void Parser::recover_to_declaration() {
  while (!at_end()) {
    if (at_declaration() && sources_[file_].locate(peek().span.begin).column == 1) break;
    next();
  }
  panic_ = false;
}

void Parser::parse_file() {
  if (const auto bad = find_invalid_utf8(sources_[file_].text())) {
    const auto at = static_cast<std::uint32_t>(*bad);
    diagnostics_.add(Code::not_utf8, {file_, at, at + 1}, "this byte is not UTF-8");
  }
  while (!at_end()) {
    const std::size_t before = position_;
    const ClauseId id = declaration();
    if (id != nothing) syntax_.files[file_].push_back(id);
    if (panic_) {
      depth_ = 0;
      if (position_ == before) next();
      recover_to_declaration();
      braces_ = 0;
    }
  }
}

Syntax parse(const Sources& sources, Diagnostics& diagnostics) {
  Syntax syntax;
  parse_from(0, sources, syntax, diagnostics);
  return syntax;
}

void parse_from(std::uint32_t first, const Sources& sources, Syntax& syntax,
                Diagnostics& diagnostics) {
  syntax.files.resize(sources.size());
  std::size_t bytes = 0;
  for (std::size_t file = first; file < sources.size(); ++file)
    bytes += sources[file].text().size();
  // About what rules take; text that is mostly prose leaves pages that are never touched.
  syntax.clauses.reserve(syntax.clauses.size() + bytes / 16);
  syntax.exprs.reserve(syntax.exprs.size() + bytes / 16);
  syntax.texts.reserve(syntax.texts.size() + bytes / 32);
  for (std::uint32_t file = first; file < sources.size(); ++file)
    Parser(sources, file, syntax, diagnostics).parse_file();
}

const Clause* Syntax::child(const Clause& clause, ClauseKind kind) const {
  for (const ClauseId id : clause.children) {
    if (clauses[id].kind == kind) return &clauses[id];
  }
  return nullptr;
}

std::string Text::plain() const {
  std::string all;
  for (const TextPart& part : parts) all += part.text;
  return all;
}

}  // namespace riskd::dsl
