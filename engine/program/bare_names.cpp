#include "engine/program/bare_names.hpp"

#include <algorithm>

#include "engine/program/program.hpp"

namespace riskd::engine {

std::string bare_name(const std::string& id) { return id.substr(id.rfind('.') + 1); }

BareNames bare_names_of(const Program& program) {
  BareNames names;
  for (std::uint32_t i = 0; i < program.questions.size(); ++i) {
    const auto enter = [&](const std::string& id) {
      std::vector<std::uint32_t>& named = names.questions[bare_name(id)];
      if (named.empty() || named.back() != i) named.push_back(i);
    };
    enter(program.questions[i].id);
    for (const std::string& was : program.questions[i].was) enter(was);
  }
  const auto enter = [&](const std::unordered_map<std::string, std::uint32_t>& by_id,
                         std::optional<Kind> kind) {
    for (const auto& [id, index] : by_id) {
      std::vector<BareNames::Element>& named = names.elements[bare_name(id)];
      const BareNames::Element element{kind, index};
      if (std::find(named.begin(), named.end(), element) == named.end()) named.push_back(element);
    }
  };
  enter(program.by_id.patterns, std::nullopt);
  enter(program.by_id.risks, Kind::risk);
  enter(program.by_id.weaknesses, Kind::weakness);
  enter(program.by_id.countermeasures, Kind::countermeasure);
  return names;
}

}  // namespace riskd::engine
