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

}  // namespace riskd::engine
