// The value of a node, by what it does.
#include <algorithm>
#include <utility>

#include "engine/base/ascii.hpp"
#include "engine/base/glob.hpp"
#include "engine/evaluate/aggregates.hpp"
#include "engine/evaluate/builtins.hpp"
#include "engine/evaluate/questions.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/states.hpp"
#include "engine/evaluate/texts.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

Value Values::eval(NodeId id, const Context& context) {
  const Value value = compute(id, context);
  if (basis_.trace != nullptr && program_.nodes[id].type.base == Base::truth)
    basis_.trace->saw(id, value);
  return value;
}

// Lets, ratings and attributes read the present, also where the rating is projected.
Value Values::eval_present(NodeId id, const Context& context) {
  const Reading present(basis_, false, basis_.trace);
  return eval(id, context);
}

Value Values::compute(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  switch (node.op) {
    case Op::constant:
      return Value::of(node.number);
    case Op::constant_set:
      return Value::set(node.bits);
    case Op::question:
      return question(node.a, context);
    case Op::answered:
      return answered(node.a, context);
    case Op::field:
      return field(node.a, context);
    case Op::field_answered:
      return field_answered(node.a, context);
    case Op::let:
      return let(node.a, context);
    case Op::attribute:
      return attribute(node.a, context);
    case Op::rating:
      return Value::of(rating_of(node.a, context));
    case Op::builtin:
      return parts_.builtins.value(node, context);
    case Op::record:
      return record_value(node, context);
    case Op::logic_not:
    case Op::logic_and:
    case Op::logic_or:
      return logic(node, context);
    case Op::equal:
    case Op::less:
    case Op::less_equal:
      return compared(node, context);
    case Op::text_equal:
      return text_equal(node, context);
    case Op::text_matches:
      return text_matches(node, context);
    case Op::includes_any:
    case Op::includes_all:
    case Op::texts_include:
      return included(node, context);
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::negate:
    case Op::to_day:
    case Op::square_root:
    case Op::age:
      return arithmetic(node, context);
    case Op::minimum:
    case Op::maximum:
    case Op::mean:
      return of_several(node, context);
    case Op::choose:
      return choose(node, context);
    case Op::match:
      return match(node, context);
    case Op::today:
      return today();
    case Op::aggregate:
      return parts_.aggregates.value(node, context);
    case Op::constant_text:
    case Op::concat:
    case Op::print:
      return Value::of(0);  // a text: known; read by Texts
  }
  return Value::unknown();
}

Value Values::logic(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  if (node.op == Op::logic_not) return logic_not(eval(kids[0], context));
  const bool is_and = node.op == Op::logic_and;
  Value value = Value::truth(is_and);
  for (const NodeId kid : kids) {
    if (is_and ? value.is_false() : value.is_true()) break;
    const Value next = eval(kid, context);
    value = is_and ? logic_and(value, next) : logic_or(value, next);
  }
  return value;
}

Value Values::compared(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const Value a = eval(kids[0], context);
  const Value b = eval(kids[1], context);
  if (node.op == Op::equal) return equal(a, b);
  return node.op == Op::less ? less(a, b) : less_equal(a, b);
}

Value Values::text_equal(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const auto a = parts_.texts.plain(kids[0], context);
  const auto b = parts_.texts.plain(kids[1], context);
  if (!a || !b) {
    const bool none =
        (!a && eval(kids[0], context).is_none()) || (!b && eval(kids[1], context).is_none());
    return none ? Value::truth(false) : Value::unknown_truth();
  }
  return Value::truth(node.a == 0 ? *a == *b : same_words(*a, *b));
}

// Of a list one text that fits is enough.
Value Values::text_matches(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const std::string& pattern = program_.texts[program_.nodes[kids[1]].a];
  const LetterCase letters = node.a != 0 ? LetterCase::ignored : LetterCase::counts;
  const auto fits = [&](const std::string& text) { return glob_matches(pattern, text, letters); };
  if (program_.nodes[kids[0]].type.base == Base::texts) {
    if (eval(kids[0], context).is_unknown()) return Value::unknown_truth();
    const std::vector<std::string> all = parts_.texts.list(kids[0], context);
    return Value::truth(std::any_of(all.begin(), all.end(), fits));
  }
  const auto text = parts_.texts.plain(kids[0], context);
  if (text) return Value::truth(fits(*text));
  return eval(kids[0], context).is_none() ? Value::truth(false) : Value::unknown_truth();
}

Value Values::included(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  if (node.op == Op::texts_include) {
    const auto wanted = parts_.texts.plain(kids[1], context);
    if (!wanted || eval(kids[0], context).is_unknown()) return Value::unknown_truth();
    for (const std::string& each : parts_.texts.list(kids[0], context)) {
      if (node.a != 0 ? same_words(each, *wanted) : each == *wanted) return Value::truth(true);
    }
    return Value::truth(false);
  }
  const Value set = eval(kids[0], context);
  if (set.is_none()) return Value::truth(false);
  if (set.is_unknown()) return Value::unknown_truth();
  const std::uint64_t found = set.bits & node.bits;
  return Value::truth(node.op == Op::includes_any ? found != 0 : found == node.bits);
}

