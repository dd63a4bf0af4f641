#include "engine/vocabulary/vocabulary.hpp"

#include <algorithm>
#include <array>

namespace riskd::engine {
namespace {
namespace tables {  // whose names are short, and would hide those of other sources that are compiled with this one

using Word = std::string_view;

constexpr std::array<Word, 4> outcomes{"passed", "failed", "skipped", "error"};
// ZAP and Wapiti write a number for some of these: the place in the list, from 0.
constexpr std::array<Word, 4> zap_risks{"informational", "low", "medium", "high"};
constexpr std::array<Word, 5> zap_confidences{"false-positive", "low", "medium", "high",
                                              "confirmed"};
constexpr std::array<Word, 4> fortify_severities{"low", "medium", "high", "critical"};
constexpr std::array<Word, 4> sarif_levels{"none", "note", "warning", "error"};
constexpr std::array<Word, 6> sarif_kinds{"not-applicable", "pass", "fail",
                                          "review",         "open", "informational"};
constexpr std::array<Word, 5> sarif_severities{"none", "low", "medium", "high", "critical"};
constexpr std::array<Word, 5> wapiti_levels{"informational", "low", "medium", "high", "critical"};
constexpr std::array<Word, 2> wapiti_kinds{"vulnerability", "anomaly"};
// As Nuclei orders them: what nobody knows may be the worst.
constexpr std::array<Word, 6> nuclei_severities{"informational", "low",      "medium",
                                                "high",          "critical", "unknown"};

constexpr SourceField outcome{.name = "outcome",
                              .type = FieldType::word,
                              .meaning = "what the test says of itself",
                              .words = outcomes,
                              .origin = FieldOrigin::outcome};
constexpr SourceField cwe{.name = "cwe",
                          .type = FieldType::texts,
                          .meaning = "the weaknesses that the report names, such as \"CWE-79\"",
                          .origin = FieldOrigin::cwe};
constexpr SourceField tags{.name = "tags",
                           .type = FieldType::texts,
                           .meaning = "the tags of the rule, scenario or result",
                           .origin = FieldOrigin::tags};
constexpr SourceField locations{.name = "locations",
                                .type = FieldType::texts,
                                .meaning = "where a finding is: files with lines, or addresses",
                                .origin = FieldOrigin::locations};
constexpr SourceField suppressed{.name = "suppressed",
                                 .type = FieldType::truth,
                                 .meaning = "somebody accepted the finding in the tool"};

constexpr std::array<SourceField, 6> junit{{
    outcome,
    {.name = "class", .meaning = "the test case's `classname`"},
    {.name = "name", .meaning = "the test case's `name`"},
    {.name = "suite", .meaning = "the name of the suite that it stands in"},
    tags,
    cwe,
}};
constexpr std::array<SourceField, 4> cucumber{{
    outcome,
    tags,
    {.name = "feature", .meaning = "the name of the feature"},
    cwe,
}};
constexpr std::array<SourceField, 6> zap{{
    {.name = "risk",
     .type = FieldType::word,
     .meaning = "how bad ZAP says the alert is",
     .words = zap_risks,
     .ordered = true},
    {.name = "confidence",
     .type = FieldType::word,
     .meaning = "how sure ZAP, or a person, is",
     .words = zap_confidences,
     .ordered = true},
    {.name = "alert", .meaning = "the alert's name"},
    tags,
    locations,
    cwe,
}};
constexpr std::array<SourceField, 7> fortify{{
    {.name = "severity",
     .type = FieldType::word,
     .meaning = "Fortify's priority order",
     .words = fortify_severities,
     .ordered = true},
    {.name = "confidence", .type = FieldType::number, .meaning = "from 0 to 5"},
    {.name = "category", .meaning = "the category with its subcategory"},
    suppressed,
    {.name = "analysis", .meaning = "what an auditor found, such as \"Not an Issue\""},
    locations,
    cwe,
}};
constexpr std::array<SourceField, 9> sarif{{
    {.name = "level",
     .type = FieldType::word,
     .meaning = "the level of the result, of an override, or of its rule",
     .words = sarif_levels,
     .ordered = true},
    {.name = "kind",
     .type = FieldType::word,
     .meaning = "what the result is",
     .words = sarif_kinds},
    {.name = "severity",
     .type = FieldType::word,
     .meaning = "the rule's `security-severity` in the words of CVSS 3",
     .words = sarif_severities,
     .ordered = true},
    suppressed,
    {.name = "rule", .meaning = "the rule's id"},
    {.name = "tool", .meaning = "the name of the tool, without its version"},
    tags,
    locations,
    cwe,
}};
constexpr std::array<SourceField, 6> wapiti{{
    {.name = "level",
     .type = FieldType::word,
     .meaning = "how bad Wapiti says the finding is",
     .words = wapiti_levels,
     .ordered = true},
    {.name = "category", .meaning = "the category of the finding"},
    {.name = "kind",
     .type = FieldType::word,
     .meaning = "which of Wapiti's lists it stands in",
     .words = wapiti_kinds},
    tags,
    locations,
    cwe,
}};

constexpr std::array<SourceField, 8> nuclei{{
    {.name = "severity",
     .type = FieldType::word,
     .meaning = "how bad the template says its finding is; only of findings",
     .words = nuclei_severities,
     .ordered = true},
    {.name = "cvss",
     .type = FieldType::number,
     .meaning = "the template's CVSS score, from 0 to 10; only of findings"},
    {.name = "template", .meaning = "the template's id"},
    {.name = "matcher", .meaning = "the name of the matcher, or of the extractor"},
    {.name = "protocol", .meaning = "how the template asks, such as \"http\" or \"dns\""},
    tags,
    locations,
    cwe,
}};
constexpr std::array<SourceField, 5> trx{{
    outcome,
    {.name = "class", .meaning = "the class of the test method, without its assembly"},
    {.name = "name", .meaning = "the test's name in its class"},
    tags,
    cwe,
}};

constexpr std::array<TestSource, 8> sources{{
    {.name = "junit",
     .title = "JUnit XML",
     .test_name_meaning =
         "a glob over `class.name`, or over `suite.class.name`: `\"*.LoginTest.*\"`",
     .has_globs = true,
     .names_suites = true,
     .fields = junit},
    {.name = "cucumber",
     .title = "Cucumber JSON and Messages",
     .test_name_meaning = "a tag, or the scenario: `\"@login\"`",
     .names_tags = true,
     .fields = cucumber},
    {.name = "zap",
     .title = "ZAP",
     .test_name_meaning = "a plugin or alert: `10202`, `10202-1`",
     .covers_absent = true,
     .fields = zap},
    {.name = "fortify",
     .title = "Fortify FPR",
     .test_name_meaning = "a glob over the category: `\"SQL Injection*\"`",
     .has_globs = true,
     .covers_absent = true,
     .fields = fortify},
    {.name = "sarif",
     .title = "SARIF",
     .test_name_meaning =
         "a glob over the rule's id, and with `by` one over the tool's name: `\"CVE-*\" by "
         "\"Trivy\"`",
     .has_globs = true,
     .names_tool = true,
     .covers_absent = true,
     .fields = sarif},
    {.name = "wapiti",
     .title = "Wapiti JSON",
     .test_name_meaning = "a category",
     .covers_absent = true,
     .fields = wapiti},
    {.name = "nuclei",
     .title = "Nuclei JSON",
     .test_name_meaning = "a glob over the template's id, or over `template:matcher`: "
                          "`\"http-missing-security-headers:x-frame-options\"`",
     .has_globs = true,
     .covers_absent = true,
     .fields = nuclei},
    {.name = "trx",
     .title = "Visual Studio TRX",
     .test_name_meaning = "a glob over `class.name`: `\"*.LoginTests.*\"`",
     .has_globs = true,
     .fields = trx},
}};

constexpr StatusField status{"status", StatusSlot::status, FieldType::text};
constexpr StatusField resolution{"resolution", StatusSlot::resolution, FieldType::text};
constexpr StatusField state{"state", StatusSlot::state, FieldType::text};
constexpr StatusField reason{"reason", StatusSlot::reason, FieldType::text};
constexpr StatusField labels{"labels", StatusSlot::labels, FieldType::texts};
constexpr StatusField closed{"closed", StatusSlot::closed, FieldType::truth};

constexpr std::array<StatusField, 4> of_jira{status, resolution, labels, closed};
constexpr std::array<StatusField, 3> of_forges{state, reason, labels};
constexpr std::array<StatusField, 2> of_redmine{status, closed};
constexpr std::array<StatusField, 4> of_azure{state, reason, labels, closed};
constexpr std::array<StatusField, 1> of_directory{status};

constexpr std::array<Word, 3> jira_finished{"Done", "Closed", "Resolved"};
constexpr std::array<Word, 2> redmine_finished{"Closed", "Rejected"};
constexpr std::array<Word, 3> azure_finished{"Done", "Closed", "Removed"};

constexpr std::array<TrackerKind, 6> trackers{{
    {"jira", "Jira", of_jira, jira_finished},
    {"github", "GitHub", of_forges},
    {"gitlab", "GitLab", of_forges},
    {"redmine", "Redmine", of_redmine, redmine_finished},
    {"azure", "Azure DevOps", of_azure, azure_finished},
    {"directory", "a folder of files", of_directory},
}};

}  // namespace tables

template <typename T>
const T* named(std::span<const T> list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const T& each) { return each.name == name; });
  return found == list.end() ? nullptr : &*found;
}

template <typename T>
std::vector<std::string_view> names_of(std::span<const T> list) {
  std::vector<std::string_view> names;
  for (const T& each : list) names.push_back(each.name);
  return names;
}

}  // namespace

bool SourceField::has_word(std::string_view word) const {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const SourceField* TestSource::field(std::string_view wanted) const {
  return named(fields, wanted);
}

bool TrackerKind::has(StatusSlot slot) const {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const StatusField& each) { return each.slot == slot; });
}

std::span<const TestSource> test_sources() { return tables::sources; }
const TestSource* test_source(std::string_view name) { return named(test_sources(), name); }

std::span<const TrackerKind> tracker_kinds() { return tables::trackers; }
const TrackerKind* tracker_kind(std::string_view name) { return named(tracker_kinds(), name); }

std::vector<std::string_view> source_names() { return names_of(test_sources()); }
std::vector<std::string_view> tracker_names() { return names_of(tracker_kinds()); }

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace riskd::engine
