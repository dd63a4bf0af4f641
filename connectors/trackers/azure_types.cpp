#include "connectors/trackers/azure_types.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "connectors/trackers/words.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::array usual_ends{"Done", "Closed", "Removed"};

std::string type_path(const std::string& project, const std::string& type) {
  return azure_project_path(project) + "/_apis/wit/workitemtypes/" + url_escaped(type);
}

}  // namespace

bool is_azure_end(const AzureState& state) {
  return same_words(state.category, "Completed") || same_words(state.category, "Removed");
}

const AzureState* AzureType::state(std::string_view wanted) const {
  const auto found = std::find_if(states.begin(), states.end(), [&](const AzureState& each) {
    return same_words(each.name, wanted);
  });
  return found == states.end() ? nullptr : &*found;
}

bool AzureType::has_field(std::string_view reference) const {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const std::string& each) { return same_words(each, reference); });
}

std::optional<std::string> AzureType::target(std::string_view from, bool closes) const {
  std::vector<std::string> wanted;
  const auto add = [&](std::string_view category) {
    for (const AzureState& each : states) {
      if (same_words(each.category, category)) wanted.push_back(each.name);
    }
  };
  if (closes) {
    add("Completed");
  } else {
    add("Proposed");
    add("InProgress");
  }
  if (wanted.empty()) return std::nullopt;
  for (const auto& [state, leads_to] : transitions) {
    if (!same_words(state, from)) continue;
    for (const std::string& each : wanted) {
      const bool leads = std::any_of(leads_to.begin(), leads_to.end(),
                                     [&](const auto& to) { return same_words(to, each); });
      if (leads) return each;
    }
  }
  return wanted.front();
}

Result<AzureType> AzureTypes::of(const std::string& project, const std::string& type) {
  const auto known = known_.find({project, type});
  return known == known_.end() ? ask(project, type) : known->second;
}

Result<AzureType> AzureTypes::ask(const std::string& project, const std::string& type) {
  const std::string path = type_path(project, type);
  const auto described = session_.get(path);
  if (!described) return failure(described);
  AzureType found;
  found.name = text_at(*described, "name");
  for (const json::value& each : array_at(*described, "fields"))
    found.fields.push_back(text_at(each, "referenceName"));
  if (const json::value* all = member(*described, "transitions"); all && all->is_object()) {
    // A new item comes from a state without a name.
    for (const auto& each : all->get_object()) {
      std::vector<std::string>& leads_to = found.transitions[std::string(each.key())];
      if (!each.value().is_array()) continue;
      for (const json::value& to : each.value().get_array()) leads_to.push_back(text_at(to, "to"));
    }
  }
  const auto states = session_.get(path + "/states");
  if (!states) return failure(states);
  for (const json::value& each : array_at(*states, "value"))
    found.states.push_back({text_at(each, "name"), text_at(each, "category")});
  if (found.name.empty() || found.states.empty())
    return refuse("its answer tells no type with states", path);
  known_[{project, type}] = found;
  return found;
}

Status AzureTypes::fill_closed(AzureItem& item) {
  const std::string& state = item.view.state;
  auto type = of(item.project, item.type);
  if (type && type->state(state) == nullptr) type = ask(item.project, item.type);
  const AzureState* known = type ? type->state(state) : nullptr;
  if (known != nullptr) {
    item.view.closed = is_azure_end(*known);
    return Done{};
  }
  if (!type && !is_hidden(type.error())) return failure(type);
  item.view.closed = std::any_of(usual_ends.begin(), usual_ends.end(),
                                 [&](const char* each) { return same_words(each, state); });
  return Done{};
}

}  // namespace riskd::connectors