Value Values::today() const {
  return Value::of(static_cast<double>(start_of(date_of(basis_.now)).ms / 1000));
}

Value Values::arithmetic(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const Value a = eval(kids[0], context);
  if (node.op == Op::negate) return negate(a);
  if (node.op == Op::to_day) return floor_to(a, static_cast<double>(seconds_per_day));
  if (node.op == Op::square_root) return square_root(a);
  if (node.op == Op::age) return subtract(today(), a);
  const Value b = eval(kids[1], context);
  if (node.op == Op::add) return add(a, b);
  if (node.op == Op::subtract) return subtract(a, b);
  return node.op == Op::multiply ? multiply(a, b) : divide(a, b);
}

Value Values::of_several(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  if (node.op == Op::mean) {
    Value sum = Value::of(0);
    double count = 0;
    for (const NodeId kid : kids) {
      const Value value = eval(kid, context);
      if (value.is_none()) continue;
      sum = add(sum, value);
      ++count;
    }
    return count == 0 ? Value::none() : divide(sum, Value::of(count));
  }
  Value value = Value::none();
  for (const NodeId kid : kids) {
    const Value next = eval(kid, context);
    value = node.op == Op::minimum ? minimum(value, next) : maximum(value, next);
  }
  return value;
}

Value Values::choose(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const Value test = as_truth(eval(kids[0], context));
  if (test.is_true()) return eval(kids[1], context);
  if (test.is_false()) return eval(kids[2], context);
  const Value a = eval(kids[1], context);
  return hull(a, eval(kids[2], context));
}

// Whether `otherwise` is possible: where some value in the subject's range has no case of its own.
bool Values::has_other_value(const Node& match, const Value& subject,
                             std::size_t possible_keys) const {
  const Type type = program_.nodes[program_.kids_of(match)[0]].type;
  if (type.base == Base::truth) return possible_keys < 2;
  if (type.base != Base::choice && type.base != Base::scale) return true;
  const auto& steps = program_.enums[type.of].steps;
  const bool is_ordered = type.base == Base::scale || program_.enums[type.of].ordered;
  std::size_t in_range = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double number = type.base == Base::scale ? steps[i].number : static_cast<double>(i);
    if (!is_ordered || (number >= subject.lo && number <= subject.hi)) ++in_range;
  }
  return possible_keys < in_range;
}

Value Values::match(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const bool has_otherwise = node.a == 1;
  const std::size_t end = kids.size() - (has_otherwise ? 1 : 0);
  const Type type = program_.nodes[kids[0]].type;
  const Value subject = eval(kids[0], context);
  std::optional<std::string> subject_text;
  if (type.base == Base::text) subject_text = parts_.texts.plain(kids[0], context);
  const bool none = subject.is_none();
  // Which case decided: counted only where there was one.
  const auto taken = [&](std::size_t kid) {
    const auto self = static_cast<NodeId>(&node - program_.nodes.data());
    if (basis_.trace != nullptr)
      ++basis_.trace->cases[{self, static_cast<std::uint32_t>((kid - 1) / 2)}];
    return eval(kids[kid], context);
  };
  if (none) return has_otherwise ? taken(kids.size() - 1) : Value::none();
  const bool is_ordered =
      type.base != Base::text && !(type.base == Base::choice && !program_.enums[type.of].ordered);
  std::optional<Value> spanned;
  const auto possible = [&](NodeId value_node) {
    const Value value = eval(value_node, context);
    spanned = spanned ? hull(*spanned, value) : value;
  };
  std::size_t possible_keys = 0;
  for (std::size_t i = 1; i + 1 < end; i += 2) {
    if (type.base == Base::text) {
      if (!subject_text) {
        possible(kids[i + 1]);
      } else if (parts_.texts.plain(kids[i], context) == subject_text) {
        return taken(i + 1);
      }
      continue;
    }
    const double key = program_.nodes[kids[i]].number;
    if (subject.known()) {
      if (subject.lo == key) return taken(i + 1);
      continue;
    }
    if (is_ordered && (key < subject.lo || key > subject.hi)) continue;
    possible(kids[i + 1]);
    ++possible_keys;
  }
  const bool decided = subject.known() && (type.base != Base::text || subject_text.has_value());
  if (has_otherwise) {
    if (decided) return taken(kids.size() - 1);
    if (has_other_value(node, subject, possible_keys)) possible(kids.back());
  }
  return spanned.value_or(Value::unknown());
}

}  // namespace riskd::engine
