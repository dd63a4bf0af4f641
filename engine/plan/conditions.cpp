#include "engine/plan/conditions.hpp"

#include <algorithm>
#include <map>

#include "engine/base/limits.hpp"
#include "engine/program/program.hpp"
#include "engine/program/value.hpp"

namespace riskd::engine {
namespace {

Truth truth_of_value(const Value& value) {
  const Value truth = as_truth(value);
  return truth.is_true() ? Truth::yes : truth.is_false() ? Truth::no : Truth::unknown;
}

}  // namespace

class ConditionsBuilder {
 public:
  ConditionsBuilder(const Program& program, const std::vector<std::uint32_t>& slots,
                    Conditions& out)
      : program_(program), slots_(slots), out_(out) {
    out_.first_step_.assign(program.nodes.size(), no_index);
  }

  void add(NodeId node) {
    if (node == no_node || out_.first_step_[node] != no_index) return;
    const std::size_t first = out_.steps_.size();
    first_ = first;
    looked_at_ = 0;
    if (add_steps(node))
      out_.first_step_[node] = static_cast<std::uint32_t>(first);
    else
      out_.steps_.resize(first);
    out_.elements_read_.resize(first);
    for (std::size_t i = first; i < out_.steps_.size(); ++i)
      out_.elements_read_.push_back(elements_below(out_.steps_[i]));
  }

 private:
  using Step = Conditions::Step;
  using Table = Conditions::Table;

  // What a node reads of questions and elements. Not `possible`: something else too, or several.
  struct ReadsOne {
    bool possible = true;
    std::uint32_t question = no_index;  // the one; no_index: none; from `element` on: of an element
  };
  static constexpr std::uint32_t element = no_index - ElementBytes::count;

  static std::uint8_t elements_below(const Step& step) {
    unsigned read = 0;
    for (const Step* each = &step; each < &step + step.size; ++each)
      read |= each->kind == Step::Kind::of_element ? 1u << each->slot : 0;
    return static_cast<std::uint8_t>(read);
  }

  static ReadsOne reads_builtin(const Node& node) {
    const auto what = static_cast<Builtin>(node.a);
    const auto of = static_cast<Kind>(node.b);
    if (what == Builtin::state && of == Kind::countermeasure)
      return {true, element + ElementBytes::state};
    if (what == Builtin::tested && of == Kind::countermeasure)
      return {true, element + ElementBytes::countermeasure_tested};
    if (what == Builtin::tested && of == Kind::weakness)
      return {true, element + ElementBytes::weakness_tested};
    if (what == Builtin::approved) {
      if (of == Kind::risk) return {true, element + ElementBytes::risk_approved};
      if (of == Kind::weakness) return {true, element + ElementBytes::weakness_approved};
      if (of == Kind::countermeasure)
        return {true, element + ElementBytes::countermeasure_approved};
    }
    return {false, no_index};
  }

  const Node& at(NodeId node) const { return program_.nodes[node]; }

  // A choice or a truth; and the product's, where a let of the product reads it: that has no component.
  bool is_readable(const Question& question) const {
    const bool is_small = question.type.base == Base::truth || question.type.base == Base::choice;
    const bool is_of_product = question.component_type == no_index;
    return is_small && (is_of_product || (lets_ == 0 && question.component_type < 0xffff));
  }

  // Operators whose value is a table of the one value that they read.
  static bool is_of_one(Op op) {
    return op == Op::constant || op == Op::logic_not || op == Op::logic_and || op == Op::logic_or ||
           op == Op::equal || op == Op::less || op == Op::less_equal;
  }

  ReadsOne reads(NodeId id) {
    constexpr ReadsOne several{false, no_index};
    if (++looked_at_ > limits::condition_nodes) return several;
    const Node& node = at(id);
    if (node.op == Op::question) return {is_readable(program_.questions[node.a]), node.a};
    if (node.op == Op::builtin) return reads_builtin(node);
    if (node.op == Op::let) {
      // That of a component has no value where there is none: not what it is made of.
      if (program_.lets[node.a].kind != Kind::product) return several;
      ++lets_;
      const ReadsOne read = reads(program_.lets[node.a].value);
      --lets_;
      return read;
    }
    if (!is_of_one(node.op)) return several;
    ReadsOne all;
    for (const NodeId kid : program_.kids_of(node)) {
      const ReadsOne one = reads(kid);
      if (!one.possible) return one;
      if (one.question == no_index) continue;
      if (all.question != no_index && all.question != one.question) return several;
      all.question = one.question;
    }
    return all;
  }

