// What the two formats of Cucumber have in common: Cucumber JSON, one document, and Cucumber
// Messages, one envelope a line.
//
// Sources: https://github.com/cucumber/cucumber-json-schema and the formatters of cucumber-js,
// cucumber-jvm and cucumber-ruby; https://github.com/cucumber/messages (protocol 13 to 33), with
// the compatibility kit's samples.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/report.hpp"
#include "connectors/reports/readers.hpp"

namespace riskd::connectors {

// The worst status that steps and hooks had so far; nothing before the first.
class CucumberOutcome {
 public:
  // `status` is a word such as "passed" or "PASSED". Of those that are no pass, `failed` is a
  // failure; `skipped` and `pending` are skipped; `undefined`, `ambiguous` and words that are not
  // known are errors: the test itself is not ready to judge.
  // `error` is what the step or hook says of it.
  void note(std::string_view status, std::string_view error);
  void note(const CucumberOutcome& other);

  // A scenario that ran nothing judged nothing.
  Outcome outcome() const { return worst_.value_or(Outcome::skipped); }
  // Of the first step or hook with that outcome.
  const std::string& message() const { return message_; }

 private:
  std::optional<Outcome> worst_;
  std::string message_;
};

// A scenario (of an outline: one of its examples) as both formats describe it.
struct CucumberScenario {
  std::string name;
  std::string feature;
  std::string uri;
  std::string line;
  std::vector<std::string> tags;  // those of the feature and the rule among them; with `@`, which
                                  // pytest-bdd leaves out
};

// The result of a scenario. Its id is its name; a `test` clause may name its tags as well, always
// with `@`.
ReportResult cucumber_result(const CucumberScenario& scenario, const CucumberOutcome& outcome);

// Reads Messages into `report`. The run did not complete where `testRunFinished` is missing, where a
// hook of the whole run failed or a feature could not be parsed, and where it calls itself no success
// though no scenario says why: older protocols have no message for a hook before all scenarios.
// Errors as read_json_lines().
Status read_cucumber_messages(std::istream& input, const std::string& name, Report& report);

}  // namespace riskd::connectors
