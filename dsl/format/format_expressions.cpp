// Expressions: where a condition, a list or a match breaks when its line is full.
#include "dsl/format/formatter.hpp"

namespace riskd::dsl {

Doc Formatter::expression(ExprId id) {
  const Expr& e = expr(id);
  switch (e.kind) {
    case ExprKind::logic_and:
    case ExprKind::logic_or:
    case ExprKind::choose: {
      std::vector<Doc> first;
      if (e.kind == ExprKind::choose)
        first.push_back(indent({operands(id, 0)}));
      else
        first.push_back(operands(id, 0));
      std::vector<Doc> rest;
      for (std::size_t i = 1; i <= e.kids.size(); ++i) {
        if (next_ >= past(e.span)) break;
        rest.push_back(line());
        rest.push_back(operands(id, i));
      }
      first.push_back(indent(std::move(rest)));
      return group(std::move(first));
    }
    case ExprKind::add:
    case ExprKind::subtract:
    case ExprKind::multiply:
    case ExprKind::divide: {
      std::vector<Doc> parts;
      chain(id, e.kind == ExprKind::add || e.kind == ExprKind::subtract, parts);
      Doc first = std::move(parts.front());
      parts.erase(parts.begin());
      return group({std::move(first), indent(std::move(parts))});
    }
    case ExprKind::match:
      return braced(id, true);
    case ExprKind::in:
    case ExprKind::not_in:
    case ExprKind::includes_any:
    case ExprKind::includes_all:
      return braced(id, false);
    case ExprKind::call:
    case ExprKind::group:
      return parenthesised(id);
    case ExprKind::invalid:
    case ExprKind::number:
    case ExprKind::percent:
    case ExprKind::duration:
    case ExprKind::date:
    case ExprKind::text:
    case ExprKind::yes:
    case ExprKind::no:
    case ExprKind::today:
    case ExprKind::name:
    case ExprKind::negate:
    case ExprKind::logic_not:
    case ExprKind::is:
    case ExprKind::is_not:
    case ExprKind::matches:
    case ExprKind::includes:
    case ExprKind::is_answered:
    case ExprKind::is_not_answered:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
      break;
  }
  return plain(id);
}

// Words and operands of `id` up to the operand `count`, with the words before it: `then x`, `and y`.
Doc Formatter::operands(ExprId id, std::size_t count) {
  const Expr& e = expr(id);
  std::vector<Doc> parts;
  const std::size_t end = past(e.span);
  const ExprId kid = count < e.kids.size() ? e.kids[count] : nothing;
  while (next_ < end) {
    if (!parts.empty()) parts.push_back(blank());
    if (kid != nothing && next_ == words_.at(expr(kid).span.begin)) {
      parts.push_back(expression(kid));
      break;
    }
    parts.push_back(word());
  }
  return concat(std::move(parts));
}

// a + b - c, one place to break before each operator.
void Formatter::chain(ExprId id, bool sums, std::vector<Doc>& parts) {
  const Expr& e = expr(id);
  const bool sum = e.kind == ExprKind::add || e.kind == ExprKind::subtract;
  const bool product = e.kind == ExprKind::multiply || e.kind == ExprKind::divide;
  if ((sums && !sum) || (!sums && !product)) {
    parts.push_back(expression(id));
    return;
  }
  chain(e.kids[0], sums, parts);
  parts.push_back(line());
  std::vector<Doc> tail{word(), space(), expression(e.kids[1])};
  parts.push_back(concat(std::move(tail)));
}

// x in { a, b } and match x { a: 1, otherwise: 2 }: what is between the braces breaks as a whole.
Doc Formatter::braced(ExprId id, bool match) {
  const Expr& e = expr(id);
  const std::size_t end = past(e.span);
  std::vector<Doc> head;
  std::size_t kid = 0;
  const auto operand = [&](std::vector<Doc>& out) {
    const ExprId here = operand_here(e, kid);
    out.push_back(here != nothing ? expression(here) : word());
  };
  const bool list_alone = at("{");
  while (!at("{") || (!list_alone && head.empty())) {
    operand(head);
    head.push_back(blank());
  }
  head.push_back(word());
  if (at("}")) {
    head.push_back(word());
    return concat(std::move(head));
  }
  std::vector<Doc> inside{line()};
  while (next_ + 1 < end) {
    if (at(",")) {
      const bool last = next_ + 2 == end;
      comma(inside, !last, end);
      if (!last) inside.push_back(line());
      continue;
    }
    operand(inside);
    if (next_ + 1 < end && !at(",")) inside.push_back(blank(match));
  }
  head.push_back(indent(std::move(inside)));
  head.push_back(line());
  head.push_back(word());
  return group(std::move(head));
}

Doc Formatter::parenthesised(ExprId id) {
  const Expr& e = expr(id);
  const std::size_t end = past(e.span);
  std::vector<Doc> parts;
  while (!at("(")) parts.push_back(word());
  parts.push_back(word());
  if (at(")")) {
    parts.push_back(word());
    return concat(std::move(parts));
  }
  std::vector<Doc> inside{soft_line()};
  std::size_t kid = 0;
  while (next_ + 1 < end) {
    if (at(",")) {
      inside.push_back(word());
      inside.push_back(line());
    } else if (kid < e.kids.size()) {
      inside.push_back(expression(e.kids[kid++]));
    } else {
      inside.push_back(word());
    }
  }
  parts.push_back(indent(std::move(inside)));
  parts.push_back(soft_line());
  parts.push_back(word());
  return group(std::move(parts));
}

// The operand that begins at the next word; `kid` counts those that were told. What an expectation
// leaves out (`expect weakness w is failed`) has no words.
ExprId Formatter::operand_here(const Expr& e, std::size_t& kid) const {
  while (kid < e.kids.size() && expr(e.kids[kid]).span.begin >= expr(e.kids[kid]).span.end) ++kid;
  const bool here = kid < e.kids.size() && next_ == words_.at(expr(e.kids[kid]).span.begin);
  return here ? e.kids[kid++] : nothing;
}

// Comparisons, names, literals.
Doc Formatter::plain(ExprId id) {
  const Expr& e = expr(id);
  const std::size_t end = past(e.span);
  std::vector<Doc> parts;
  std::size_t kid = 0;
  while (next_ < end) {
    if (!parts.empty()) parts.push_back(blank());
    const ExprId here = operand_here(e, kid);
    parts.push_back(here != nothing ? expression(here) : word());
  }
  return concat(std::move(parts));
}

}  // namespace riskd::dsl
