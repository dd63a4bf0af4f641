// Reads JUnit XML as ctest, Catch2, doctest, GoogleTest, Maven Surefire, pytest, bats, node --test,
// cucumber-js, Ginkgo and others write it. There is no standard; the sources are the xsd of Maven
// Surefire (surefire-test-report.xsd), of Jenkins' xUnit plugin (junit-10.xsd), and those tools.
//
// A result is a test case. Its weaknesses are those that its properties and its own name speak of
// ("CWE-732 file mode is 0600", "test_cwe_79_encoded"), its place is that of its suite where it has
// none. Its scope is the suites that it stands in. Its outcome is the worst that its children and the words in
// `status` and `result` say; the counters of suites are not asked. In particular:
// - skipped beside a failure is skipped where the case is marked as expected to fail (Catch2's
//   [!mayfail], node's todo); otherwise a failure stands, because tests may also skip after one;
// - `flakyFailure` and `flakyError` are attempts before one that passed; `rerunFailure` and
//   `rerunError` are attempts of a case that failed to the end;
// - disabled cases of ctest and GoogleTest have no child element and are skipped;
// - a test that ctest could not start is an error, though ctest calls it skipped;
// - so is one with a word that is not known here, or PHPUnit's `warning`: it did not run as it should;
// The message is that of its worst child: the attribute `message`, else the first lines of its text,
// else its `type`.
// - an error or failure of a suite outside its cases marks the report as one that did not complete.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/report_date.hpp"
#include "connectors/reports/result_list.hpp"
#include "connectors/reports/xml_stream.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

// What `status` and `result` of a test case say. A word that nobody here knows is an error: whatever it
// means, it is no pass.
Outcome outcome_of_word(std::string_view status) {
  struct Word {
    std::string_view text;
    Outcome outcome;
  };
  static constexpr std::array<Word, 46> words{{
      {"fail", Outcome::failed},        {"failed", Outcome::failed},
      {"failure", Outcome::failed},     {"timedout", Outcome::failed},
      {"timeout", Outcome::failed},     {"error", Outcome::error},
      {"errored", Outcome::error},      {"panicked", Outcome::error},
      {"aborted", Outcome::error},      {"interrupted", Outcome::error},
      {"undefined", Outcome::error},    {"ambiguous", Outcome::error},
      {"skipped", Outcome::skipped},    {"skip", Outcome::skipped},
      {"disabled", Outcome::skipped},   {"notrun", Outcome::skipped},
      {"suppressed", Outcome::skipped}, {"ignored", Outcome::skipped},
      {"inactive", Outcome::skipped},   {"untested", Outcome::skipped},
      {"pending", Outcome::skipped},    {"not-run", Outcome::skipped},
      {"not_run", Outcome::skipped},    {"canceled", Outcome::skipped},
      {"cancelled", Outcome::skipped},  {"xfail", Outcome::skipped},
      {"todo", Outcome::skipped},       {"pass", Outcome::passed},
      {"passed", Outcome::passed},      {"passing", Outcome::passed},
      {"success", Outcome::passed},     {"successful", Outcome::passed},
      {"succeeded", Outcome::passed},   {"ok", Outcome::passed},
      {"run", Outcome::passed},         {"completed", Outcome::passed},
      {"complete", Outcome::passed},    {"executed", Outcome::passed},
      {"finished", Outcome::passed},    {"done", Outcome::passed},
      {"fixed", Outcome::passed},       {"active", Outcome::passed},
      {"true", Outcome::passed},        {"0", Outcome::passed},
      {"expected", Outcome::passed},    {"flaky", Outcome::passed},
  }};
  const std::string text = word(status);
  for (const Word& known : words) {
    if (known.text == text) return known.outcome;
  }
  return text.empty() ? Outcome::passed : Outcome::error;
}

// A child of a test case that the format does not define and that speaks of its outcome: PHPUnit's `warning`, and
// any element with the attributes of a verdict.
bool is_unknown_verdict(std::string_view element, const XmlAttributes& attributes) {
  static constexpr std::array<std::string_view, 7> verdicts{
      "warning", "incomplete", "risky", "inconclusive", "timeout", "aborted", "broken"};
  if (std::find(verdicts.begin(), verdicts.end(), element) != verdicts.end()) return true;
  static constexpr std::array<std::string_view, 5> others{"flakyFailure", "flakyError",
                                                          "system-out", "system-err", "properties"};
  if (std::find(others.begin(), others.end(), element) != others.end()) return false;
  return attributes.has("message") && attributes.has("type");
}

// The reason that ctest gives for a test that it could not start.
bool could_not_start(std::string_view message) {
  static constexpr std::array<std::string_view, 5> reasons{
      "Unable to find executable", "Required Files Missing", "Missing Configuration",
      "Fixture dependency failed", "Failed test dependencies"};
  return std::any_of(reasons.begin(), reasons.end(),
                     [&](std::string_view reason) { return message.starts_with(reason); });
}

