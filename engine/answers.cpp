#include "engine/answers.hpp"

#include <tuple>
#include <variant>

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
