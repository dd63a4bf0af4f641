#include "dsl/syntax/clause_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::dsl {

ClauseId ClauseReader::begin(ClauseKind kind, const Token& first) {
  syntax_.clauses.emplace_back();
  syntax_.clauses.back().kind = kind;
  syntax_.clauses.back().head = first.span;
  syntax_.clauses.back().own = new_construct(kind);
  ++syntax_.written[static_cast<std::size_t>(kind)];
  return static_cast<ClauseId>(syntax_.clauses.size() - 1);
}

void ClauseReader::finish(ClauseId id, const Token& first) {
  clause(id).span = span_from(first);
  clause(id).broken = panic_;
}

std::uint32_t ClauseReader::type() {
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

void ClauseReader::body(ClauseId owner, const ClauseParser& one, std::string_view what) {
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

}  // namespace riskd::dsl
