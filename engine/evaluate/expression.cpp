// The value of a node.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/ascii.hpp"
#include "engine/base/glob.hpp"
#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

Value Evaluator::eval(NodeId id, const Context& context) {
  const Value value = compute(id, context);
  if (trace_ != nullptr && program_.nodes[id].type.base == Base::truth) trace_->saw(id, value);
  return value;
}

// Lets, ratings and attributes read the present, also where the rating is projected.
Value Evaluator::eval_present(NodeId id, const Context& context) {
  const bool projecting = std::exchange(projecting_, false);
  const Value value = eval(id, context);
  projecting_ = projecting;
  return value;
}

Value Evaluator::compute(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const auto kid = [&](std::size_t i) { return eval(kids[i], context); };
  switch (node.op) {
    case Op::constant:
      return Value::of(node.number);
    case Op::constant_set:
      return Value::set(node.bits);
    case Op::question: {
      const Question& asked_question = program_.questions[node.a];
      if (asked_question.component_type == no_index) return question(node.a, product_scope());
      if (context.component == nullptr ||
          context.component->component_type != asked_question.component_type)
        return Value::none();
      return question(node.a, *context.component);
    }
    case Op::answered: {
      const Question& asked_question = program_.questions[node.a];
      ScopeInstance* scope =
          asked_question.component_type == no_index ? &product_scope() : context.component;
      if (scope == nullptr || scope->component_type != asked_question.component_type)
        return Value::truth(false);
      // While it is unknown whether it is asked, an answer to it must not show.
      const Value is_asked = asked(node.a, *scope);
      return is_asked.is_true() ? Value::truth(answered(node.a, *scope)) : is_asked;
    }
    case Op::field:
      return field(node.a, context);
    case Op::field_answered: {
      const Field& definition = program_.fields[node.a];
      const ScopeInstance* scope =
          definition.kind == Kind::product ? &product_scope() : context.component;
      if (scope == nullptr) return Value::truth(false);
      return Value::truth(given_field(definition, *scope) != nullptr);
    }
    case Op::let: {
      const Let& let = program_.lets[node.a];
      Memo* memo = &product_scope().lets;
      std::uint32_t key = node.a;
      Context own;
      if (let.kind == Kind::component) {
        if (context.component == nullptr) return Value::none();
        memo = &context.component->lets;
        own.component = context.component;
      } else if (let.kind != Kind::product) {
        Instance* instance = instance_of(let.kind, context);
        if (instance == nullptr) return Value::none();
        memo = &instance->memo;
        key = memo_key::of_let(node.a);
        own = own_context(let.kind, context);
      }
      if (const Value* known = memo->find(key)) return *known;
      const Value value = eval_present(let.value, own);
      memo->set(key, value);
      return value;
    }
    case Op::attribute:
      return attribute(node.a, context);
    case Op::rating:
      return Value::of(rating_of(node.a, context));
    case Op::builtin:
      return builtin(node, context);
    case Op::record:
      return record_value(node, context);
    case Op::logic_not:
      return logic_not(kid(0));
    case Op::logic_and: {
      Value value = Value::truth(true);
      for (std::size_t i = 0; i < kids.size() && !value.is_false(); ++i)
        value = logic_and(value, kid(i));
      return value;
    }
    case Op::logic_or: {
      Value value = Value::truth(false);
      for (std::size_t i = 0; i < kids.size() && !value.is_true(); ++i)
        value = logic_or(value, kid(i));
      return value;
    }
    case Op::equal:
      return equal(kid(0), kid(1));
    case Op::text_equal: {
      const auto a = plain_text(kids[0], context);
      const auto b = plain_text(kids[1], context);
      if (!a || !b) {
        const bool none =
            (!a && eval(kids[0], context).is_none()) || (!b && eval(kids[1], context).is_none());
        return none ? Value::truth(false) : Value::unknown_truth();
      }
      return Value::truth(node.a == 0 ? *a == *b : same_words(*a, *b));
    }
    case Op::less:
      return less(kid(0), kid(1));
    case Op::less_equal:
      return less_equal(kid(0), kid(1));
    case Op::includes_any:
    case Op::includes_all: {
      const Value set = kid(0);
      if (set.is_none()) return Value::truth(false);
      if (set.is_unknown()) return Value::unknown_truth();
      const std::uint64_t found = set.bits & node.bits;
      return Value::truth(node.op == Op::includes_any ? found != 0 : found == node.bits);
    }
    case Op::texts_include: {
      const auto wanted = plain_text(kids[1], context);
      if (!wanted || kid(0).is_unknown()) return Value::unknown_truth();
      for (const std::string& each : texts(kids[0], context)) {
        if (node.a != 0 ? same_words(each, *wanted) : each == *wanted) return Value::truth(true);
      }
      return Value::truth(false);
    }
    case Op::text_matches:
      return text_matches(node, context);
    case Op::add:
      return add(kid(0), kid(1));
    case Op::subtract:
      return subtract(kid(0), kid(1));
    case Op::multiply:
      return multiply(kid(0), kid(1));
    case Op::divide:
      return divide(kid(0), kid(1));
    case Op::negate:
      return negate(kid(0));
    case Op::to_day:
      return floor_to(kid(0), static_cast<double>(seconds_per_day));
    case Op::minimum:
    case Op::maximum: {
      Value value = Value::none();
      for (std::size_t i = 0; i < kids.size(); ++i) {
        value = node.op == Op::minimum ? minimum(value, kid(i)) : maximum(value, kid(i));
      }
      return value;
    }
    case Op::mean: {
      Value sum = Value::of(0);
      double count = 0;
      for (std::size_t i = 0; i < kids.size(); ++i) {
        const Value value = kid(i);
        if (value.is_none()) continue;
        sum = add(sum, value);
        ++count;
      }
      return count == 0 ? Value::none() : divide(sum, Value::of(count));
    }
    case Op::square_root:
      return square_root(kid(0));
    case Op::choose: {
      const Value test = as_truth(kid(0));
      if (test.is_true()) return kid(1);
      if (test.is_false()) return kid(2);
      const Value a = kid(1);
      const Value b = kid(2);
      return hull(a, b);
    }
    case Op::match:
      return match(node, context);
    case Op::today:
      return Value::of(static_cast<double>(start_of(date_of(now_)).ms / 1000));
    case Op::age:
      return subtract(Value::of(static_cast<double>(start_of(date_of(now_)).ms / 1000)), kid(0));
    case Op::aggregate:
      return aggregate(node, context);
    case Op::constant_text:
    case Op::concat:
    case Op::print:
      return Value::of(0);  // a text: known; read by text()
  }
  return Value::unknown();
}

