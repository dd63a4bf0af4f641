#include "engine/program/value.hpp"

#include <algorithm>

namespace riskd::engine {
namespace {

// A bound that overflowed says nothing: a range keeps its other end, a point becomes unknown.
Value bounded(const Value& a, const Value& b, double lo, double hi) {
  if (a.known() && b.known() && !(std::isfinite(lo) && std::isfinite(hi))) return Value::unknown();
  return Value::range(lo, hi);
}

// 0 times an open end is 0: the end is a bound, not a number.
double times(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

}  // namespace

Value as_truth(const Value& value) { return value.is_none() ? Value::truth(false) : value; }

Value logic_not(const Value& a) {
  const Value t = as_truth(a);
  return Value::range(1 - t.hi, 1 - t.lo);
}

Value logic_and(const Value& a, const Value& b) {
  const Value x = as_truth(a);
  const Value y = as_truth(b);
  return Value::range(std::min(x.lo, y.lo), std::min(x.hi, y.hi));
}

Value logic_or(const Value& a, const Value& b) {
  const Value x = as_truth(a);
  const Value y = as_truth(b);
  return Value::range(std::max(x.lo, y.lo), std::max(x.hi, y.hi));
}

Value equal(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::truth(false);
  if (a.known() && b.known()) return Value::truth(a.lo == b.lo && a.bits == b.bits);
  if (a.hi < b.lo || b.hi < a.lo) return Value::truth(false);
  return Value::unknown_truth();
}

Value less(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::truth(false);
  if (a.hi < b.lo) return Value::truth(true);
  if (a.lo >= b.hi) return Value::truth(false);
  return Value::unknown_truth();
}

Value less_equal(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::truth(false);
  if (a.hi <= b.lo) return Value::truth(true);
  if (a.lo > b.hi) return Value::truth(false);
  return Value::unknown_truth();
}

Value add(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::none();
  return bounded(a, b, a.lo + b.lo, a.hi + b.hi);
}

Value subtract(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::none();
  return bounded(a, b, a.lo - b.hi, a.hi - b.lo);
}

Value multiply(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::none();
  const auto [lo, hi] =
      std::minmax({times(a.lo, b.lo), times(a.lo, b.hi), times(a.hi, b.lo), times(a.hi, b.hi)});
  return bounded(a, b, lo, hi);
}

Value divide(const Value& a, const Value& b) {
  if (a.is_none() || b.is_none()) return Value::none();
  if (b.lo <= 0 && b.hi >= 0) return Value::unknown();
  const auto quotient = [](double x, double y) { return std::isinf(y) ? 0 : x / y; };
  const auto [lo, hi] = std::minmax(
      {quotient(a.lo, b.lo), quotient(a.lo, b.hi), quotient(a.hi, b.lo), quotient(a.hi, b.hi)});
  // An open end over an open end may be anything.
  if ((std::isinf(a.lo) || std::isinf(a.hi)) && (std::isinf(b.lo) || std::isinf(b.hi))) {
    return Value::unknown();
  }
  return bounded(a, b, lo, hi);
}

Value negate(const Value& a) {
  return a.is_none() ? a : Value::range(a.hi == 0 ? 0 : -a.hi, a.lo == 0 ? 0 : -a.lo);
}

Value square_root(const Value& a) {
  if (a.is_none()) return a;
  if (a.lo < 0) return Value::unknown();
  return Value::range(std::sqrt(a.lo), std::sqrt(a.hi));
}

Value minimum(const Value& a, const Value& b) {
  if (a.is_none()) return b;
  if (b.is_none()) return a;
  return Value::range(std::min(a.lo, b.lo), std::min(a.hi, b.hi));
}

Value maximum(const Value& a, const Value& b) {
  if (a.is_none()) return b;
  if (b.is_none()) return a;
  return Value::range(std::max(a.lo, b.lo), std::max(a.hi, b.hi));
}

Value floor_to(const Value& a, double step) {
  if (a.is_none()) return a;
  const auto down = [step](double x) { return std::isinf(x) ? x : std::floor(x / step) * step; };
  return Value::range(down(a.lo), down(a.hi));
}

Value hull(const Value& a, const Value& b) {
  if (a == b) return a;
  if (a.is_none() || b.is_none()) return Value::unknown();
  if (a.bits != b.bits) return Value::unknown();
  return Value::range(std::min(a.lo, b.lo), std::max(a.hi, b.hi));
}

}  // namespace riskd::engine
