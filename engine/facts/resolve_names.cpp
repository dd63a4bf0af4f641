#include "engine/facts/resolve_names.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "engine/base/limits.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::engine {
namespace {

// Whether `id` ("web.reach") is meant by `name`: all of it, or its part after the library.
bool is_named(std::string_view id, std::string_view name) {
  if (id == name) return true;
  return id.size() > name.size() && id.ends_with(name) && id[id.size() - name.size() - 1] == '.';
}

template <typename Definition>
void add_by_id(const std::vector<Definition>& definitions,
               const std::unordered_map<std::string, std::uint32_t>& by_id,
               std::optional<Kind> kind, const std::string& id, std::vector<NamedElement>& found) {
  const auto it = by_id.find(id);
  if (it != by_id.end()) found.push_back({kind, definitions[it->second].id});
}

const std::string& id_of(const Program& program, const BareNames::Element& element) {
  if (!element.kind) return program.patterns[element.index].id;
  if (*element.kind == Kind::risk) return program.risks[element.index].id;
  if (*element.kind == Kind::weakness) return program.weaknesses[element.index].id;
  return program.countermeasures[element.index].id;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row[b.size()];
}

std::string_view bare(std::string_view id) { return id.substr(id.rfind('.') + 1); }

}  // namespace

std::vector<NamedElement> elements_named(const Program& program, std::string_view name) {
  std::vector<NamedElement> found;
  if (name.empty()) return found;
  const std::string text(name);
  if (name.find('.') != std::string_view::npos) {
    add_by_id(program.patterns, program.by_id.patterns, std::nullopt, text, found);
    add_by_id(program.risks, program.by_id.risks, Kind::risk, text, found);
    add_by_id(program.weaknesses, program.by_id.weaknesses, Kind::weakness, text, found);
    add_by_id(program.countermeasures, program.by_id.countermeasures, Kind::countermeasure, text,
              found);
  } else if (const auto named = program.bare_names.elements.find(text);
             named != program.bare_names.elements.end()) {
    for (const BareNames::Element& each : named->second)
      found.push_back({each.kind, id_of(program, each)});
  }
  const auto by_id = [](const NamedElement& a, const NamedElement& b) { return a.id < b.id; };
  const auto same = [](const NamedElement& a, const NamedElement& b) { return a.id == b.id; };
  std::sort(found.begin(), found.end(), by_id);
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

std::vector<std::uint32_t> questions_named(const Program& program, std::uint32_t component_type,
                                           std::string_view name) {
  std::vector<std::uint32_t> found;
  if (name.find('.') != std::string_view::npos) {
    const std::uint32_t question = question_named(program, component_type, std::string(name));
    if (question != no_index) found.push_back(question);
    return found;
  }
  const auto named = program.bare_names.questions.find(std::string(name));
  if (named == program.bare_names.questions.end()) return found;
  for (const std::uint32_t each : named->second) {
    if (program.questions[each].component_type == component_type) found.push_back(each);
  }
  return found;
}

std::vector<std::uint32_t> component_types_named(const Program& program, std::string_view name) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < program.component_types.size(); ++i) {
    const ComponentType& type = program.component_types[i];
    if (type.id == name || type.name == name) found.push_back(i);
  }
  if (!found.empty()) return found;
  for (std::uint32_t i = 0; i < program.component_types.size(); ++i) {
    const auto& was = program.component_types[i].was;
    if (std::any_of(was.begin(), was.end(),
                    [&](const std::string& id) { return is_named(id, name); }))
      found.push_back(i);
  }
  return found;
}

std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& candidates) {
  std::vector<std::pair<std::size_t, std::string>> near;
  if (name.size() > 64) return {};
  const std::size_t limit = std::max<std::size_t>(1, bare(name).size() / 3);
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 2 * name.size() + 64) continue;
    const std::size_t distance =
        std::min(edit_distance(name, candidate), edit_distance(bare(name), bare(candidate)));
    if (distance <= limit) near.emplace_back(distance, candidate);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (auto& [distance, candidate] : near) {
    if (names.size() < 3) names.push_back(std::move(candidate));
  }
  return names;
}

std::string kind_word(std::optional<Kind> kind) {
  if (!kind) return "pattern";
  switch (*kind) {
    case Kind::risk:
      return "risk";
    case Kind::weakness:
      return "weakness";
    case Kind::countermeasure:
      return "countermeasure";
    case Kind::product:
    case Kind::component:
    case Kind::run:
      return "product";
  }
  return "product";
}

std::vector<std::string> near_elements(const Program& program, std::string_view name) {
  std::vector<std::string> ids;
  for (const Pattern& each : program.patterns) ids.push_back(each.id);
  for (const Risk& each : program.risks) ids.push_back(each.id);
  for (const Weakness& each : program.weaknesses) ids.push_back(each.id);
  for (const Countermeasure& each : program.countermeasures) ids.push_back(each.id);
  return near_names(name, ids);
}

std::vector<std::string> component_type_names(const Program& program) {
  std::vector<std::string> names;
  for (const ComponentType& type : program.component_types) names.push_back(type.name);
  return names;
}

ElementPath split_element(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {{}, text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

bool is_plain_id(std::string_view id) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !id.empty() && id.size() <= limits::name_bytes && letter(id.front()) &&
         std::all_of(id.begin(), id.end(),
                     [&](char c) { return letter(c) || c == '.' || c == '_' || c == '-'; });
}

std::string pointer_token(std::string_view name) {
  std::string text = "/";
  for (const char c : name) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

std::string resolve_element(const Program& program, std::string_view text) {
  const auto [component, name] = split_element(text);
  const auto found = elements_named(program, name);
  if (found.size() != 1) return "";
  return component.empty() ? found.front().id : std::string(component) + "/" + found.front().id;
}

}  // namespace riskd::engine