// Of a list one text that fits is enough.
Value Evaluator::text_matches(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const std::string& pattern = program_.texts[program_.nodes[kids[1]].a];
  const LetterCase letters = node.a != 0 ? LetterCase::ignored : LetterCase::counts;
  const auto fits = [&](const std::string& text) { return glob_matches(pattern, text, letters); };
  if (program_.nodes[kids[0]].type.base == Base::texts) {
    if (eval(kids[0], context).is_unknown()) return Value::unknown_truth();
    const std::vector<std::string> all = texts(kids[0], context);
    return Value::truth(std::any_of(all.begin(), all.end(), fits));
  }
  const auto text = plain_text(kids[0], context);
  if (text) return Value::truth(fits(*text));
  return eval(kids[0], context).is_none() ? Value::truth(false) : Value::unknown_truth();
}

Value Evaluator::match(const Node& node, const Context& context) {
  const auto kids = program_.kids_of(node);
  const bool has_otherwise = node.a == 1;
  const std::size_t end = kids.size() - (has_otherwise ? 1 : 0);
  const Type type = program_.nodes[kids[0]].type;
  const Value subject = eval(kids[0], context);
  std::optional<std::string> subject_text;
  if (type.base == Base::text) subject_text = plain_text(kids[0], context);
  const bool none = subject.is_none();
  // Which case decided: counted only where there was one.
  const auto taken = [&](std::size_t kid) {
    const auto self = static_cast<NodeId>(&node - program_.nodes.data());
    if (trace_ != nullptr) ++trace_->cases[{self, static_cast<std::uint32_t>((kid - 1) / 2)}];
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
      } else if (plain_text(kids[i], context) == subject_text) {
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
    // Possible where some value in the subject's range has no case of its own.
    bool other = true;
    if (type.base == Base::choice || type.base == Base::scale) {
      std::size_t in_range = 0;
      for (std::size_t i = 0; i < program_.enums[type.of].steps.size(); ++i) {
        const double number = type.base == Base::scale ? program_.enums[type.of].steps[i].number
                                                       : static_cast<double>(i);
        if (!is_ordered || (number >= subject.lo && number <= subject.hi)) ++in_range;
      }
      other = possible_keys < in_range;
    } else if (type.base == Base::truth) {
      other = possible_keys < 2;
    }
    if (other) possible(kids.back());
  }
  return spanned.value_or(Value::unknown());
}

}  // namespace riskd::engine
