#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connectors/reports/cucumber.hpp"
#include "connectors/reports/fields.hpp"
#include "connectors/reports/json_stream.hpp"
#include "connectors/reports/result_list.hpp"
#include "engine/base/ascii.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace {

// An envelope {"testStepFinished": {…}} holds one message; which one, the path says. Messages refer
// to earlier ones by id: an attempt to its test case, a test case to its pickle (a scenario ready
// to be run), a pickle to its feature's file.
class MessagesHandler : public JsonHandler {
 public:
  explicit MessagesHandler(Report& report) : report_(report) {}

  // Ends what the last line began: the results in the order in which their cases began.
  Status end_stream(const std::string& name) {
    report_.failed = report_.failed || !finished_;
    ResultList results(report_);
    bool explained = succeeded_;
    for (const std::size_t index : started_) {
      Case& entry = cases_[index];
      entry.scenario.feature = features_[entry.scenario.uri];
      if (!entry.ended) entry.outcome = unfinished();
      explained = explained || entry.outcome.outcome() != Outcome::passed;
      if (!results.add(cucumber_result(entry.scenario, entry.outcome))) {
        return fail(ErrorCode::too_large, ResultList::complaint(), name);
      }
    }
    report_.failed = report_.failed || !explained;
    return Done{};
  }

  void begin_object(const NodePath& path) override {
    if (path.depth() != 1) return;
    scenario_ = CucumberScenario{};
    id_.clear();
    other_id_.clear();
    status_.clear();
    error_.clear();
    uri_.clear();
    feature_.clear();
  }

