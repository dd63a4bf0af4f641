// Values: truth of three kinds, ranges, and no value at all. See engine/program/value.hpp.
#include "engine/program/value.hpp"

#include <catch2/catch.hpp>

namespace riskd::tests::value_test {
namespace {
using namespace engine;

constexpr double open = std::numeric_limits<double>::infinity();
const Value none = Value::none();
const Value unknown = Value::unknown();
const Value maybe = Value::unknown_truth();
const Value yes = Value::truth(true);
const Value no = Value::truth(false);

Value n(double number) { return Value::of(number); }
Value r(double lo, double hi) { return Value::range(lo, hi); }

}  // namespace

TEST_CASE("values are the same where they mean the same") {
  CHECK(n(1) == n(1));
  CHECK_FALSE(n(1) == n(2));
  CHECK_FALSE(n(1) == r(1, 2));
  CHECK_FALSE(r(1, 3) == r(1, 2));
  CHECK_FALSE(n(0) == none);
  CHECK_FALSE(Value::set(1) == Value::set(2));
  CHECK(none == Value::none());
  CHECK(r(2, 2) == n(2));
  CHECK(r(open, open) == unknown);
  CHECK(r(std::nan(""), 1) == unknown);
  CHECK(r(1, std::nan("")) == unknown);
}

TEST_CASE("no value is false in a condition, and false in every comparison") {
  CHECK(logic_not(none) == yes);
  CHECK(logic_and(none, yes) == no);
  CHECK(logic_or(none, no) == no);
  CHECK(logic_or(none, yes) == yes);
  for (const auto& compare : {equal, less, less_equal}) {
    CHECK(compare(none, n(1)) == no);
    CHECK(compare(n(1), none) == no);
  }
}

TEST_CASE("a comparison is decided where the ranges decide it") {
  CHECK(equal(r(1, 2), r(3, 4)) == no);
  CHECK(equal(r(3, 4), r(1, 2)) == no);
  CHECK(equal(r(1, 3), r(2, 4)) == maybe);
  CHECK(equal(Value::set(3), Value::set(3)) == yes);
  CHECK(equal(Value::set(3), Value::set(1)) == no);
  CHECK(less(r(1, 2), r(3, 4)) == yes);
  CHECK(less(r(1, 2), r(2, 4)) == maybe);
  CHECK(less(r(2, 4), r(1, 2)) == no);
  CHECK(less_equal(r(1, 2), r(2, 4)) == yes);
  CHECK(less_equal(r(2, 4), r(1, 2)) == maybe);
  CHECK(less_equal(r(3, 4), r(1, 2)) == no);
}

TEST_CASE("arithmetic carries ranges on") {
  CHECK(add(r(1, 2), n(3)) == r(4, 5));
  CHECK(subtract(r(1, 2), r(0, 1)) == r(0, 2));
  CHECK(multiply(r(-1, 2), r(3, 4)) == r(-4, 8));
  CHECK(multiply(n(0), unknown) == n(0));  // whatever it is
  CHECK(multiply(r(1, open), n(2)) == r(2, open));
  CHECK(divide(r(1, 2), r(2, 4)) == r(0.25, 1));
  CHECK(divide(n(1), r(2, open)) == r(0, 0.5));
  CHECK(divide(r(2, open), n(2)) == r(1, open));
  CHECK(divide(r(-open, 2), n(2)) == r(-open, 1));
  CHECK(negate(r(1, 2)) == r(-2, -1));
  CHECK(negate(r(0, 2)) == r(-2, 0));
  CHECK(negate(r(-2, 0)) == r(0, 2));
  CHECK(square_root(r(4, 9)) == r(2, 3));
  CHECK(floor_to(r(5, 25), 10) == r(0, 20));
  CHECK(floor_to(r(-5, open), 10) == r(-10, open));
  for (const auto& operation : {add, subtract, multiply, divide}) {
    CHECK(operation(none, n(1)) == none);
    CHECK(operation(n(1), none) == none);
  }
  for (const auto& operation : {negate, square_root}) CHECK(operation(none) == none);
  CHECK(floor_to(none, 10) == none);
}

TEST_CASE("what has no answer is unknown") {
  CHECK(divide(n(1), n(0)) == unknown);
  CHECK(divide(n(1), r(-1, 1)) == unknown);
  CHECK(divide(n(1), r(0, 1)) == unknown);
  CHECK(divide(r(1, open), r(1, open)) == unknown);
  CHECK(divide(r(-open, 1), r(-open, -1)) == unknown);
  CHECK(square_root(n(-1)) == unknown);
  CHECK(square_root(r(-1, 4)) == unknown);
  CHECK(add(n(1e308), n(1e308)) == unknown);
  CHECK(multiply(n(1e200), n(-1e200)) == unknown);
  CHECK(add(r(1, 1e308), n(1e308)).lo == 1e308);  // the lower end still holds
  CHECK(add(r(1, 1e308), n(1e308)).hi == open);
}

TEST_CASE("the least and the greatest leave out what has no value") {
  CHECK(minimum(r(1, 5), r(2, 3)) == r(1, 3));
  CHECK(maximum(r(1, 5), r(2, 3)) == r(2, 5));
  CHECK(minimum(none, n(1)) == n(1));
  CHECK(minimum(n(1), none) == n(1));
  CHECK(maximum(none, n(1)) == n(1));
  CHECK(maximum(n(1), none) == n(1));
}

TEST_CASE("what covers two values is both where they are the same, and else their range") {
  CHECK(hull(n(1), n(1)) == n(1));
  CHECK(hull(n(1), n(3)) == r(1, 3));
  CHECK(hull(r(1, 2), r(4, 5)) == r(1, 5));
  CHECK(hull(none, none) == none);
  CHECK(hull(none, n(1)) == unknown);
  CHECK(hull(n(1), none) == unknown);
  CHECK(hull(Value::set(1), Value::set(1)) == Value::set(1));
  CHECK(hull(Value::set(1), Value::set(2)) == unknown);
}

}  // namespace riskd::tests::value_test
