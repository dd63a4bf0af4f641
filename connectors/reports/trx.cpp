// Reads TRX, the results of Visual Studio, `dotnet test --logger trx`, vstest.console, MSTest's own runner and the
// Microsoft Testing Platform.
//
// A result is what stands under `Results`, and each of its `InnerResults`: the rows of a data-driven test. Its id is the
// class and the name as the report shows it, parameters and all ("Shop.LoginTests.Locks(user: \"a\")"); its other name
// is the class and the method. Class and method stand in `TestDefinitions`, before or after the results.
// - Frameworks put the class into the name (xUnit) or leave it out (MSTest, NUnit); old files write it with its assembly.
// - An outcome that is left out is `Error`, the first of the writer's list; one that is not known is refused.
// - `Completed` and `Inconclusive` say that nobody knows whether it passed: no verdict, like a test that was not run.
// - A run did not complete where its summary, a counter or a message of the run says so: the host of the tests may crash
//   and the summary call it `Failed`. xUnit writes a message for each test that fails; these say nothing more.
//
// Source: Microsoft.TestPlatform.Extensions.TrxLogger of microsoft/vstest, and vstst.xsd of Visual Studio.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

constexpr std::string_view trx_namespace = "http://microsoft.com/schemas/VisualStudio/TeamTest/";

// An outcome: what it means for a test, and whether a run with this outcome is complete.
struct TrxOutcome {
  std::string_view word;
  Outcome of_test;
  bool of_whole_run;
};
constexpr std::array<TrxOutcome, 15> trx_outcomes{{
    {"Passed", Outcome::passed, true},
    {"Failed", Outcome::failed, true},
    {"Error", Outcome::error, false},
    {"Timeout", Outcome::failed, false},
    {"Aborted", Outcome::error, false},
    {"Inconclusive", Outcome::skipped, false},
    {"NotExecuted", Outcome::skipped, false},
    {"NotRunnable", Outcome::error, false},
    {"Disconnected", Outcome::error, false},
    {"Warning", Outcome::error, true},
    {"Completed", Outcome::skipped, true},
    {"InProgress", Outcome::error, false},
    {"Pending", Outcome::skipped, false},
    {"PassedButRunAborted", Outcome::passed, false},
    {"Blocked", Outcome::error, false},  // of tests that a person runs
}};

const TrxOutcome* trx_outcome(std::string_view text) {
  const std::string_view said = text.empty() ? "Error" : text;
  for (const TrxOutcome& each : trx_outcomes) {
    if (each.word == said) return &each;
  }
  return nullptr;
}

// "Ns.Class, Assembly, Version=1.0.0.0": the assembly begins at the first comma that is not within the brackets of a
// generic class.
std::string class_without_assembly(std::string_view name) {
  int open = 0;
  std::size_t end = 0;
  for (; end < name.size(); ++end) {
    if (name[end] == '[') ++open;
    if (name[end] == ']') --open;
    if (name[end] == ',' && open <= 0) break;
  }
  return one_line(name.substr(0, end));
}

// `name` without the class in front of it, where it has one.
std::string_view name_in_class(std::string_view name, std::string_view class_name) {
  const bool has_class = !class_name.empty() && name.size() > class_name.size() + 1 &&
                         name.starts_with(class_name) && name[class_name.size()] == '.';
  return has_class ? name.substr(class_name.size() + 1) : name;
}

class TrxHandler : public XmlHandler {
 public:
  explicit TrxHandler(Report& report) : report_(report), results_(report) {}

  XmlText start(const NodePath& path, const XmlAttributes& attributes) override {
    const std::string_view pointer = path.pointer();
    if (path.depth() == 1) {
      start_root(path, attributes);
    } else if (pointer == "/TestRun/Times") {
      start_times(attributes);
    } else if (pointer.starts_with(in_results)) {
      return start_in_results(path, attributes);
    } else if (pointer.starts_with(in_definitions)) {
      return start_in_definitions(path, attributes);
    } else if (pointer.starts_with(summary)) {
      return start_in_summary(pointer, attributes);
    }
    return XmlText::skip;
  }

  void end(const NodePath& path, std::string_view text) override {
    const std::string_view pointer = path.pointer();
    if (!open_.empty()) {
      if (path.depth() == open_.back().depth) {
        open_.pop_back();
      } else if (pointer.ends_with(message) && path.depth() == open_.back().depth + 3) {
        listed_[open_.back().index].message = message_before_stack(text);
      }
    } else if (pointer.starts_with(in_definitions)) {
      end_in_definitions(path, text);
    } else if (pointer == run_text) {
      // "[xUnit.net 00:00:00.74]     Shop.LoginTests.Locks [FAIL]"
      if (trimmed(text).ends_with("[FAIL]")) run_went_wrong_ = false;
    } else if (pointer == run_info) {
      report_.failed = report_.failed || run_went_wrong_;
    } else if (path.depth() == 1) {
      end_report();
    }
  }

