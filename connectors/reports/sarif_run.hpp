// The rules of one run of a SARIF log, and the results that name them. A log may give a run's
// results before its rules, so that what a result takes from its rule is filled in at the end.
//
// Source: SARIF 2.1.0 plus Errata 01 (OASIS), sections 3.14 (run), 3.18 and 3.19 (tool, component),
// 3.27 (result), 3.35 (suppression), 3.49 (reportingDescriptor), 3.52 (its reference).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connectors/report.hpp"
#include "connectors/reports/sarif_taxonomies.hpp"

namespace riskd::connectors {

// What is read of a rule (a reportingDescriptor of the driver or of an extension).
struct SarifRule {
  std::string id;
  std::string name;
  std::string description;  // shortDescription
  std::string url;          // helpUri
  std::string level;        // defaultConfiguration.level; empty: "warning"
  std::string severity;     // a word, from properties.security-severity
  std::string confidence;   // properties.precision
  std::string guid;
  std::string overridden_level;  // of the run's invocation
  bool enabled = true;           // as configured, or overridden
  std::vector<int> cwe;
  std::vector<SarifTaxon> taxa;  // that need the run's taxonomies; at most kept_words
  std::vector<std::string> tags;
  std::vector<std::string> old_ids;                          // deprecatedIds
  std::map<std::string, std::string, std::less<>> messages;  // messageStrings, at most kept_words
};

// What an invocation changes of a rule's configuration: section 3.51.
struct SarifOverride {
  std::string id, guid;  // of the rule
  std::optional<int> index, component_index;
  std::string level;  // empty: as it was
  std::optional<bool> enabled;
};

// Where a result is: a file by its name, or by its index in the run's artifacts.
struct SarifLocation {
  std::string uri;
  std::optional<int> artifact;
  std::string line;
  std::string logical;  // a function's or class's name
};

// What a result says itself, before its rule and the run's artifacts are known.
struct SarifResult {
  ReportResult kept;                     // cwe, tags
  std::vector<SarifTaxon> taxa;          // as those of SarifRule
  std::vector<SarifLocation> locations;  // at most limits::report_locations
  std::string rule_id;
  std::optional<int> rule_index;
  std::optional<int> component_index;  // of extensions; absent: the driver
  std::string component_name;
  std::string kind;   // empty: "fail"
  std::string level;  // empty: the rule's
  std::string message;
  std::string message_id;                      // of the rule's messages, where there is no text
  std::vector<std::string> message_arguments;  // for its {0}, {1}, …; at most kept_words
  std::string severity;
  std::size_t suppressions = 0;
  bool suppression_open = false;  // one of them is under review or was rejected
};

// One run. Begin a component (0 is the driver, then the extensions in order) before its rules.
class SarifRun {
 public:
  void begin_extension();
  void name_extension(std::string_view name);
  SarifRule& add_rule(bool of_driver);
  std::size_t rule_count() const { return rule_count_; }

  // Artifacts in their order; those beyond a bound are forgotten.
  void begin_artifact();
  void locate_artifact(std::string_view uri);

  // Those beyond a bound are forgotten.
  SarifOverride& add_override();
  // Once rules and invocations are read.
  void apply_overrides();
  // Ids of rules that were switched off: the run did not look for what they find.
  std::vector<std::string> switched_off() const;

  SarifTaxonomies& taxonomies() { return taxonomies_; }

  // Once the run is read: what its taxonomies say of the rules.
  void classify_rules();

  // The result with what its rule adds, ready to be reported.
  ReportResult finish(SarifResult result) const;

  // All rules that are enabled, in their order.
  std::vector<ReportCheck> checks() const;

  // Rules can be found by id only after this, and until one is added.
  void index();

 private:
  const SarifRule* find(const SarifResult& result) const;
  const SarifRule* find_id(const std::string& id) const;
  SarifRule* find(const SarifOverride& of);
  std::string text_of(const SarifLocation& location) const;

  struct Component {
    std::string name;
    std::vector<SarifRule> rules;
  };
  std::vector<Component> components_{1};
  std::unordered_map<std::string, const SarifRule*> by_id_;
  std::size_t rule_count_ = 0;
  SarifTaxonomies taxonomies_;
  std::vector<SarifOverride> overrides_;
  SarifOverride unread_;
  std::vector<std::string> artifacts_;  // their URIs
  bool artifact_kept_ = false;
};

// A rule's message with its arguments: "{0}" is the first of them, "{{" a brace. Section 3.11.5. At most
// limits::report_field_bytes.
std::string sarif_message(std::string_view text, const std::vector<std::string>& arguments);

// The word that GitHub code scanning gives a `security-severity` (CVSS 3 bands): "critical" from
// 9.0, "high" from 7.0, "medium" from 4.0, "low" above 0. Text that is no number is kept as a word.
std::string sarif_severity(std::string_view text);

}  // namespace riskd::connectors
