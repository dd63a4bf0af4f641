// Expressions, loosest first: if, or, and, not, comparisons, + -, * /.
#include <array>
#include <charconv>

#include "dsl/syntax/expression_reader.hpp"
#include "engine/base/instant.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
namespace {

// A unit of time, in seconds.
bool is_unit(std::string_view word, double& seconds) {
  static constexpr std::array<std::pair<std::string_view, double>, 6> units{{{"minute", 60},
                                                                             {"minutes", 60},
                                                                             {"hour", 3600},
                                                                             {"hours", 3600},
                                                                             {"day", 86'400},
                                                                             {"days", 86'400}}};
  for (const auto& [name, length] : units) {
    if (word == name) {
      seconds = length;
      return true;
    }
  }
  return false;
}

}  // namespace

ExprId ExpressionReader::make(ExprKind kind, const Token& first, std::vector<ExprId> kids) {
  Expr expr;
  expr.kind =
      panic_ ? ExprKind::invalid : kind;  // what was not read has no type that could be wrong
  expr.span = span_from(first);
  expr.kids = std::move(kids);
  syntax_.exprs.push_back(std::move(expr));
  return static_cast<ExprId>(syntax_.exprs.size() - 1);
}

ExprId ExpressionReader::expression() {
  const Token& first = peek();
  if (!enter(first)) {
    leave();
    return make(ExprKind::invalid, first);
  }
  const ExprId result = at_word("if") ? if_expression() : logic_or();
  leave();
  return result;
}

ExprId ExpressionReader::if_expression() {
  const Token& first = next();
  const ExprId condition = expression();
  if (!panic_ && !accept_word("then"))
    error_expected("`then` after the condition of `if`", "write `if A then B else C`");
  const ExprId yes = panic_ ? condition : expression();
  if (!panic_) expect_word("else", "(an `if` always has both branches)");
  const ExprId no = panic_ ? condition : expression();
  return make(ExprKind::choose, first, {condition, yes, no});
}

ExprId ExpressionReader::logic_or() {
  const Token& first = peek();
  ExprId left = logic_and();
  if (panic_ || !at_word("or")) return left;
  std::vector<ExprId> kids{left};
  while (!panic_ && accept_word("or")) kids.push_back(at_word("if") ? expression() : logic_and());
  return make(ExprKind::logic_or, first, std::move(kids));
}

ExprId ExpressionReader::logic_and() {
  const Token& first = peek();
  ExprId left = logic_not();
  if (panic_ || !at_word("and")) return left;
  std::vector<ExprId> kids{left};
  while (!panic_ && accept_word("and")) kids.push_back(at_word("if") ? expression() : logic_not());
  return make(ExprKind::logic_and, first, std::move(kids));
}

ExprId ExpressionReader::logic_not() {
  skip_colon();
  const Token& first = peek();
  if (!at_word("not")) return comparison();
  if (!enter(first)) {
    leave();
    return make(ExprKind::invalid, first);
  }
  next();
  const ExprId operand = logic_not();
  leave();
  return make(ExprKind::logic_not, first, {operand});
}

std::vector<ExprId> ExpressionReader::braced_list() {
  std::vector<ExprId> items;
  if (!accept_symbol("{")) {
    error_expected("`{` and a list", "a list stands between braces: `{ a, b }`");
    return items;
  }
  while (!panic_ && !at_symbol("}") && !at_end()) {
    items.push_back(sum());
    if (!at_symbol("}") && !panic_ && !accept_symbol(",")) error_expected("`,` or `}` in the list");
  }
  if (!panic_ && items.empty()) error_expected("at least one item in the list");
  if (!panic_) expect_symbol("}", "after the list");
  return items;
}

ExprId ExpressionReader::is_tail(ExprId left, const Token& first) {
  const bool negated = accept_word("not");
  if (at_word("answered")) {
    next();
    return make(negated ? ExprKind::is_not_answered : ExprKind::is_answered, first, {left});
  }
  if (at_word("in")) {
    next();
    std::vector<ExprId> kids{left};
    for (const ExprId item : braced_list()) kids.push_back(item);
    return make(negated ? ExprKind::not_in : ExprKind::in, first, std::move(kids));
  }
  const ExprId right = sum();
  return make(negated ? ExprKind::is_not : ExprKind::is, first, {left, right});
}

ExprId ExpressionReader::comparison() {
  const Token& first = peek();
  ExprId left = sum();
  if (panic_) return left;
  ExprId result = left;
  if (accept_word("is")) {
    result = is_tail(left, first);
  } else if (accept_word("in")) {
    std::vector<ExprId> kids{left};
    for (const ExprId item : braced_list()) kids.push_back(item);
    result = make(ExprKind::in, first, std::move(kids));
  } else if (at_word("not") && at_word("in", 1)) {
    next();
    next();
    std::vector<ExprId> kids{left};
    for (const ExprId item : braced_list()) kids.push_back(item);
    result = make(ExprKind::not_in, first, std::move(kids));
  } else if (at_matches()) {
    next();
    const ExprId pattern = operand();
    result = make(ExprKind::matches, first, {left, pattern});
  } else if (accept_word("includes")) {
    const bool any = at_word("any") && at_symbol("{", 1);
    const bool all = at_word("all") && at_symbol("{", 1);
    std::vector<ExprId> kids{left};
    if (any || all) {
      next();
      for (const ExprId item : braced_list()) kids.push_back(item);
    } else {
      kids.push_back(sum());
    }
    const ExprKind kind = any   ? ExprKind::includes_any
                          : all ? ExprKind::includes_all
                                : ExprKind::includes;
    result = make(kind, first, std::move(kids));
  } else if (at_symbol("<") || at_symbol("<=") || at_symbol(">") || at_symbol(">=")) {
    const std::string_view sign = text(next());
    const ExprKind kind = sign == "<"    ? ExprKind::less
                          : sign == "<=" ? ExprKind::less_equal
                          : sign == ">"  ? ExprKind::greater
                                         : ExprKind::greater_equal;
    const ExprId right = sum();
    result = make(kind, first, {left, right});
  } else if (at_symbol("=")) {
    panic_ = true;
    const bool doubled = at_symbol("=", 1);
    diagnostics_.add(Code::equals_sign,
                     doubled ? Span{file_, peek().span.begin, peek(1).span.end} : peek().span,
                     "`=` does not compare", "write `is`");
    return left;
  } else {
    return left;
  }
  if (!panic_ && (at_word("is") || at_symbol("<") || at_symbol("<=") || at_symbol(">") ||
                  at_symbol(">=") || at_word("includes") || at_matches())) {
    panic_ = true;
    diagnostics_.add(Code::chained_comparison, peek().span, "comparisons are not chained",
                     "join two comparisons with `and`");
  }
  return result;
}

// A row of terms nests to the left: as deep as it is long.
bool ExpressionReader::check_terms(std::size_t terms, const Token& sign) {
  if (terms < limits::expression_terms) return true;
  panic_ = true;
  diagnostics_.add(
      Code::too_deep, sign.span,
      "more than " + std::to_string(limits::expression_terms) + " terms in one expression",
      "give parts of it a name: `let …`");
  return false;
}

ExprId ExpressionReader::sum() {
  const Token& first = peek();
  ExprId left = term();
  for (std::size_t terms = 1; !panic_ && (at_symbol("+") || at_symbol("-")); ++terms) {
    const Token& sign = peek();
    if (!check_terms(terms, sign)) return left;
    const bool minus = at_symbol("-");
    if (minus && (!sign.blank_before || !peek(1).blank_before)) {
      panic_ = true;
      diagnostics_.add(Code::minus_needs_blanks, sign.span, "`-` subtracts only between blanks",
                       "write `a - b`; `a-b` is one name");
      return left;
    }
    next();
    const ExprId right = term();
    left = make(minus ? ExprKind::subtract : ExprKind::add, first, {left, right});
  }
  return left;
}

ExprId ExpressionReader::term() {
  const Token& first = peek();
  ExprId left = operand();
  for (std::size_t terms = 1; !panic_ && (at_symbol("*") || at_symbol("/")); ++terms) {
    if (!check_terms(terms, peek())) return left;
    const bool times = at_symbol("*");
    next();
    const ExprId right = operand();
    left = make(times ? ExprKind::multiply : ExprKind::divide, first, {left, right});
  }
  return left;
}

ExprId ExpressionReader::number_literal(bool negative, bool with_unit) {
  const Token& first = negative ? tokens_[position_ - 1] : peek();
  const Token& token = next();
  std::string_view digits = text(token);
  const bool percent = token.kind == TokenKind::percent;
  if (percent) digits.remove_suffix(1);
  double number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (negative) number = -number;
  double seconds = 0;
  if (with_unit && !percent && peek().kind == TokenKind::name && is_unit(text(peek()), seconds)) {
    next();
    const ExprId id = make(ExprKind::duration, first);
    syntax_.exprs[id].number = number * seconds;
    return id;
  }
  const ExprId id = make(percent ? ExprKind::percent : ExprKind::number, first);
  syntax_.exprs[id].number = percent ? number / 100 : number;
  return id;
}

ExprId ExpressionReader::operand() {
  skip_colon();
  const Token& first = peek();
  switch (first.kind) {
    case TokenKind::number:
    case TokenKind::percent:
      return number_literal(false);
    case TokenKind::date: {
      next();
      const ExprId id = make(ExprKind::date, first);
      if (const auto day = parse_date(text(first))) {
        syntax_.exprs[id].number = day->days;
      } else {
        diagnostics_.add(Code::bad_number, first.span,
                         "there is no day `" + std::string(text(first)) + "`",
                         "a date is written year-month-day: `2026-11-23`");
      }
      return id;
    }
    case TokenKind::string:
    case TokenKind::long_string: {
      const TextId literal = text_literal("a text", false);
      const ExprId id = make(ExprKind::text, first);
      syntax_.exprs[id].text = literal;
      return id;
    }
    case TokenKind::symbol:
      if (accept_symbol("-")) {
        const bool number = peek().kind == TokenKind::number || peek().kind == TokenKind::percent;
        if (number && !peek().blank_before) return number_literal(true);
        panic_ = true;
        diagnostics_.add(Code::minus_needs_blanks, first.span,
                         "a minus stands here only before a number", "subtract from 0: `0 - x`");
        return make(ExprKind::invalid, first);
      }
      if (accept_symbol("(")) {
        const ExprId inner = expression();
        if (!panic_) expect_symbol(")", "to close the parenthesis");
        return make(ExprKind::group, first, {inner});
      }
      break;
    case TokenKind::name:
      if (at_word("match")) return match_expression();
      if (at_word("yes") || at_word("true")) return next(), make(ExprKind::yes, first);
      if (at_word("no") || at_word("false")) return next(), make(ExprKind::no, first);
      if (at_word("today")) return next(), make(ExprKind::today, first);
      if (!is_reserved(text(first))) return name_or_call();
      break;
    case TokenKind::word: {
      const Name misspelt = name("a value");
      const ExprId id = make(ExprKind::invalid, first);
      syntax_.exprs[id].name = misspelt;
      return id;
    }
    case TokenKind::stranger:
    case TokenKind::end:
      break;
  }
  error_expected(
      "a value (a name, a number, a date, `yes`, `no`, `match` or `(`)",
      at_word("if") ? "an `if` inside a larger expression stands between parentheses" : "");
  return make(ExprKind::invalid, first);
}

ExprId ExpressionReader::name_or_call() {
  const Token& first = peek();
  const Name read = reference("a name");
  if (!panic_ && at_symbol("(") && peek().blank_before)
    error_expected("no blank before the arguments of `" + read.text + "`",
                   "write `" + read.text + "(…)`");
  if (panic_ || !at_symbol("(") || peek().blank_before) {
    const ExprId id = make(ExprKind::name, first);
    syntax_.exprs[id].name = read;
    return id;
  }
  next();
  std::vector<ExprId> arguments;
  while (!panic_ && !at_symbol(")") && !at_end()) {
    arguments.push_back(expression());
    if (!panic_ && !at_symbol(")") && !accept_symbol(",")) {
      error_expected("`,` or `)` in the arguments of `" + read.text + "`");
    }
  }
  if (!panic_) expect_symbol(")", "after the arguments of `" + read.text + "`");
  const ExprId id = make(ExprKind::call, first, std::move(arguments));
  syntax_.exprs[id].name = read;
  return id;
}

ExprId ExpressionReader::match_expression() {
  const Token& first = next();
  if (!enter(first)) {
    leave();
    return make(ExprKind::invalid, first);
  }
  std::vector<ExprId> kids{sum()};
  bool otherwise = false;
  if (!panic_ && !at_symbol("{")) {
    const bool condition = at_comparison() || at_word("is") || at_word("and") || at_word("or");
    error_expected(
        "`{` and the cases of `match`",
        condition ? "a condition stands in parentheses: `match (a > b) { yes: …, no: … }`" : "");
    leave();
    return make(ExprKind::invalid, first);
  }
  if (!panic_) next();
  while (!panic_ && !at_symbol("}") && !at_end()) {
    if (at_word("otherwise")) {
      next();
      otherwise = true;
      if (expect_symbol(":", "after `otherwise`")) kids.push_back(expression());
      accept_symbol(",");
      if (!panic_ && !at_symbol("}")) error_expected("`}`: `otherwise` is the last case");
      break;
    }
    if (at_word("else")) error_expected("a case or `otherwise`", "write `otherwise`");
    const ExprId key = sum();
    if (!panic_ && !accept_symbol(":"))
      error_expected("`:` after the case", at_symbol(",")    ? "each case has its own value"
                                           : at_symbol("->") ? "write `:`"
                                                             : "");
    const ExprId value = panic_ ? key : expression();
    kids.push_back(key);
    kids.push_back(value);
    if (!panic_ && !at_symbol("}") && !accept_symbol(","))
      error_expected("`,` or `}` after a case of `match`");
  }
  if (!panic_) expect_symbol("}", "after the cases of `match`");
  leave();
  const ExprId id = make(ExprKind::match, first, std::move(kids));
  syntax_.exprs[id].flag = otherwise;
  return id;
}

}  // namespace riskd::dsl