// The tool, where the attributes of the first suites name it.
std::string producer_of(std::string_view element, const XmlAttributes& attributes) {
  if (attributes.has("doctest_version")) {
    return "doctest " + one_line(attributes.get("doctest_version"));
  }
  const std::string_view name = attributes.get("name");
  if (element == "testsuites" && name == "AllTests") return "GoogleTest";
  if (element == "testsuites" && name == "jest tests") return "Jest";
  if (name == "Mocha Tests") return "Mocha";
  if (element == "testsuites") return {};
  if (name == "pytest" || name == "cucumber-js") return std::string(name);
  if (name == "rspec") return "RSpec";
  if (name.ends_with(".bats")) return "bats";
  const std::string_view schema = attributes.get("xsi:noNamespaceSchemaLocation");
  if (schema.find("surefire") != std::string_view::npos) return "Maven Surefire";
  return {};
}

class JunitHandler : public XmlHandler {
 public:
  explicit JunitHandler(Report& report) : report_(report), results_(report) {}

  XmlText start(const NodePath& path, const XmlAttributes& attributes) override {
    const std::string_view pointer = path.pointer();
    const std::string_view element = pointer.substr(pointer.rfind('/') + 1);
    if (path.depth() == 1 && element != "testsuites" && element != "testsuite") {
      refuse(ErrorCode::invalid, "expected `testsuites` or `testsuite` as root, found `" +
                                     one_line(clip(element, 40)) + "`");
      return XmlText::skip;
    }
    if (case_depth_ != 0) return start_in_case(path, element, attributes);
    if (element == "testsuite" || element == "testsuites") {
      start_suite(path, element, attributes);
    } else if (element == "testcase") {
      start_case(path, attributes);
    } else if ((element == "error" || element == "failure") && !suites_.empty() &&
               path.depth() == suites_.back().depth + 1) {
      report_.failed = true;
    }
    return XmlText::skip;
  }

  void end(const NodePath& path, std::string_view text) override {
    if (case_depth_ != 0) {
      if (path.depth() == case_depth_) return end_case();
      if (path.depth() == case_depth_ + 1) return end_verdict(text);
      if (path.pointer().ends_with("/properties/property")) add_property(text);
    } else if (!suites_.empty() && path.depth() == suites_.back().depth) {
      suites_.pop_back();
    }
  }

 private:
  struct OpenSuite {
    std::size_t depth;
    std::string name;
    std::string file;  // its own, or that of the suite around it
  };

  void start_suite(const NodePath& path, std::string_view element,
                   const XmlAttributes& attributes) {
    if (element == "testsuite") {
      std::string file = one_line(attributes.get("file"));
      if (file.empty() && !suites_.empty()) file = suites_.back().file;
      suites_.push_back(OpenSuite{path.depth(), one_line(attributes.get("name")), std::move(file)});
      note_suite();
    }
    if (!report_.generated) report_.generated = report_time(attributes.get("timestamp"));
    if (report_.producer.empty()) report_.producer = producer_of(element, attributes);
  }

  void start_case(const NodePath& path, const XmlAttributes& attributes) {
    case_depth_ = path.depth();
    result_ = ReportResult{};
    may_fail_ = false;
    verdict_.reset();
    explained_.reset();
    note(outcome_of_word(attributes.get("status")));
    note(outcome_of_word(attributes.get("result")));
    for (const std::string_view mark : {"skipped", "ignored", "disabled"}) {
      if (attributes.get(mark) == "true") note(Outcome::skipped);
    }

    const std::string suite = suites_.empty() ? std::string() : suites_.back().name;
    const std::string name = one_line(attributes.get("name"));
    const std::string class_name = one_line(attributes.get("classname"));
    const bool both = !class_name.empty() && !name.empty();
    result_.id = both ? class_name + "." + name : class_name + name;
    if (result_.id.empty()) result_.id = suite.empty() ? "(no name)" : suite;
    result_.title = name.empty() ? result_.id : name;
    result_.scope = suite_path();
    add_suite_alias(class_name, name);
    add_location(attributes);
    add_cwe_tokens(result_.cwe, class_name);
    add_cwe_tokens(result_.cwe, name);
    result_.attributes = {{"class", class_name}, {"name", name}, {"suite", suite}};
  }

  // The names of the open suites, outermost first.
  std::string suite_path() const {
    std::string path;
    for (const OpenSuite& suite : suites_) {
      if (suite.name.empty()) continue;
      if (!path.empty()) path += '.';
      path += suite.name;
    }
    return std::string(clip(path, limits::report_field_bytes));
  }

  void note_suite() {
    const std::string path = suite_path();
    if (path.empty() || named_suites_.size() == most_suites) return;
    if (named_suites_.insert(path).second) report_.scopes.push_back(path);
  }

  void add_location(const XmlAttributes& attributes) {
    std::string location = one_line(attributes.get("file"));
    if (location.empty() && !suites_.empty()) location = suites_.back().file;
    if (location.empty()) return;
    if (!attributes.get("line").empty()) location += ":" + one_line(attributes.get("line"));
    result_.locations.push_back(std::move(location));
  }

