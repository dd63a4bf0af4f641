#include "connectors/reports/sarif_run.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/readers.hpp"
#include "engine/base/ascii.hpp"
#include "engine/base/limits.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t most_artifacts = 100'000;
constexpr std::size_t most_overrides = 100'000;

// Of a finding that says none.
std::string level_of(const SarifRule& rule) {
  if (!rule.overridden_level.empty()) return rule.overridden_level;
  return rule.level.empty() ? "warning" : rule.level;
}

// Results that are neither a pass nor a fail have no verdict; a policy may still ask their kind. A level of its
// own says that it is a finding: no other kind may have one (3.27.10), so the severer counts. A kind that the standard
// does not have is a finding too.
Outcome outcome_of(std::string_view kind, std::string_view own_level) {
  static constexpr std::array<std::string_view, 4> open{"open", "review", "not-applicable",
                                                        "informational"};
  if (!own_level.empty() && own_level != "none") return Outcome::failed;
  if (kind == "pass") return Outcome::passed;
  return std::find(open.begin(), open.end(), kind) != open.end() ? Outcome::skipped
                                                                 : Outcome::failed;
}

bool has_word(std::string_view field, std::string_view word) {
  return engine::test_source("sarif")->field(field)->has_word(word);
}

// A level that the standard does not have is the worst: it is no reason to overlook a finding.
std::string known_level(std::string level) {
  return has_word("level", level) ? std::move(level) : std::string("error");
}

// "notApplicable" is "not-applicable".
std::string kebab(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z' && !result.empty()) result += '-';
    result += c;
  }
  return word(result);
}

// A kind that the standard does not have is a finding, as one without kind is.
std::string known_kind(std::string_view text) {
  std::string kind = kebab(text);
  return has_word("kind", kind) ? std::move(kind) : std::string("fail");
}

}  // namespace

void SarifRun::begin_extension() { components_.emplace_back(); }

void SarifRun::name_extension(std::string_view name) { components_.back().name = one_line(name); }

SarifRule& SarifRun::add_rule(bool of_driver) {
  ++rule_count_;
  by_id_.clear();  // it points to rules that may move now
  std::vector<SarifRule>& rules = (of_driver ? components_.front() : components_.back()).rules;
  return rules.emplace_back();
}

void SarifRun::begin_artifact() {
  artifact_kept_ = artifacts_.size() < most_artifacts;
  if (artifact_kept_) artifacts_.emplace_back();
}

void SarifRun::locate_artifact(std::string_view uri) {
  if (artifact_kept_) artifacts_.back() = one_line(uri);
}

std::string SarifRun::text_of(const SarifLocation& location) const {
  std::string text = location.uri;
  if (text.empty() && location.artifact && *location.artifact >= 0) {
    const auto at = static_cast<std::size_t>(*location.artifact);
    if (at < artifacts_.size()) text = artifacts_[at];
  }
  if (text.empty()) return location.logical;
  return location.line.empty() ? text : text + ':' + location.line;
}

void SarifRun::index() {
  for (const Component& component : components_) {
    for (const SarifRule& rule : component.rules) by_id_.emplace(rule.id, &rule);
  }
}

