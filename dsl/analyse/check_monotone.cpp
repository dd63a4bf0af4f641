#include "dsl/analyse/check_monotone.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "dsl/analyse/changes_below.hpp"
#include "dsl/compile/builtins.hpp"

namespace riskd::dsl {
using engine::Builtin;
using engine::Kind;
using engine::no_node;
using engine::NodeId;
using engine::Op;
using engine::State;
using engine::Tested;

namespace {

// How a value moves when more is implemented and fewer tests fail: bits, so that two ways join by `|`.
enum Direction : unsigned { constant_way = 0, up = 1, down = 2, either = 3 };

unsigned flipped(unsigned way) { return (way & up ? down : 0u) | (way & down ? up : 0u); }

// From worse to better, as numbers of the built-in enumeration.
using Change = std::pair<double, double>;

constexpr double number(State state) { return static_cast<double>(state); }
constexpr double number(Tested tested) { return static_cast<double>(tested); }

constexpr std::array<Change, 4> implementing{
    {{number(State::required), number(State::implemented)},
     {number(State::recommended), number(State::implemented)},
     {number(State::rejected), number(State::implemented)},
     {number(State::not_applicable), number(State::implemented)}}};
constexpr std::array<Change, 5> passing{{{number(Tested::failed), number(Tested::passed)},
                                         {number(Tested::failed), number(Tested::stale)},
                                         {number(Tested::failed), number(Tested::untested)},
                                         {number(Tested::stale), number(Tested::passed)},
                                         {number(Tested::untested), number(Tested::passed)}}};

bool is_builtin(const engine::Node& node, Builtin builtin) {
  return node.op == Op::builtin && static_cast<Builtin>(node.a) == builtin;
}

unsigned way_of(const engine::Program& program, NodeId id, std::map<NodeId, unsigned>& known);

unsigned way_of_equality(const engine::Program& program, NodeId left, NodeId right,
                         std::map<NodeId, unsigned>& known) {
  const bool on_left = program.nodes[left].op == Op::builtin;
  const engine::Node& asked = program.nodes[on_left ? left : right];
  const engine::Node& value = program.nodes[on_left ? right : left];
  // Implementing moves a countermeasure out of every state but `implemented`.
  if (value.op == Op::constant && is_builtin(asked, Builtin::state))
    return value.number == number(State::implemented) ? up : down;
  if (value.op == Op::constant && is_builtin(asked, Builtin::tested))
    return value.number == number(Tested::failed)   ? down
           : value.number == number(Tested::passed) ? up
                                                    : either;
  const bool moves = (way_of(program, left, known) | way_of(program, right, known)) != constant_way;
  return moves ? either : constant_way;
}

// By the signs of its parts: never too hopeful, and at times too strict.
unsigned way_of(const engine::Program& program, NodeId id, std::map<NodeId, unsigned>& known) {
  if (id == no_node) return constant_way;
  if (const auto it = known.find(id); it != known.end()) return it->second;
  known[id] = constant_way;
  const engine::Node& node = program.nodes[id];
  const auto kids = program.kids_of(node);
  unsigned result = constant_way;
  switch (node.op) {
    case Op::logic_not:
    case Op::negate:
      result = flipped(way_of(program, kids[0], known));
      break;
    case Op::equal:
      result = way_of_equality(program, kids[0], kids[1], known);
      break;
    case Op::less:
    case Op::less_equal:
      result = flipped(way_of(program, kids[0], known)) | way_of(program, kids[1], known);
      break;
    case Op::subtract:
      result = way_of(program, kids[0], known) | flipped(way_of(program, kids[1], known));
      break;
    case Op::choose:
    case Op::match:
    case Op::multiply:
    case Op::divide:
      for (const NodeId kid : kids) {
        if (way_of(program, kid, known) != constant_way) result = either;
      }
      break;
    case Op::builtin:
      if (is_builtin(node, Builtin::state) || is_builtin(node, Builtin::tested) ||
          is_builtin(node, Builtin::failing_tests))
        result = either;
      break;
    case Op::let:
      result = way_of(program, program.lets[node.a].value, known);
      break;
    case Op::constant:
    case Op::constant_set:
    case Op::constant_text:
    case Op::question:
    case Op::answered:
    case Op::field:
    case Op::field_answered:
    case Op::attribute:
    case Op::rating:
    case Op::record:
    case Op::logic_and:
    case Op::logic_or:
    case Op::text_equal:
    case Op::includes_any:
    case Op::includes_all:
    case Op::texts_include:
    case Op::text_matches:
    case Op::add:
    case Op::to_day:
    case Op::minimum:
    case Op::maximum:
    case Op::mean:
    case Op::square_root:
    case Op::today:
    case Op::age:
    case Op::aggregate:
    case Op::concat:
    case Op::print:
      for (const NodeId kid : kids) result |= way_of(program, kid, known);
      break;
  }
  known[id] = result;
  return result;
}

// A step's condition may read `inherent`, not what the steps themselves make.
bool reads_current(const engine::Program& program, NodeId id) {
  if (id == no_node) return false;
  const engine::Node& node = program.nodes[id];
  if (is_builtin(node, Builtin::current) || is_builtin(node, Builtin::projected) ||
      is_builtin(node, Builtin::band))
    return true;
  if (node.op == Op::let && reads_current(program, program.lets[node.a].value)) return true;
  const auto kids = program.kids_of(node);
  return std::any_of(kids.begin(), kids.end(),
                     [&](NodeId kid) { return reads_current(program, kid); });
}

// The value of an input as a condition would ask for it; empty where it has no name.
std::string shown_input(const engine::Program& program, const Input& input, const Case& one) {
  if (input.what != Input::What::value || one.symbol != 0) return "";
  const engine::Node& node = program.nodes[input.node];
  std::string name;
  if (node.op == Op::question) name = program.questions[node.a].id;
  if (node.op == Op::field) name = program.fields[node.a].name;
  if (node.op == Op::attribute) name = program.attributes[node.a].name;
  for (const BuiltinName& each : builtin_names()) {
    if (node.op == Op::builtin && each.builtin == static_cast<Builtin>(node.a) &&
        each.kind == static_cast<Kind>(node.b))
      name = std::string(to_string(each.kind)) + "." + std::string(each.name);
  }
  if (name.empty()) return "";
  name = name.substr(name.find('.') + 1);
  if (one.value.is_none()) return "`" + name + "` has no value";
  if (!one.value.known()) return "`" + name + "` is open";
  if (node.type.base == engine::Base::truth)
    return "`" + name + " is " + (one.value.is_true() ? "yes`" : "no`");
  if (node.type.base != engine::Base::choice && node.type.base != engine::Base::scale) return "";
  return "`" + name + " is " + std::string(engine::step_name(program, node.type, one.value.lo)) +
         "`";
}

struct Monotone {
  bool decided = false;  // false: something in it is beyond the analysis
  bool found = false;    // a change for the better that moves the rating the wrong way
  std::string example;  // "it acts while `tested is failed`, and no longer once `tested is passed`"
};

// Where `lowers`, whether something that gets better can make `when` false; otherwise, true. Decided
// for every state of everything that it reads.
Monotone decide_monotone(Conditions& conditions, NodeId when, bool lowers) {
  Monotone result;
  ConditionSpace& space = conditions.space;
  space.start({Where::Of::element, engine::no_index}, {when}, {.unknowns = true});
  const Diagram acts = space.yes(when);
  std::map<NodeId, unsigned> known;
  std::map<std::pair<std::uint32_t, std::uint32_t>, const Input*> moving;
  for (const Input& input : space.inputs()) {
    if (input.what != Input::What::value && input.what != Input::What::condition) continue;
    const engine::Node& node = conditions.program.nodes[input.node];
    if (is_builtin(node, Builtin::state) || is_builtin(node, Builtin::tested)) {
      // Two names of what may be one thing would move together.
      if (!moving.emplace(std::pair(node.a, node.b), &input).second) return result;
    } else if (way_of(conditions.program, input.node, known) != constant_way) {
      return result;
    }
  }
  DecisionDiagrams& diagrams = space.diagrams();
  const auto try_change = [&](const Input& input, const Change& change) {
    const auto at = [&](double wanted) {
      return std::find_if(input.cases.begin(), input.cases.end(), [&](const Case& each) {
        return each.value.known() && each.value.lo == wanted;
      });
    };
    const auto worse = at(change.first);
    const auto better = at(change.second);
    if (worse == input.cases.end() || better == input.cases.end()) return;
    const Diagram before = diagrams.where(acts, worse->when);
    const Diagram after = diagrams.where(acts, better->when);
    const Diagram wrong =
        lowers ? diagrams.without(before, after) : diagrams.without(after, before);
    if (wrong == nowhere || diagrams.too_large()) return;
    result.found = true;
    const std::string first = shown_input(conditions.program, input, lowers ? *worse : *better);
    const std::string second = shown_input(conditions.program, input, lowers ? *better : *worse);
    result.example = lowers ? "it acts while " + first + ", and no longer once " + second
                            : "it does not act while " + second + ", and does once " + first;
    const auto assignment = diagrams.example(wrong);
    std::string others;
    for (const Input& other : space.inputs()) {
      if (&other == &input) continue;
      const bool matters =
          std::any_of(other.cases.begin(), other.cases.end(),
                      [&](const Case& each) { return diagrams.where(wrong, each.when) != wrong; });
      if (!matters) continue;
      for (const Case& each : other.cases) {
        const std::string shown = shown_input(conditions.program, other, each);
        if (!shown.empty() && DecisionDiagrams::holds(each.when, assignment))
          others += (others.empty() ? "" : ", ") + shown;
      }
    }
    if (!others.empty()) result.example += "; with " + others;
  };
  for (const auto& [what, input] : moving) {
    const bool state = static_cast<Builtin>(what.first) == Builtin::state;
    const Change* change = state ? implementing.data() : passing.data();
    const Change* end = change + (state ? implementing.size() : passing.size());
    for (; change != end && !result.found; ++change) try_change(*input, *change);
  }
  result.decided = !conditions.gave_up();
  return result;
}

// A change to the step or to what it reads is at fault, before the step itself.
Span fault_of(const Conditions& conditions, const Clause& declared, const engine::Adjust& step) {
  for (const ClauseId child : declared.children) {
    const ClauseKind kind = conditions.policy.clause(child).kind;
    const bool place = kind == ClauseKind::after || kind == ClauseKind::before;
    if (!place && conditions.policy.in_change(conditions.policy.clause(child).head))
      return conditions.policy.clause(child).head;
  }
  for (const NodeId node : {step.when, step.amount}) {
    const Span change = change_below(conditions.policy, conditions.program, conditions.declared,
                                     node, declared.head);
    if (change.end > change.begin) return change;
  }
  return declared.head;
}

}  // namespace

void check_monotone(Conditions& conditions) {
  std::map<NodeId, unsigned> known;
  each_declaration(conditions.policy, ClauseKind::adjust, [&](ClauseId id, const Library&) {
    const Clause& declared = conditions.policy.clause(id);
    const auto step =
        std::find_if(conditions.program.adjusts.begin(), conditions.program.adjusts.end(),
                     [&](const engine::Adjust& each) { return each.name == declared.name.text; });
    if (step == conditions.program.adjusts.end()) return;
    if (reads_current(conditions.program, step->when) ||
        reads_current(conditions.program, step->amount)) {
      conditions.policy.report(
          Code::circular, declared.head,
          "a step cannot read what the steps make: `current`, `projected`, `band`",
          "a step may read `inherent`");
      return;
    }
    const bool cap = step->op == engine::AdjustOp::cap;
    const bool lowers = cap || step->op == engine::AdjustOp::reduce ||
                        step->op == engine::AdjustOp::reduce_of_inherent;
    const unsigned wrong = lowers ? down : up;
    const unsigned amount = way_of(conditions.program, step->amount, known);
    Monotone exact;
    if ((way_of(conditions.program, step->when, known) & wrong) != 0)
      exact = decide_monotone(conditions, step->when, lowers);
    const bool wrong_way =
        exact.decided ? exact.found : (way_of(conditions.program, step->when, known) & wrong) != 0;
    if (!wrong_way && (amount & (cap ? up : wrong)) == 0) return;
    const Span fault = fault_of(conditions, declared, *step);
    const bool elsewhere = fault.file != declared.head.file || fault.begin != declared.head.begin;
    const std::string name = elsewhere ? "the step `" + step->name + "`" : "this step";
    Diagnostic* shown = nullptr;
    if (wrong_way) {
      const std::string what =
          name + (lowers ? " lowers the risk, and implementing a countermeasure or passing a test "
                           "can switch it off"
                         : " raises the risk, and implementing a countermeasure or passing a test "
                           "can switch it on");
      shown = &conditions.policy.report(
          Code::not_monotone, fault,
          what + (exact.decided
                      ? ": " + exact.example
                      : ", as far as can be told: it looks at a list, at arithmetic or at "
                        "several elements"),
          lowers
              ? "let its condition ask for what is done: `state is implemented`, `tested is passed`"
              : "let its condition ask for what fails: `tested is failed`");
    } else {
      shown = &conditions.policy.report(
          Code::not_monotone, fault,
          "the size of " + name +
              " moves in the wrong direction when a countermeasure is implemented");
    }
    if (elsewhere) shown->related.push_back({declared.head, "the step"});
  });
}

}  // namespace riskd::dsl
