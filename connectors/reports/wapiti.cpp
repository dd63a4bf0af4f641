// Reads the JSON reports of Wapiti 3. A result is an entry of a category under `vulnerabilities` or
// `anomalies`. Its id is the category ("Cross Site Scripting"), and its CWEs are those that
// `classifications` refers to; the first of these references is the result's address.
// `additionals` are an inventory, no judgements, and are left out. Every category is listed, also those
// whose modules were not run; which modules ran is not written. So a category without entries gives no
// result, and a report covers its site, as a scan of ZAP does.
//
// Source: wapitiCore/report/jsonreportgenerator.py, and its levels in wapitiCore/definitions.
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/json_head.hpp"
#include "connectors/reports/json_stream.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/report_date.hpp"
#include "connectors/reports/result_list.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t most_categories = 10'000;

// What `classifications` says of one.
struct Category {
  std::vector<int> cwe;
  std::string url;
};

class WapitiHandler : public JsonHandler {
 public:
  explicit WapitiHandler(Report& report) : report_(report), results_(report) {}

  // "/vulnerabilities/Cross Site Scripting" is one entry of that category's list.
  void begin_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer == "/infos") has_infos_ = true;
    if (!is_entry(path)) return;
    result_ = ReportResult{};
    result_.id = one_line(path.name(1));
    result_.outcome = Outcome::failed;
    kind_ = pointer.starts_with("/anomalies") ? "anomaly" : "vulnerability";
    method_.clear();
    path_.clear();
  }

  void end_object(const NodePath& path) override {
    if (is_entry(path)) return end_entry();
    if (path.depth() != 0) return;
    if (!has_infos_) return refuse(ErrorCode::invalid, "expected the member `infos`, found none");
    std::size_t each_bytes = target_.size() + kept_words * sizeof(int);
    for (const auto& [name, category] : categories_)
      each_bytes =
          std::max(each_bytes, target_.size() + kept_words * sizeof(int) + category.url.size());
    if (!results_.charge(results_.size() * each_bytes)) {
      return refuse(ErrorCode::too_large, ResultList::complaint());
    }
    for (ReportResult& result : report_.results) {
      result.scope = target_;
      const auto found = categories_.find(result.id);
      if (found == categories_.end()) continue;
      result.cwe = found->second.cwe;
      result.url = found->second.url;
    }
    if (!target_.empty()) report_.scopes.push_back(target_);
  }

  void value(const NodePath& path, const JsonScalar& scalar) override {
    const std::string_view pointer = path.pointer();
    if (pointer.empty()) return refuse(ErrorCode::invalid, "expected an object with `infos`");
    if (path.depth() == 4 && pointer.starts_with("/classifications/")) {
      // {"ref": {"CWE-79: Improper Neutralization…": "https://…"}}
      if (path.name(2) == "ref") add_reference(path, scalar.text);
    } else if (path.depth() == 3 && is_listed(pointer)) {
      entry_value(path.name(2), scalar.text);
    } else if (pointer == "/infos/target") {
      target_ = one_line(scalar.text);
    } else if (pointer == "/infos/version") {
      report_.producer = one_line(scalar.text);
    } else if (pointer == "/infos/date") {
      report_.generated = report_time(scalar.text);
    }
  }

 private:
  static bool is_listed(std::string_view pointer) {
    return pointer.starts_with("/vulnerabilities/") || pointer.starts_with("/anomalies/");
  }
  static bool is_entry(const NodePath& path) {
    return path.depth() == 2 && is_listed(path.pointer());
  }

  void add_reference(const NodePath& path, std::string_view address) {
    const std::string name = one_line(path.name(1));
    if (categories_.size() == most_categories && !categories_.contains(name)) return;
    Category& category = categories_[name];
    add_cwe_tokens(category.cwe, path.name(3));
    if (category.url.empty()) category.url = first_url(address);
  }

  void entry_value(std::string_view field, std::string_view text) {
    if (field == "info") {
      result_.title = one_line(text);
      result_.message = message_of(text);
    } else if (field == "method") {
      method_ = one_line(text);
    } else if (field == "path") {
      path_ = one_line(text);
    } else if (field == "level") {
      const auto level = parse_int(text).value_or(-1);
      if (level >= 0 && level < static_cast<int>(levels_.size())) {
        result_.severity = levels_[static_cast<std::size_t>(level)];
      }
    } else if (field == "wstg") {
      add_once(result_.tags, one_line(text));
    }
  }

  void end_entry() {
    if (result_.title.empty()) result_.title = result_.id;
    if (!path_.empty()) {
      result_.locations.push_back(method_.empty() ? path_ : method_ + ' ' + path_);
    }
    result_.attributes = {{"level", result_.severity}, {"category", result_.id}, {"kind", kind_}};
    if (!results_.add(std::move(result_))) refuse(ErrorCode::too_large, ResultList::complaint());
  }

  Report& report_;
  ResultList results_;
  // By the number that Wapiti writes, the least severe first.
  const std::span<const std::string_view> levels_ =
      engine::test_source("wapiti")->field("level")->words;
  std::map<std::string, Category> categories_;
  std::string target_;
  bool has_infos_ = false;

  ReportResult result_;  // the open entry
  std::string kind_;
  std::string method_;
  std::string path_;
};

class WapitiReader : public ReportReader {
 public:
  std::string_view format() const override { return "wapiti"; }

  bool recognises(std::string_view head) const override {
    const JsonHead json(head);
    if (!json.is_object()) return false;
    if (json.text("/infos/version").starts_with("Wapiti")) return true;
    return json.has("/classifications") &&
           (json.has("/vulnerabilities") || json.has("/classifications/Backup file/ref") ||
            json.has("/classifications/SQL Injection/ref"));
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    WapitiHandler handler(report);
    const Status status = read_json(input, name, handler);
    return finished(status, std::move(report));
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_wapiti_reader() { return std::make_unique<WapitiReader>(); }

}  // namespace riskd::connectors