  // Of a node that `reads` allows, where its one question is worth `answer`.
  Value value(NodeId id, const Value& answer) const {
    const Node& node = at(id);
    const auto kids = program_.kids_of(node);
    const auto kid = [&](std::size_t i) { return value(kids[i], answer); };
    if (node.op == Op::constant) return Value::of(node.number);
    if (node.op == Op::question || node.op == Op::builtin) return answer;
    if (node.op == Op::let) return value(program_.lets[node.a].value, answer);
    if (node.op == Op::logic_not) return logic_not(kid(0));
    if (node.op == Op::equal) return equal(kid(0), kid(1));
    if (node.op == Op::less) return less(kid(0), kid(1));
    if (node.op == Op::less_equal) return less_equal(kid(0), kid(1));
    const bool all = node.op == Op::logic_and;
    Value joined = Value::truth(all);
    for (std::size_t i = 0; i < kids.size(); ++i)
      joined = all ? logic_and(joined, kid(i)) : logic_or(joined, kid(i));
    return joined;
  }

  Table table_of(NodeId node, std::uint32_t question) const {
    if (question >= element) return element_table(node, question - element);
    const Type type = program_.questions[question].type;
    Table table;
    table.fill(Truth::needs_full_evaluation);
    const std::size_t values =
        type.base == Base::truth ? 2
                                 : std::min(program_.enums[type.of].steps.size(), limits::choices);
    for (std::size_t i = 0; i < values; ++i)
      table[i] = truth_of_value(value(node, Value::of(static_cast<double>(i))));
    table[question_code::none] = truth_of_value(value(node, Value::none()));
    table[question_code::unknown] = truth_of_value(value(node, program_.unknown_of(type)));
    return table;
  }

  // An element's code is known, or there is none.
  Table element_table(NodeId node, std::uint32_t code) const {
    const std::uint32_t of =
        code == ElementBytes::state ? program_.state_enum : program_.tested_enum;
    const std::size_t values =
        code < ElementBytes::risk_approved ? program_.enums[of].steps.size() : 2;
    Table table;
    table.fill(Truth::needs_full_evaluation);
    for (std::size_t i = 0; i < values; ++i)
      table[i] = truth_of_value(value(node, Value::of(static_cast<double>(i))));
    table[question_code::none] = truth_of_value(value(node, Value::none()));
    return table;
  }

  std::uint32_t table_number(NodeId node, std::uint32_t question) {
    const auto [known, fresh] = table_of_node_.try_emplace(node, 0);
    if (fresh) {
      const auto number = static_cast<std::uint32_t>(out_.tables_.size());
      const auto [same, is_new] = table_numbers_.try_emplace(table_of(node, question), number);
      if (is_new) out_.tables_.push_back(same->first);
      known->second = same->second;
    }
    return known->second;
  }

