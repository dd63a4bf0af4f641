#include "engine/answers.hpp"

#include <algorithm>
#include <tuple>
#include <variant>

#include "engine/model.hpp"

namespace riskd::engine {

const Stamped<RawValue>* newest_answer(const RawMap& answers, const Question& question) {
  const Stamped<RawValue>* newest = nullptr;
  const auto look = [&](const std::string& id) {
    const auto found = answers.find(id);
    if (found == answers.end()) return;
    const Provenance& from = found->second.from;
    if (newest == nullptr ||
        std::tie(newest->from.at, newest->from.seq) < std::tie(from.at, from.seq))
      newest = &found->second;
  };
  look(question.id);
  for (const std::string& was : question.was) look(was);
  const bool taken_back =
      newest != nullptr && std::holds_alternative<std::monostate>(newest->value);
  return taken_back ? nullptr : newest;
}

RawValue answer_of(const Program& program, const Product& product, const QuestionRow& row) {
  const auto component = product.components.find(row.component);
  if (!row.component.empty() && component == product.components.end()) return {};
  const RawMap& answers = row.component.empty() ? product.answers : component->second.answers;
  const auto* given = newest_answer(answers, program.questions[row.definition]);
  return given == nullptr ? RawValue{} : given->value;
}

std::uint32_t component_type_named(const Program& program, std::string_view name) {
  const auto& types = program.component_types;
  const auto find = [&](const auto& is_named) {
    const auto found = std::find_if(types.begin(), types.end(), is_named);
    return found == types.end() ? no_index : static_cast<std::uint32_t>(found - types.begin());
  };
  const std::uint32_t present =
      find([&](const ComponentType& type) { return type.id == name || type.name == name; });
  if (present != no_index) return present;
  return find([&](const ComponentType& type) {
    return std::find(type.was.begin(), type.was.end(), name) != type.was.end();
  });
}

std::string question_key(std::uint32_t component_type, const std::string& id) {
  return component_type == no_index ? id : std::to_string(component_type) + ":" + id;
}

std::uint32_t question_named(const Program& program, std::uint32_t component_type,
                             const std::string& id) {
  const auto& by_id = program.question_by_id;
  // The product's are found as they come, without a copy.
  const auto found =
      component_type == no_index ? by_id.find(id) : by_id.find(question_key(component_type, id));
  return found == by_id.end() ? no_index : found->second;
}

}  // namespace riskd::engine
