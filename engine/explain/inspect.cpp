#include "engine/explain/inspect.hpp"

#include <algorithm>

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/program/node_read.hpp"

namespace riskd::engine {

struct Inspection::State {
  Evaluator evaluator;
  std::vector<Context> subjects;

  State(const Program& program, const Product& product, Instant now)
      : evaluator(program, product, now), subjects(1) {}

  Subject add(Context context) {
    subjects.push_back(context);
    return subjects.size() - 1;
  }

  ScopeInstance* scope(std::string_view component) {
    for (const auto& each : evaluator.scopes) {
      if (each->id == component) return each.get();
    }
    return nullptr;
  }

  // The element's scope, and its id without the component.
  std::pair<ScopeInstance*, std::string_view> placed(std::string_view element) {
    const std::size_t slash = element.find('/');
    if (slash == std::string_view::npos) return {scope(""), element};
    return {scope(element.substr(0, slash)), element.substr(slash + 1)};
  }

  CountermeasureInstance* measure(std::string_view element) {
    const auto [found, id] = placed(element);
    if (found == nullptr) return nullptr;
    const auto& by_id = evaluator.program().by_id.countermeasures;
    const auto index = by_id.find(std::string(id));
    return index == by_id.end() ? nullptr : found->find<CountermeasureInstance>(index->second);
  }
};

Inspection::Inspection(const Program& program, const Product& product, Instant now)
    : state_(std::make_unique<State>(program, product, now)) {}
Inspection::~Inspection() = default;

std::optional<Subject> Inspection::component(std::string_view id) {
  ScopeInstance* scope = state_->scope(id);
  if (scope == nullptr) return std::nullopt;
  return state_->add({.component = scope->is_product() ? nullptr : scope});
}

std::optional<Subject> Inspection::risk(std::string_view element) {
  for (RiskInstance* each : state_->evaluator.elements.risks()) {
    if (each->id == element) return state_->add(context_of(*each));
  }
  return std::nullopt;
}

std::optional<Subject> Inspection::weakness(std::string_view element) {
  const auto [scope, id] = state_->placed(element);
  if (scope == nullptr) return std::nullopt;
  const auto& by_id = state_->evaluator.program().by_id.weaknesses;
  const auto index = by_id.find(std::string(id));
  WeaknessInstance* found =
      index == by_id.end() ? nullptr : scope->find<WeaknessInstance>(index->second);
  if (found == nullptr) return std::nullopt;
  return state_->add(context_of(*found));
}

std::optional<Subject> Inspection::countermeasure(std::string_view element) {
  CountermeasureInstance* found = state_->measure(element);
  if (found == nullptr) return std::nullopt;
  return state_->add(context_of(*found));
}

std::vector<Inspection::Used> Inspection::uses(std::string_view countermeasure) {
  std::vector<Used> found;
  CountermeasureInstance* measure = state_->measure(countermeasure);
  if (measure == nullptr) return found;
  for (const auto& [use, weakness] : uses_of(*measure)) {
    for (RiskInstance* risk : risks_of(*weakness)) {
      Context context = context_of(*risk);
      context.weakness = weakness;
      context.countermeasure = measure;
      context.use = use;
      found.push_back({use, weakness->id, risk->id, state_->add(context)});
    }
  }
  return found;
}

std::vector<Inspection::Item> Inspection::items(NodeId aggregate, Subject subject) {
  std::vector<Item> found;
  const Node& node = state_->evaluator.program().nodes[aggregate];
  if (node.op != Op::aggregate) return found;
  const auto list = static_cast<List>(node.b);
  for (const Context& item : state_->evaluator.aggregates.items(list, state_->subjects[subject])) {
    const Kind kind = items_of(list);
    std::string id =
        kind == Kind::component ? item.component->id : instance_of(kind, item)->id.str();
    found.push_back({std::move(id), state_->add(item)});
  }
  return found;
}

Value Inspection::value(NodeId node, Subject subject) {
  return state_->evaluator.values.eval(node, state_->subjects[subject]);
}

std::string Inspection::shown(NodeId id, Subject subject) {
  const Program& program = state_->evaluator.program();
  const Node& node = program.nodes[id];
  const Context context = state_->subjects[subject];
  if (node.type.base == Base::text) {
    const auto held = state_->evaluator.texts.plain(id, context);
    return held ? "\"" + *held + "\"" : "unknown";
  }
  if (node.type.base == Base::texts) {
    std::string all;
    for (const std::string& each : state_->evaluator.texts.list(id, context))
      all += (all.empty() ? "\"" : ", \"") + each + "\"";
    return all.empty() ? "nothing" : all;
  }
  const Value value = state_->evaluator.values.eval(id, context);
  // What nobody asks for is not "not asked": `accepted-until` without an acceptance.
  if (node.op == Op::builtin && value.is_none()) return "no value";
  return print_inspected(program, node.type, value);
}

std::optional<std::string> Inspection::text(NodeId node, Subject subject) {
  return state_->evaluator.texts.plain(node, state_->subjects[subject]);
}

std::vector<std::string> Inspection::waits_for(NodeId node, Subject subject) {
  const Context& context = state_->subjects[subject];
  if (!state_->evaluator.values.eval(node, context).is_unknown()) return {};
  return state_->evaluator.open_questions.behind(node, context);
}

std::string Inspection::attribute(std::uint32_t index, Subject subject) {
  const Program& program = state_->evaluator.program();
  bool assumed = false;
  const Value value =
      state_->evaluator.values.attribute(index, state_->subjects[subject], &assumed);
  return print_inspected(program, program.attributes[index].type, value) +
         (assumed ? ", assumed" : "");
}

}  // namespace riskd::engine
