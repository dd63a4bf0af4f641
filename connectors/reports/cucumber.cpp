// Reads Cucumber JSON and Cucumber Messages. A result is a scenario, of an outline each of its
// examples, in its last attempt; its outcome is the worst of its steps and hooks.
//
// In Cucumber JSON a background is an element before each scenario that it belongs to, and so are
// its failures. cucumber-ruby lists each attempt of a scenario that it tries again, one after the
// other in one feature: the last counts. What behave calls `json` looks like it but is another format, which is refused.
#include "connectors/reports/cucumber.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/headed_stream.hpp"
#include "connectors/reports/json_head.hpp"
#include "connectors/reports/json_stream.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/report_date.hpp"
#include "connectors/reports/result_list.hpp"

namespace riskd::connectors {
namespace {

// Arrays leave no trace in a path: "" is a feature, "/elements" a scenario or background of it.
class CucumberJsonHandler : public JsonHandler {
 public:
  explicit CucumberJsonHandler(Report& report) : report_(report), results_(report) {}

  void begin_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer.empty()) {
      begin_feature();
    } else if (pointer == "/elements") {
      begin_element();
    } else if (pointer == "/elements/steps") {
      step_has_status_ = false;
    } else if (pointer.ends_with("/result")) {
      status_.clear();
      error_.clear();
    }
  }

  void end_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer.empty()) {
      end_feature();
    } else if (pointer == "/elements") {
      end_element();
    } else if (pointer == "/elements/steps" && !step_has_status_) {
      outcome_.note("skipped", {});
    } else if (pointer.starts_with("/elements/") && pointer.ends_with("/result")) {
      end_step_result();
    }
  }

  void value(const NodePath& path, const JsonScalar& scalar) override {
    const std::string_view pointer = path.pointer();
    const std::string_view text = scalar.text;
    if (pointer.empty()) return refuse(ErrorCode::invalid, "expected a list of features");
    if (pointer.starts_with("/elements/")) {
      element_value(pointer, text);
    } else if (pointer == "/name") {
      feature_ = one_line(text);
    } else if (pointer == "/uri") {
      uri_ = one_line(text);
    } else if (pointer == "/tags/name") {
      add_once(feature_tags_, one_line(text));
    }
  }

 private:
  void begin_feature() {
    feature_.clear();
    uri_.clear();
    feature_tags_.clear();
    background_ = CucumberOutcome();
    scenarios_.clear();
    attempts_.clear();
  }

  // Of a step or hook. Writers put the message before or after the status.
  void end_step_result() {
    if (status_.empty()) return;
    step_has_status_ = true;
    outcome_.note(status_, error_);
  }

  // Writers put the fields of a feature before or after its elements.
  void end_feature() {
    for (auto& [scenario, outcome] : scenarios_) {
      scenario.feature = feature_;
      scenario.uri = uri_;
      for (const std::string& tag : feature_tags_) add_once(scenario.tags, tag);
      if (!results_.add(cucumber_result(scenario, outcome))) {
        return refuse(ErrorCode::too_large, ResultList::complaint());
      }
    }
    scenarios_.clear();
    // A background that failed before there was a scenario: what follows it was not run.
    const Outcome left = background_.outcome();
    report_.failed = report_.failed || left == Outcome::failed || left == Outcome::error;
  }

  void begin_element() {
    scenario_ = CucumberScenario{};
    outcome_ = CucumberOutcome();
    id_.clear();
    is_background_ = false;
    of_behave_ = false;
  }

  void end_element() {
    if (of_behave_ && scenario_.line.empty()) {
      return refuse(ErrorCode::unsupported, "the JSON of behave is another format, not read");
    }
    if (is_background_) {
      background_ = outcome_;
      return;
    }
    if (!ResultList::allows(results_.size() + scenarios_.size() + 1)) {
      return refuse(ErrorCode::too_large, ResultList::complaint());
    }
    outcome_.note(background_);
    background_ = CucumberOutcome();
    if (is_another_attempt()) {
      scenarios_[attempts_[attempt_key()]].second = std::move(outcome_);
      return;
    }
    scenarios_.emplace_back(std::move(scenario_), std::move(outcome_));
  }

  // The same place, id and name again. An outline's examples differ in one of them.
  bool is_another_attempt() {
    if (id_.empty() || scenario_.line.empty()) return false;
    return !attempts_.try_emplace(attempt_key(), scenarios_.size()).second;
  }
  std::string attempt_key() const { return scenario_.line + '\n' + id_ + '\n' + scenario_.name; }

  void element_value(std::string_view pointer, std::string_view text) {
    if (pointer.ends_with("/result/status")) {
      status_ = one_line(text);
    } else if (pointer.ends_with("/result/error_message")) {
      error_ = message_before_stack(text);
    } else if (pointer == "/elements/name") {
      scenario_.name = one_line(text);
    } else if (pointer == "/elements/id") {
      id_ = one_line(text);
    } else if (pointer == "/elements/line") {
      scenario_.line = one_line(text);
    } else if (pointer == "/elements/type") {
      is_background_ = text == "background";
    } else if (pointer == "/elements/tags/name") {
      add_once(scenario_.tags, one_line(text));
    } else if (pointer == "/elements/location") {
      of_behave_ = true;
    } else if (pointer == "/elements/start_timestamp" && !report_.generated) {
      report_.generated = report_time(text);
    }
  }

  Report& report_;
  ResultList results_;
  std::string feature_;
  std::string uri_;
  std::vector<std::string> feature_tags_;
  std::vector<std::pair<CucumberScenario, CucumberOutcome>> scenarios_;  // of the open feature
  std::unordered_map<std::string, std::size_t> attempts_;  // their places in scenarios_
  CucumberOutcome background_;                             // before the next scenario

  CucumberScenario scenario_;  // the open element
  std::string id_;
  CucumberOutcome outcome_;
  bool is_background_ = false;
  bool of_behave_ = false;
  bool step_has_status_ = false;
  std::string status_;  // of the open result of a step or hook
  std::string error_;
};

