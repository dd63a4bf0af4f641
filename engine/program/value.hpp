// What an expression is worth: known, unknown, or no value at all.
//
// Truth is Kleene's three-valued logic and numbers are intervals, and the two are one: false is
// [0, 0], true is [1, 1], unknown is [0, 1]; `and` is the minimum, `or` the maximum, `not` is 1 - x
// (docs/language.md, "Unanswered is not false"). An unknown number or ordered value is the closed
// range in which it must lie; a range of one point is a known value.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace riskd::engine {

struct Value {
  enum class State : std::uint8_t {
    known,    // lo == hi (or, for a set, bits)
    unknown,  // somewhere in lo…hi
    none,     // a question that is not asked: no value
  };

  double lo = -std::numeric_limits<double>::infinity();
  double hi = std::numeric_limits<double>::infinity();
  std::uint64_t bits = 0;  // a known set: bit i is choice i
  State state = State::unknown;

  static Value of(double number) { return {number, number, 0, State::known}; }
  static Value truth(bool value) { return of(value ? 1 : 0); }
  static Value set(std::uint64_t bits) { return {0, 0, bits, State::known}; }
  static Value none() { return {0, 0, 0, State::none}; }
  static Value unknown() { return {}; }
  static Value unknown_truth() { return {0, 1, 0, State::unknown}; }

  // The range lo…hi; known where it is one point, wholly unknown where an end is not a number.
  static Value range(double lo, double hi) {
    if (std::isnan(lo) || std::isnan(hi)) return unknown();
    if (lo == hi) return std::isfinite(lo) ? of(lo) : unknown();
    return {lo, hi, 0, State::unknown};
  }

  bool known() const { return state == State::known; }
  bool is_none() const { return state == State::none; }
  bool is_unknown() const { return state == State::unknown; }
  bool is_true() const { return state == State::known && lo == 1; }
  bool is_false() const { return state == State::known && lo == 0; }

  // The same bits mean the same value.
  bool operator==(const Value& other) const {
    if (state != other.state) return false;
    return state == State::none || (lo == other.lo && hi == other.hi && bits == other.bits);
  }
};

// A condition as a truth: `none` is false.
Value as_truth(const Value& value);

Value logic_not(const Value& a);
Value logic_and(const Value& a, const Value& b);
Value logic_or(const Value& a, const Value& b);

// Comparisons. `none` on either side makes them false. `equal` of values without an order is
// decided only where both are known.
Value equal(const Value& a, const Value& b);
Value less(const Value& a, const Value& b);
Value less_equal(const Value& a, const Value& b);

// Interval arithmetic; `none` on either side gives none, what is not finite is unknown, and so is
// anything divided by a range that holds 0.
Value add(const Value& a, const Value& b);
Value subtract(const Value& a, const Value& b);
Value multiply(const Value& a, const Value& b);
Value divide(const Value& a, const Value& b);
Value negate(const Value& a);
Value square_root(const Value& a);  // of a range that reaches below 0: unknown
Value minimum(const Value& a, const Value& b);
Value maximum(const Value& a, const Value& b);
Value floor_to(const Value& a, double step);  // to the multiple of `step` at or below

// The smallest value that covers both: what `if` and `match` are where either branch is possible.
// For sets and values without an order: known where both are the same.
Value hull(const Value& a, const Value& b);

}  // namespace riskd::engine
