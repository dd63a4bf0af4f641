#include "engine/plan/test_bindings.hpp"

#include <algorithm>

#include "engine/base/glob.hpp"
#include "engine/facts/fact.hpp"
#include "engine/program/cwe.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {
namespace {

std::string test_key(std::string_view source, std::string_view name) {
  std::string key(source);
  key += '\n';
  key += name;
  return key;
}

// Under which a `test` may name it.
std::vector<std::string> names_of(const std::string& source_name, const TestResult& result) {
  std::vector<std::string> names{result.id};
  names.insert(names.end(), result.aliases.begin(), result.aliases.end());
  const TestSource* source = test_source(source_name);
  if (source == nullptr) return names;
  if (source->names_tags) {
    names.insert(names.end(), result.tags.begin(), result.tags.end());
    names.push_back(result.title);
  }
  if (source->names_suites) {
    for (const auto& [name, value] : result.attributes) {
      if (name == "suite" && !value.empty()) names.push_back(value + "." + result.id);
    }
  }
  return names;
}

}  // namespace

TestBindings::TestBindings(const Program& program) {
  const auto bind = [&](const auto& elements, bool of_weakness) {
    for (std::uint32_t i = 0; i < elements.size(); ++i) {
      for (const TestBinding& test : elements[i].tests) {
        const Binding binding{of_weakness, i, test.name, test.tool};
        const TestSource* source = test_source(test.source);
        const bool has_globs = source != nullptr && source->has_globs;
        if (has_globs && test.name.find('*') != std::string::npos)
          globs_[test.source].push_back(binding);
        else
          by_test_[test_key(test.source, test.name)].push_back(binding);
      }
    }
  };
  bind(program.weaknesses, true);
  bind(program.countermeasures, false);
  for (std::uint32_t i = 0; i < program.weaknesses.size(); ++i) {
    const Weakness& weakness = program.weaknesses[i];
    if (weakness.cwe == 0 || weakness.cwe_match == CweMatch::never) continue;
    if (weakness.cwe_match == CweMatch::descendants)
      descendants_.push_back({weakness.cwe, i});
    else
      by_cwe_[weakness.cwe].push_back(i);
  }
}

TestBindings::About TestBindings::about(const std::string& source, const TestResult& result) const {
  About found;
  const std::string_view tool = tool_of(result);
  const auto add = [&](const Binding& binding) {
    if (!binding.tool.empty() && !glob_matches(binding.tool, tool, LetterCase::ignored)) return;
    auto& list = binding.of_weakness ? found.weaknesses : found.countermeasures;
    if (std::find(list.begin(), list.end(), binding.definition) == list.end())
      list.push_back(binding.definition);
  };
  const auto named = [&](const std::string& name) {
    const auto it = by_test_.find(test_key(source, name));
    if (it == by_test_.end()) return;
    for (const Binding& each : it->second) add(each);
  };
  const std::vector<std::string> names = names_of(source, result);
  for (const std::string& name : names) named(name);
  if (const auto globs = globs_.find(source); globs != globs_.end()) {
    for (const Binding& each : globs->second) {
      if (std::any_of(names.begin(), names.end(),
                      [&](const std::string& name) { return glob_matches(each.name, name); }))
        add(each);
    }
  }
  for (const int cwe : most_specific(result.cwe)) {
    if (const auto it = by_cwe_.find(cwe); it != by_cwe_.end())
      found.by_cwe.insert(found.by_cwe.end(), it->second.begin(), it->second.end());
    for (const Descendants& each : descendants_) {
      if (cwe == each.cwe || is_more_specific(cwe, each.cwe)) found.by_cwe.push_back(each.weakness);
    }
  }
  std::sort(found.by_cwe.begin(), found.by_cwe.end());
  found.by_cwe.erase(std::unique(found.by_cwe.begin(), found.by_cwe.end()), found.by_cwe.end());
  return found;
}

}  // namespace riskd::engine