  bool add_steps(NodeId id) {
    if (out_.steps_.size() - first_ >= limits::condition_steps) return false;
    const ReadsOne read = reads(id);
    if (read.possible) {
      Step step;
      if (read.question == no_index) {
        step.value = truth_of_value(value(id, Value::none()));
      } else if (read.question >= element) {
        step.kind = Step::Kind::of_element;
        step.table = table_number(id, read.question);
        step.slot = read.question - element;
      } else {
        const std::uint32_t type = program_.questions[read.question].component_type;
        step.kind = type == no_index ? Step::Kind::of_product : Step::Kind::of_component;
        step.component_type = static_cast<std::uint16_t>(type);
        step.table = table_number(id, read.question);
        step.slot = slots_[read.question];
      }
      out_.steps_.push_back(step);
      return true;
    }
    const Node& node = at(id);
    if (node.op == Op::let && program_.lets[node.a].kind == Kind::product) {
      ++lets_;
      const bool added = add_steps(program_.lets[node.a].value);
      --lets_;
      return added;
    }
    Step step;
    if (node.op == Op::logic_and)
      step.kind = Step::Kind::all;
    else if (node.op == Op::logic_or)
      step.kind = Step::Kind::any;
    else if (node.op == Op::logic_not)
      step.kind = Step::Kind::negated;
    else
      return false;
    const std::size_t place = out_.steps_.size();
    out_.steps_.push_back(step);
    for (const NodeId kid : program_.kids_of(node)) {
      if (!add_steps(kid)) return false;
    }
    out_.steps_[place].size = static_cast<std::uint32_t>(out_.steps_.size() - place);
    return true;
  }

  const Program& program_;
  const std::vector<std::uint32_t>& slots_;
  Conditions& out_;
  std::map<NodeId, std::uint32_t> table_of_node_;
  std::map<Table, std::uint32_t> table_numbers_;
  // Of the condition that is compiled:
  std::size_t first_ = 0, looked_at_ = 0;
  int lets_ = 0;  // in which what is looked at stands
};

Conditions::Conditions(const Program& program, const std::vector<std::uint32_t>& slots) {
  ConditionsBuilder builder(program, slots, *this);
  for (const Question& each : program.questions) builder.add(each.ask_when);
  for (const Pattern& each : program.patterns) builder.add(each.when);
  for (const Use& each : program.uses) builder.add(each.required);
  for (const Adjust& each : program.adjusts) builder.add(each.when);
  for (const TicketTemplate& each : program.tickets) {
    for (const NodeId node : {each.open, each.close, each.reopen}) builder.add(node);
  }
}

bool Conditions::reads_states_alone(std::uint32_t place) const {
  const auto begin = steps_.begin() + place;
  return std::none_of(begin, begin + steps_[place].size, [](const Step& step) {
    return step.kind == Step::Kind::of_product || step.kind == Step::Kind::of_component ||
           (step.kind == Step::Kind::of_element && step.slot >= ElementBytes::risk_approved);
  });
}

// One that has no parts.
inline Truth Conditions::read(const Step& step, const ScopeBytes& product,
                              const ScopeBytes& component, const ElementBytes& elements) const {
  switch (step.kind) {
    case Step::Kind::of_product:
      return tables_[step.table][product.questions[step.slot]];
    case Step::Kind::of_component:
      // A question of another type of component has no value here.
      return tables_[step.table][component.component_type == step.component_type
                                     ? component.questions[step.slot]
                                     : question_code::none];
    case Step::Kind::of_element:
      return tables_[step.table][elements.codes[step.slot]];
    case Step::Kind::constant:
    case Step::Kind::all:
    case Step::Kind::any:
    case Step::Kind::negated:
      return step.value;
  }
  return step.value;
}

Truth Conditions::run(const Step& step, const ScopeBytes& product, const ScopeBytes& component,
                      const ElementBytes& elements) const {
  if (step.kind < Step::Kind::all) return read(step, product, component, elements);
  if (step.kind == Step::Kind::negated) {
    const Truth kid = run(*(&step + 1), product, component, elements);
    return kid == Truth::needs_full_evaluation ? kid
                                               : static_cast<Truth>(2 - static_cast<int>(kid));
  }
  const bool all = step.kind == Step::Kind::all;
  const Truth settled = all ? Truth::no : Truth::yes;
  Truth joined = all ? Truth::yes : Truth::no;
  const Step* const end = &step + step.size;
  for (const Step* kid = &step + 1; kid < end && joined != settled; kid += kid->size) {
    const Truth next = kid->kind < Step::Kind::all ? read(*kid, product, component, elements)
                                                   : run(*kid, product, component, elements);
    if (next == Truth::needs_full_evaluation) return next;
    joined = all ? std::min(joined, next) : std::max(joined, next);
  }
  return joined;
}

}  // namespace riskd::engine