 private:
  static constexpr std::string_view in_results = "/TestRun/Results/";
  static constexpr std::string_view in_definitions = "/TestRun/TestDefinitions/";
  static constexpr std::string_view summary = "/TestRun/ResultSummary";
  static constexpr std::string_view message = "/Output/ErrorInfo/Message";
  static constexpr std::string_view run_info = "/TestRun/ResultSummary/RunInfos/RunInfo";
  static constexpr std::string_view run_text = "/TestRun/ResultSummary/RunInfos/RunInfo/Text";

  struct Definition {
    std::string name, class_name, method;
    std::vector<std::string> tags;
    std::vector<int> cwe;
  };
  struct Listed {
    std::string test_id, name, message;
    Outcome outcome;
  };
  struct Open {
    std::size_t depth, index;  // of its element; in listed_
  };

  void start_root(const NodePath& path, const XmlAttributes& attributes) {
    const std::string name = path.name(0);
    if (name != "TestRun") {
      return refuse(ErrorCode::invalid,
                    "expected `TestRun` as root, found `" + one_line(clip(name, 40)) + "`");
    }
    const std::string_view of = attributes.get("xmlns");
    if (!of.empty() && !of.starts_with(trx_namespace)) {
      refuse(ErrorCode::unsupported, "`" + one_line(clip(of, 100)) +
                                         "` is not the namespace of TRX, which begins with `" +
                                         std::string(trx_namespace) + "`");
    }
  }

  // A time that was never set is the year 1.
  void start_times(const XmlAttributes& attributes) {
    for (const std::string_view name : {"start", "creation", "finish"}) {
      const auto moment = report_time(attributes.get(name));
      if (!report_.generated && moment && moment->ms > 0) report_.generated = moment;
    }
  }

  // Refuses an outcome that is not known.
  const TrxOutcome& outcome_in(const XmlAttributes& attributes) {
    const std::string_view said = attributes.get("outcome");
    const TrxOutcome* known = trx_outcome(said);
    if (known != nullptr) return *known;
    std::string all;
    for (const TrxOutcome& each : trx_outcomes)
      all += (all.empty() ? "`" : ", `") + std::string(each.word) + "`";
    refuse(ErrorCode::invalid,
           "`" + one_line(clip(said, 40)) + "` is no outcome that is known: " + all);
    return *trx_outcome("Error");
  }

  XmlText start_in_results(const NodePath& path, const XmlAttributes& attributes) {
    const std::size_t depth = path.depth();
    const std::string_view pointer = path.pointer();
    const std::string_view around = pointer.substr(0, pointer.rfind('/'));
    const bool is_inner =
        !open_.empty() && depth == open_.back().depth + 2 && around.ends_with("/InnerResults");
    if (depth == 3 || is_inner) {
      start_result(depth, attributes);
    } else if (!open_.empty() && depth == open_.back().depth + 3 && pointer.ends_with(message)) {
      return XmlText::keep;
    }
    return XmlText::skip;
  }

  void start_result(std::size_t depth, const XmlAttributes& attributes) {
    if (!ResultList::allows(listed_.size() + 1))
      return refuse(ErrorCode::too_large, ResultList::complaint());
    open_.push_back({depth, listed_.size()});
    listed_.push_back({in_lower_case(one_line(attributes.get("testId"))),
                       one_line(attributes.get("testName")),
                       {},
                       outcome_in(attributes).of_test});
  }

  XmlText start_in_definitions(const NodePath& path, const XmlAttributes& attributes) {
    const std::string_view pointer = path.pointer();
    if (path.depth() == 3) {
      definition_ = Definition{};
      definition_id_ = in_lower_case(one_line(attributes.get("id")));
      definition_.name = one_line(attributes.get("name"));
    } else if (path.depth() == 4 && pointer.ends_with("/TestMethod")) {
      definition_.class_name = class_without_assembly(attributes.get("className"));
      definition_.method = one_line(attributes.get("name"));
      note_producer(attributes.get("adapterTypeName"));
    } else if (path.depth() == 5 && pointer.ends_with("/TestCategory/TestCategoryItem")) {
      const std::string category = one_line(attributes.get("TestCategory"));
      add_cwe_tokens(definition_.cwe, category);
      add_once(definition_.tags, category);
    } else if (path.depth() == 6 && (pointer.ends_with("/Properties/Property/Key") ||
                                     pointer.ends_with("/Properties/Property/Value"))) {
      return XmlText::keep;
    }
    return XmlText::skip;
  }