const SarifRule* SarifRun::find_id(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const SarifRule* SarifRun::find(const SarifResult& result) const {
  const Component* component = &components_.front();
  if (result.component_index) {
    const auto at = static_cast<std::size_t>(*result.component_index) + 1;
    if (*result.component_index >= 0 && at < components_.size()) component = &components_[at];
  } else if (!result.component_name.empty()) {
    for (const Component& candidate : components_) {
      if (candidate.name == result.component_name) component = &candidate;
    }
  }
  if (result.rule_index && *result.rule_index >= 0) {
    const auto at = static_cast<std::size_t>(*result.rule_index);
    // A rule of another name at that index: the index is wrong, or rules were left out.
    const auto fits = [&](const SarifRule& rule) {
      return result.rule_id.empty() || result.rule_id == rule.id ||
             result.rule_id.starts_with(rule.id + "/");
    };
    if (at < component->rules.size() && fits(component->rules[at])) return &component->rules[at];
  }
  if (const SarifRule* rule = find_id(result.rule_id)) return rule;
  const std::size_t slash = result.rule_id.rfind('/');  // "CA1000/1" is a case of "CA1000"
  return slash == std::string::npos ? nullptr : find_id(result.rule_id.substr(0, slash));
}

ReportResult SarifRun::finish(SarifResult result) const {
  static const SarifRule none;
  const SarifRule* found = find(result);
  const SarifRule& rule = found == nullptr ? none : *found;
  ReportResult kept = std::move(result.kept);
  for (const SarifLocation& location : result.locations) {
    add_once(kept.locations, text_of(location));
  }
  kept.id = result.rule_id.empty() ? rule.id : result.rule_id;
  if (kept.id.empty()) kept.id = "(no name)";
  if (kept.id != rule.id) add_once(kept.aliases, rule.id);
  for (const std::string& id : rule.old_ids) add_once(kept.aliases, id);
  if (result.message.empty()) {
    const auto message = rule.messages.find(result.message_id);
    if (message != rule.messages.end()) {
      result.message = sarif_message(message->second, result.message_arguments);
    }
  }
  for (const std::string& text : {result.message, rule.description, rule.name, kept.id}) {
    if (kept.title.empty()) kept.title = text;
  }
  const std::string kind = known_kind(result.kind);
  kept.outcome = outcome_of(kind, result.level);
  const bool found_something = kept.outcome == Outcome::failed;
  std::string level = "none";
  if (found_something) level = known_level(result.level.empty() ? level_of(rule) : result.level);
  if (says_why(kept.outcome)) kept.message = message_of(result.message);
  if (kept.outcome != Outcome::passed) kept.url = rule.url;
  const std::string severity = result.severity.empty() ? rule.severity : result.severity;
  kept.severity = severity.empty() && found_something ? level : severity;
  if (kept.confidence.empty()) kept.confidence = rule.confidence;
  kept.suppressed = result.suppressions > 0 && !result.suppression_open;
  for (const SarifTaxon& taxon : result.taxa) taxonomies_.add(kept.cwe, taxon);
  for (const int cwe : rule.cwe) add_cwe(kept.cwe, cwe);
  for (const std::string& tag : rule.tags) add_once(kept.tags, tag);
  kept.attributes = {{"level", level},
                     {"kind", kind},
                     {"severity", has_word("severity", severity) ? severity : std::string()},
                     {"suppressed", kept.suppressed ? "true" : "false"},
                     {"rule", kept.id}};
  return kept;
}

SarifOverride& SarifRun::add_override() {
  if (overrides_.size() < most_overrides) return overrides_.emplace_back();
  unread_ = SarifOverride{};
  return unread_;
}

void SarifRun::apply_overrides() {
  for (const SarifOverride& each : overrides_) {
    if (SarifRule* rule = find(each)) {
      if (!each.level.empty()) rule->overridden_level = each.level;
      if (each.enabled) rule->enabled = *each.enabled;
    }
  }
}

// By index, where the id fits it; else by id or guid.
SarifRule* SarifRun::find(const SarifOverride& of) {
  Component* component = &components_.front();
  if (of.component_index && *of.component_index >= 0) {
    const auto at = static_cast<std::size_t>(*of.component_index) + 1;
    if (at < components_.size()) component = &components_[at];
  }
  const auto is_it = [&](const SarifRule& rule) {
    if (!of.id.empty()) return rule.id == of.id || of.id.starts_with(rule.id + "/");
    return !of.guid.empty() && rule.guid == of.guid;
  };
  if (of.index && *of.index >= 0) {
    const auto at = static_cast<std::size_t>(*of.index);
    const bool alone = of.id.empty() && of.guid.empty();
    if (at < component->rules.size() && (alone || is_it(component->rules[at])))
      return &component->rules[at];
  }
  for (Component& each : components_) {
    for (SarifRule& rule : each.rules) {
      if (is_it(rule)) return &rule;
    }
  }
  return nullptr;
}

std::vector<std::string> SarifRun::switched_off() const {
  std::vector<std::string> ids;
  for (const Component& component : components_) {
    for (const SarifRule& rule : component.rules) {
      if (!rule.enabled && !rule.id.empty()) ids.push_back(rule.id);
    }
  }
  return ids;
}

void SarifRun::classify_rules() {
  for (Component& component : components_) {
    for (SarifRule& rule : component.rules) {
      for (const SarifTaxon& taxon : rule.taxa) taxonomies_.add(rule.cwe, taxon);
    }
  }
}

std::vector<ReportCheck> SarifRun::checks() const {
  std::vector<ReportCheck> checks;
  for (const Component& component : components_) {
    for (const SarifRule& rule : component.rules) {
      if (rule.enabled && !rule.id.empty()) checks.push_back({rule.id, rule.cwe});
    }
  }
  return checks;
}

std::string sarif_message(std::string_view text, const std::vector<std::string>& arguments) {
  constexpr std::size_t longest = 4;  // "{99}"
  std::string message;
  for (std::size_t i = 0; i < text.size() && message.size() < limits::report_field_bytes; ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    const std::size_t size = c == '{' && !doubled ? text.substr(i, longest).find('}') : 0;
    std::optional<int> place;
    if (size != std::string_view::npos && size > 0) place = parse_int(text.substr(i + 1, size - 1));
    if (place && *place >= 0 && static_cast<std::size_t>(*place) < arguments.size()) {
      message += arguments[static_cast<std::size_t>(*place)];
      i += size;
    } else {
      message += c;
      if (doubled && (c == '{' || c == '}')) ++i;
    }
  }
  return one_line(message);
}

std::string sarif_severity(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return word(text);
  if (number >= 9.0) return "critical";
  if (number >= 7.0) return "high";
  if (number >= 4.0) return "medium";
  return number > 0 ? "low" : "none";
}

}  // namespace riskd::connectors