  void end_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer == "/gherkinDocument") {
      if (features_.size() < limits::report_results) features_.emplace(uri_, feature_);
    } else if (pointer == "/pickle") {
      end_pickle();
    } else if (pointer == "/testCase") {
      const auto pickle = pickles_.find(other_id_);
      if (pickle != pickles_.end()) case_of_.emplace(id_, pickle->second);
    } else if (pointer == "/testCaseStarted") {
      start_attempt();
    } else if (pointer == "/testStepFinished") {
      if (Case* open = attempt(id_)) open->outcome.note(status_, error_);
    } else if (pointer == "/testCaseFinished") {
      if (Case* open = attempt(id_)) open->ended = true;
      attempts_.erase(id_);
    } else if (pointer == "/testRunHookFinished") {
      report_.failed = report_.failed || in_lower_case(status_) != "passed";
    } else if (pointer == "/parseError") {
      report_.failed = true;
    } else if (pointer == "/testRunFinished") {
      finished_ = true;
    }
  }

  void value(const NodePath& path, const JsonScalar& scalar) override {
    const std::string_view pointer = path.pointer();
    const std::string_view text = scalar.text;
    if (path.depth() < 2) return;
    if (pointer.starts_with("/pickle/")) {
      pickle_value(pointer, text);
    } else if (pointer == "/gherkinDocument/uri") {
      uri_ = one_line(text);
    } else if (pointer == "/gherkinDocument/feature/name") {
      feature_ = one_line(text);
    } else if (pointer == "/testCase/id" || pointer == "/testCaseStarted/id" ||
               pointer == "/testStepFinished/testCaseStartedId" ||
               pointer == "/testCaseFinished/testCaseStartedId") {
      id_ = one_line(text);
    } else if (pointer == "/testCase/pickleId" || pointer == "/testCaseStarted/testCaseId") {
      other_id_ = one_line(text);
    } else if (pointer == "/testStepFinished/testStepResult/status" ||
               pointer == "/testRunHookFinished/result/status") {
      status_ = one_line(text);
    } else if (pointer == "/testStepFinished/testStepResult/message" ||
               (pointer == "/testStepFinished/testStepResult/exception/message" &&
                error_.empty())) {
      error_ = message_before_stack(text);
    } else if (pointer == "/testRunFinished/exception/message") {
      report_.failed = true;
    } else if (pointer == "/testRunFinished/success") {
      succeeded_ = text != "false";
    } else if (pointer == "/testRunStarted/timestamp/seconds") {
      start_seconds_ = whole_number(text);
      set_start();
    } else if (pointer == "/testRunStarted/timestamp/nanos") {
      start_nanos_ = whole_number(text);
      set_start();
    } else if (pointer == "/meta/implementation/name") {
      report_.producer = one_line(text) + report_.producer;
    } else if (pointer == "/meta/implementation/version") {
      report_.producer += ' ' + one_line(text);
    }
  }

 private:
  struct Case {
    CucumberScenario scenario;
    CucumberOutcome outcome;  // of the last attempt that began
    bool started = false;
    bool ended = false;
  };

  // A scenario without an end was cut off, whatever its steps say.
  static CucumberOutcome unfinished() {
    CucumberOutcome outcome;
    outcome.note("unknown", "the report does not tell how it ended");
    return outcome;
  }

  void pickle_value(std::string_view pointer, std::string_view text) {
    if (pointer == "/pickle/id") {
      id_ = one_line(text);
    } else if (pointer == "/pickle/name") {
      scenario_.name = one_line(text);
    } else if (pointer == "/pickle/uri") {
      scenario_.uri = one_line(text);
    } else if (pointer == "/pickle/location/line") {
      scenario_.line = one_line(text);
    } else if (pointer == "/pickle/tags/name") {
      add_once(scenario_.tags, one_line(text));
    }
  }

  void end_pickle() {
    if (!ResultList::allows(cases_.size() + 1)) {
      return refuse(ErrorCode::too_large, ResultList::complaint());
    }
    pickles_.emplace(id_, cases_.size());
    cases_.push_back(Case{std::move(scenario_), {}, false, false});
  }

  // Only the last attempt counts, so each one begins anew.
  void start_attempt() {
    const auto found = case_of_.find(other_id_);
    if (found == case_of_.end()) return;
    Case& entry = cases_[found->second];
    if (!entry.started) started_.push_back(found->second);
    entry.started = true;
    entry.ended = false;
    entry.outcome = CucumberOutcome();
    attempts_[id_] = found->second;
  }

  Case* attempt(const std::string& id) {
    const auto found = attempts_.find(id);
    return found == attempts_.end() ? nullptr : &cases_[found->second];
  }

  static std::int64_t whole_number(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  void set_start() {
    constexpr std::int64_t year_9999 = 253'402'300'800;
    constexpr std::int64_t nanos_of_second = 1'000'000'000;
    if (start_seconds_ <= 0 || start_seconds_ >= year_9999) return;
    const bool whole = start_nanos_ < 0 || start_nanos_ >= nanos_of_second;
    report_.generated = Instant{start_seconds_ * 1000 + (whole ? 0 : start_nanos_ / 1'000'000)};
  }

  Report& report_;
  std::unordered_map<std::string, std::string> features_;  // file to feature's name
  std::vector<Case> cases_;
  std::unordered_map<std::string, std::size_t> pickles_;   // pickle's id to index in cases_
  std::unordered_map<std::string, std::size_t> case_of_;   // test case's id to the same
  std::unordered_map<std::string, std::size_t> attempts_;  // open attempt's id to the same
  std::vector<std::size_t> started_;
  bool finished_ = false;
  bool succeeded_ = true;  // as the run says; old protocols say nothing
  std::int64_t start_seconds_ = 0;
  std::int64_t start_nanos_ = 0;

  CucumberScenario scenario_;  // of the open message, as are all below
  std::string id_;
  std::string other_id_;
  std::string status_;
  std::string error_;
  std::string uri_;
  std::string feature_;
};

}  // namespace

Status read_cucumber_messages(std::istream& input, const std::string& name, Report& report) {
  MessagesHandler handler(report);
  const Status status = read_json_lines(input, name, handler);
  return status ? handler.end_stream(name) : status;
}

}  // namespace riskd::connectors