bool is_messages(const JsonHead& head) {
  return head.is_object() && (head.has("/meta/protocolVersion") || head.has("/gherkinDocument") ||
                              head.has("/testRunStarted") || head.has("/source/mediaType"));
}

// Writers begin with the feature or, like cucumber-jvm, with its elements and a long hook of them.
// behave has `location` on each level.
bool is_features(const JsonHead& head) {
  if (!head.is_array() || head.has("/location") || head.has("/elements/location")) return false;
  return head.has("/elements/steps") || head.has("/elements/before") ||
         (head.has("/elements/keyword") && head.has("/elements/line")) ||
         (head.has("/uri") && head.has("/keyword"));
}

class CucumberReader : public ReportReader {
 public:
  std::string_view format() const override { return "cucumber"; }

  bool recognises(std::string_view head) const override {
    const JsonHead json(head);
    return is_messages(json) || is_features(json);
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    HeadedStream headed(input);
    if (headed.first() == '{') {
      const Status status = read_cucumber_messages(headed.stream(), name, report);
      return finished(status, std::move(report));
    }
    CucumberJsonHandler handler(report);
    const Status status = read_json(headed.stream(), name, handler);
    return finished(status, std::move(report));
  }
};

}  // namespace

void CucumberOutcome::note(std::string_view status, std::string_view error) {
  const std::string text = word(status);
  Outcome outcome = Outcome::error;
  if (text == "passed") {
    outcome = Outcome::passed;
  } else if (text == "failed") {
    outcome = Outcome::failed;
  } else if (text == "skipped" || text == "pending") {
    outcome = Outcome::skipped;
  }
  if (worst_ && !worse(outcome, *worst_)) return;
  worst_ = outcome;
  message_ = says_why(outcome) ? error : std::string_view();
}

void CucumberOutcome::note(const CucumberOutcome& other) {
  if (other.worst_ && (!worst_ || worse(*other.worst_, *worst_))) *this = other;
}

ReportResult cucumber_result(const CucumberScenario& scenario, const CucumberOutcome& outcome) {
  ReportResult result;
  result.id = scenario.name;
  if (result.id.empty()) result.id = scenario.uri + ':' + scenario.line;
  result.title = result.id;
  result.outcome = outcome.outcome();
  result.message = outcome.message();
  result.tags = scenario.tags;
  for (const std::string& tag : scenario.tags) {
    result.aliases.push_back(tag.starts_with('@') ? tag : '@' + tag);
    add_cwe_tokens(result.cwe, tag);
  }
  if (!scenario.uri.empty()) {
    result.locations.push_back(scenario.line.empty() ? scenario.uri
                                                     : scenario.uri + ':' + scenario.line);
  }
  result.attributes = {{"feature", scenario.feature}};
  return result;
}

std::unique_ptr<ReportReader> make_cucumber_reader() { return std::make_unique<CucumberReader>(); }

}  // namespace riskd::connectors