  // Where two suites have the same class (node --test writes "test" for each, others
  // write none, or nest suites), the names of the suites can name the case as well.
  void add_suite_alias(std::string_view class_name, const std::string& name) {
    if (name.empty()) return;
    if (suites_.size() < 2 && !class_name.empty() && class_name != "test") return;
    std::string alias;
    for (const OpenSuite& suite : suites_) {
      if (!suite.name.empty()) alias += suite.name + ".";
      if (alias.size() > limits::report_field_bytes) return;
    }
    alias += name;
    if (alias != result_.id) result_.aliases.push_back(std::move(alias));
  }

  XmlText start_in_case(const NodePath& path, std::string_view element,
                        const XmlAttributes& attributes) {
    if (path.depth() == case_depth_ + 1) {
      return start_verdict(element, attributes);
    } else if (path.pointer().ends_with("/testcase/properties/property")) {
      property_name_ = in_lower_case(one_line(attributes.get("name")));
      property_value_ = one_line(attributes.get("value"));
      return XmlText::keep;
    }
    return XmlText::skip;
  }

  // Its text is wanted where it says why in no attribute.
  XmlText start_verdict(std::string_view element, const XmlAttributes& attributes) {
    verdict_.reset();
    if (element == "failure" || element == "rerunFailure") {
      verdict_ = Outcome::failed;
    } else if (element == "error" || element == "rerunError") {
      verdict_ = Outcome::error;
    } else if (element == "skipped" || element == "disabled" || element == "ignored") {
      verdict_ = could_not_start(attributes.get("message")) ? Outcome::error : Outcome::skipped;
      may_fail_ = may_fail_ || attributes.get("type") == "todo" ||
                  attributes.get("message").find("!mayfail") != std::string_view::npos;
    }
    if (!verdict_ && is_unknown_verdict(element, attributes)) verdict_ = Outcome::error;
    if (!verdict_) return XmlText::skip;
    note(*verdict_);
    const bool explains = says_why(*verdict_) && (!explained_ || worse(*verdict_, *explained_));
    if (!explains) verdict_.reset();
    if (!explains) return XmlText::skip;
    explained_ = verdict_;
    result_.message = message_before_stack(attributes.get("message"));
    type_ = message_of(attributes.get("type"));
    if (result_.message.empty()) return XmlText::keep;
    verdict_.reset();
    return XmlText::skip;
  }

  // The end of a child whose text says why, or of one that says nothing.
  void end_verdict(std::string_view text) {
    if (!verdict_) return;
    result_.message = message_before_stack(text);
    if (result_.message.empty()) result_.message = type_;
    verdict_.reset();
  }

  // The worst that is said of a case counts.
  void note(Outcome outcome) {
    if (worse(outcome, result_.outcome)) result_.outcome = outcome;
  }

  void add_property(std::string_view text) {
    const std::string value = property_value_.empty() ? one_line(text) : property_value_;
    if (property_name_ == "cwe") {
      add_cwe_field(result_.cwe, value);
    } else {
      add_cwe_tokens(result_.cwe, value);
    }
    if (property_name_ == "tag" || property_name_ == "tags") {
      add_tags(value, property_name_ == "tags");
    }
  }

  void add_tags(std::string_view value, bool several) {
    while (!value.empty()) {
      const std::size_t end =
          several ? std::min(value.find_first_of(", "), value.size()) : value.size();
      add_once(result_.tags, one_line(value.substr(0, end)));
      value.remove_prefix(std::min(end + 1, value.size()));
    }
  }

  void end_case() {
    case_depth_ = 0;
    if (may_fail_) result_.outcome = Outcome::skipped;
    if (!says_why(result_.outcome)) result_.message.clear();
    if (!results_.add(std::move(result_))) refuse(ErrorCode::too_large, ResultList::complaint());
  }

  Report& report_;
  ResultList results_;
  static constexpr std::size_t most_suites = 10'000;  // that are kept
  std::vector<OpenSuite> suites_;                     // outermost first
  std::set<std::string> named_suites_;
  std::size_t case_depth_ = 0;  // of the open test case; 0: none
  ReportResult result_;         // the open test case, as far as it is read
  bool may_fail_ = false;
  std::optional<Outcome> verdict_;    // of the open child, whose text is wanted
  std::optional<Outcome> explained_;  // of the child that the message is of
  std::string type_;
  std::string property_name_;
  std::string property_value_;
};

class JunitReader : public ReportReader {
 public:
  std::string_view format() const override { return "junit"; }

  bool recognises(std::string_view head) const override {
    const std::string root = xml_root(head);
    return root == "testsuites" || root == "testsuite";
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    JunitHandler handler(report);
    const Status status = read_xml(input, name, handler);
    return finished(status, std::move(report));
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_junit_reader() { return std::make_unique<JunitReader>(); }

}  // namespace riskd::connectors