  void end_in_definitions(const NodePath& path, std::string_view text) {
    const std::string_view pointer = path.pointer();
    if (path.depth() == 6 && pointer.ends_with("/Properties/Property/Key")) {
      property_ = in_lower_case(one_line(text));
    } else if (path.depth() == 6 && pointer.ends_with("/Properties/Property/Value")) {
      add_property(one_line(text));
    } else if (path.depth() == 3) {
      if (!ResultList::allows(definitions_.size() + 1))
        return refuse(ErrorCode::too_large, ResultList::complaint());
      definitions_.try_emplace(definition_id_, std::move(definition_));
    }
  }

  // A trait: [Trait("Category", "Security")], [TestProperty("CWE", "307")].
  void add_property(const std::string& value) {
    if (property_ == "cwe") {
      add_cwe_field(definition_.cwe, value);
    } else {
      add_cwe_tokens(definition_.cwe, value);
    }
    if (property_ == "category" || property_ == "tag") add_once(definition_.tags, value);
    property_.clear();
  }

  // "executor://mstestadapter/v2"
  void note_producer(std::string_view adapter) {
    constexpr std::string_view scheme = "executor://";
    if (!report_.producer.empty()) return;
    if (adapter.starts_with(scheme)) adapter.remove_prefix(scheme.size());
    report_.producer = one_line(adapter.substr(0, adapter.find(',')));
    if (report_.producer.ends_with('/')) report_.producer.pop_back();
  }

  XmlText start_in_summary(std::string_view pointer, const XmlAttributes& attributes) {
    if (pointer == summary) {
      has_summary_ = true;
      report_.failed = report_.failed || !outcome_in(attributes).of_whole_run;
    } else if (pointer == "/TestRun/ResultSummary/Counters") {
      for (const std::string_view name :
           {"aborted", "disconnected", "inProgress", "pending", "passedButRunAborted"}) {
        if (parse_int(attributes.get(name)).value_or(0) > 0) report_.failed = true;
      }
      total_ = parse_int(attributes.get("total")).value_or(0);
    } else if (pointer == run_info) {
      run_went_wrong_ = !outcome_in(attributes).of_whole_run;
    } else if (pointer == run_text) {
      return XmlText::keep;
    }
    return XmlText::skip;
  }

  void end_report() {
    if (refused()) return;
    const bool counts_more = total_ > 0 && static_cast<std::size_t>(total_) > listed_.size();
    report_.failed = report_.failed || !has_summary_ || counts_more;
    for (const Listed& each : listed_) {
      const auto found = definitions_.find(each.test_id);
      static const Definition none;
      if (!results_.add(result_of(each, found == definitions_.end() ? none : found->second)))
        return refuse(ErrorCode::too_large, ResultList::complaint());
    }
  }

  static ReportResult result_of(const Listed& listed, const Definition& definition) {
    const std::string& class_name = definition.class_name;
    const auto in_class = [&](std::string_view name) {
      return class_name.empty() || name.empty() ? class_name + std::string(name)
                                                : class_name + '.' + std::string(name);
    };
    const std::string& shown = listed.name.empty() ? definition.name : listed.name;
    const std::string name(name_in_class(shown, class_name));
    ReportResult result;
    result.outcome = listed.outcome;
    result.id = in_class(name);
    if (result.id.empty()) result.id = "(no name)";
    result.title = name.empty() ? result.id : name;
    std::string method = in_class(name_in_class(definition.method, class_name));
    if (!definition.method.empty() && method != result.id)
      result.aliases.push_back(std::move(method));
    result.cwe = definition.cwe;
    add_cwe_tokens(result.cwe, class_name);
    add_cwe_tokens(result.cwe, name);
    result.tags = definition.tags;
    if (says_why(result.outcome)) result.message = listed.message;
    result.attributes = {{"class", class_name}, {"name", name}};
    return result;
  }

  Report& report_;
  ResultList results_;
  std::vector<Listed> listed_;  // in the report's order
  std::vector<Open> open_;      // results whose end is not read, outermost first
  std::unordered_map<std::string, Definition> definitions_;  // by the test's id
  Definition definition_;                                    // the open one
  std::string definition_id_;
  std::string property_;  // the key of the open one
  bool has_summary_ = false;
  bool run_went_wrong_ = false;  // as the open message of the run says
  int total_ = 0;                // results, as the summary counts them
};

class TrxReader : public ReportReader {
 public:
  std::string_view format() const override { return "trx"; }

  bool recognises(std::string_view head) const override { return xml_root(head) == "TestRun"; }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    TrxHandler handler(report);
    const Status status = read_xml(input, name, handler);
    return finished(status, std::move(report));
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_trx_reader() { return std::make_unique<TrxReader>(); }

}  // namespace riskd::connectors
