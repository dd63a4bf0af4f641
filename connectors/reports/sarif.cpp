// Reads SARIF 2.1.0, the OASIS format of static analysers (and of some dynamic ones). A result is a
// result of a run; its id is that of its rule. Levels and kinds have their defaults from the
// standard, weaknesses come from taxa, from relationships of the rule and from tags such as
// "external/cwe/cwe-079". The severity is the rule's `security-severity` as a word, and where no tool
// gave one, the level; the confidence is the rule's `precision`, or what a result itself calls so.
//
// Left out: results with the baseline state `absent`, which this run did not find. A run whose tool
// says that it failed, or that has no `results` at all, did not complete. Not read: 1.0.0 and 2.2,
// and results in external property files.
#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/json_head.hpp"
#include "connectors/reports/json_stream.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/result_list.hpp"
#include "connectors/reports/sarif_run.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t most_sarif_rules = 100'000;  // of one run

// Whether a property bag's member of this name holds weaknesses: Snyk's `cwe`, others' `cweId`.
bool is_cwe_property(std::string_view name) {
  static constexpr std::array<std::string_view, 6> names{"cwe",    "cwes",   "cweid",
                                                         "cweids", "cwe-id", "cwe_id"};
  return std::find(names.begin(), names.end(), in_lower_case(name)) != names.end();
}

// The name of a member directly in the property bag that `field` is in; empty elsewhere.
std::string_view property_of(std::string_view field, std::string_view owner) {
  static constexpr std::string_view bag = "/properties/";
  if (!field.starts_with(owner)) return {};
  field.remove_prefix(owner.size());
  if (!field.starts_with(bag)) return {};
  field.remove_prefix(bag.size());
  return field.find('/') == std::string_view::npos ? field : std::string_view();
}

constexpr std::string_view at_driver = "/runs/tool/driver";
constexpr std::string_view at_extension = "/runs/tool/extensions";
constexpr std::string_view at_taxonomies = "/runs/taxonomies";
constexpr std::string_view at_overrides = "/runs/invocations/ruleConfigurationOverrides";
constexpr std::string_view at_target = "/rules/relationships/target";
constexpr std::string_view at_messages = "/rules/messageStrings/";

bool is_tool_component(std::string_view pointer) {
  return pointer == at_driver || pointer == at_extension;
}

void read_sarif_override(SarifOverride& override, std::string_view field, std::string_view text) {
  if (field == "/descriptor/id") {
    override.id = one_line(text);
  } else if (field == "/descriptor/guid") {
    override.guid = in_lower_case(one_line(text));
  } else if (field == "/descriptor/index") {
    override.index = parse_int(text);
  } else if (field == "/descriptor/toolComponent/index") {
    override.component_index = parse_int(text);
  } else if (field == "/configuration/level") {
    override.level = word(text);
  } else if (field == "/configuration/enabled") {
    override.enabled = text != "false";
  }
}

void read_sarif_rule_property(SarifRule& rule, std::string_view name, std::string_view text) {
  if (name == "security-severity") {
    rule.severity = sarif_severity(text);
  } else if (name == "precision") {
    rule.confidence = word(text);
  } else if (name == "tags") {
    add_once(rule.tags, one_line(text));
    add_cwe_tokens(rule.cwe, text);
  } else if (is_cwe_property(name)) {
    add_cwe_field(rule.cwe, text);
  }
}

// `field` is "NAME/text".
void read_sarif_rule_message(SarifRule& rule, std::string_view field, std::string_view text) {
  if (rule.messages.size() >= kept_words) return;
  rule.messages.emplace(field.substr(0, field.find('/')), one_line(text));
}

// `field` begins with "/rules/".
void read_sarif_rule(SarifRule& rule, SarifTaxon& taxon, std::string_view field,
                     std::string_view text) {
  if (field == "/rules/id") {
    rule.id = one_line(text);
    add_cwe_tokens(rule.cwe, text);
  } else if (field == "/rules/name") {
    rule.name = one_line(text);
    add_cwe_tokens(rule.cwe, text);
  } else if (field == "/rules/shortDescription/text") {
    rule.description = one_line(text);
    add_cwe_tokens(rule.cwe, text);
  } else if (field == "/rules/fullDescription/text") {
    add_cwe_tokens(rule.cwe, text);
  } else if (field == "/rules/guid") {
    rule.guid = in_lower_case(one_line(text));
  } else if (field == "/rules/helpUri") {
    rule.url = first_url(text);
    add_cwe_url(rule.cwe, text);
  } else if (field == "/rules/deprecatedIds") {
    add_once(rule.old_ids, one_line(text));
  } else if (field == "/rules/defaultConfiguration/level") {
    rule.level = word(text);
  } else if (field == "/rules/defaultConfiguration/enabled") {
    rule.enabled = text != "false";
  } else if (const auto property = property_of(field, "/rules"); !property.empty()) {
    read_sarif_rule_property(rule, property, text);
  } else if (field.starts_with(at_messages) && field.ends_with("/text")) {
    read_sarif_rule_message(rule, field.substr(at_messages.size()), text);
  } else if (field.starts_with(at_target)) {
    taxon.read(field.substr(at_target.size()), text);
  }
}

// `issue_severity` and `issue_confidence` are Bandit's.
void read_sarif_result_property(SarifResult& result, std::string_view name, std::string_view text) {
  ReportResult& kept = result.kept;
  if (name == "security-severity" || (name == "issue_severity" && result.severity.empty())) {
    result.severity = sarif_severity(text);
  } else if (name == "confidence" || name == "issue_confidence") {
    kept.confidence = word(text);
  } else if (name == "tags") {
    add_once(kept.tags, one_line(text));
    add_cwe_tokens(kept.cwe, text);
  } else if (is_cwe_property(name)) {
    add_cwe_field(kept.cwe, text);
  }
}

class SarifHandler : public JsonHandler {
 public:
  explicit SarifHandler(Report& report) : report_(report), kept_(report) {}

  void begin_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer == "/runs") {
      begin_run();
    } else if (pointer == "/runs/results") {
      begin_result();
    } else if (pointer == "/runs/results/suppressions") {
      ++result_.suppressions;
    } else if (pointer == "/runs/results/locations") {
      location_ = SarifLocation{};
    } else if (pointer == at_overrides) {
      override_ = &run_.add_override();
    } else if (pointer == "/runs/artifacts") {
      run_.begin_artifact();
    } else if (pointer == "/runs/tool/extensions") {
      run_.begin_extension();
    } else if (pointer.ends_with("/rules") &&
               is_tool_component(pointer.substr(0, pointer.size() - 6))) {
      begin_rule(pointer.starts_with(at_driver));
    } else if (pointer == "/runs/results/taxa" || pointer.ends_with("/relationships/target")) {
      taxon_ = SarifTaxon{};
    } else if (pointer == at_taxonomies) {
      run_.taxonomies().begin();
    } else if (pointer == "/runs/taxonomies/taxa") {
      run_.taxonomies().begin_taxon();
    }
  }

  void end_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer.empty()) {
      if (!versioned_) refuse(ErrorCode::invalid, "expected the member `version`, found none");
      if (!report_.generated) report_.generated = end_;
    } else if (pointer == "/runs") {
      end_run();
    } else if (pointer == "/runs/tool" && !tool_known_) {
      run_.index();
      tool_known_ = true;
    } else if (pointer == "/runs/results") {
      end_result();
    } else if (pointer == "/runs/results/locations") {
      end_location();
    } else if (pointer == "/runs/results/taxa") {
      classify(result_.kept.cwe, result_.taxa);
    } else if (rule_ != nullptr && pointer.ends_with("/rules/relationships/target")) {
      classify(rule_->cwe, rule_->taxa);
      rules_wait_ = rules_wait_ || !rule_->taxa.empty();
    } else if (pointer.ends_with("/rules") &&
               is_tool_component(pointer.substr(0, pointer.size() - 6))) {
      rule_ = nullptr;
    }
  }

  void begin_array(const NodePath& path) override {
    if (path.pointer() == "/runs/results") has_results_ = true;
  }

  void value(const NodePath& path, const JsonScalar& scalar) override {
    const std::string_view pointer = path.pointer();
    const std::string_view text = scalar.text;
    if (pointer.empty()) return refuse(ErrorCode::invalid, "expected an object with `runs`");
    if (pointer.starts_with("/runs/results/")) {
      result_value(pointer.substr(std::string_view("/runs/results").size()), text);
    } else if (pointer.starts_with("/runs/tool/")) {
      tool_value(pointer, text);
    } else if (pointer.starts_with(at_taxonomies)) {
      run_.taxonomies().read(pointer.substr(at_taxonomies.size()), text);
    } else if (pointer == "/runs/artifacts/location/uri") {
      run_.locate_artifact(text);
    } else if (pointer == "/version") {
      read_version(text);
    } else if (pointer.starts_with(at_overrides)) {
      if (override_ != nullptr)
        read_sarif_override(*override_, pointer.substr(at_overrides.size()), text);
    } else if (pointer == "/runs/invocations/executionSuccessful") {
      run_failed_ = run_failed_ || text == "false";
    } else if (pointer == "/runs/invocations/startTimeUtc" && !report_.generated) {
      report_.generated = parse_instant(trimmed(text));
    } else if (pointer == "/runs/invocations/endTimeUtc" && !end_) {
      end_ = parse_instant(trimmed(text));
    }
  }

 private:
  void read_version(std::string_view text) {
    versioned_ = true;
    if (text == "2.1.0") return;
    refuse(ErrorCode::unsupported,
           "version `" + one_line(clip(text, 40)) + "` of SARIF is not read, write `2.1.0`");
  }

  // The open reference is the weakness of a rule or result, now or once the taxonomies are read.
  void classify(std::vector<int>& cwe, std::vector<SarifTaxon>& waiting) {
    if (!taxon_.needs_taxonomies()) {
      run_.taxonomies().add(cwe, taxon_);
    } else if (waiting.size() < kept_words) {
      waiting.push_back(std::move(taxon_));
    }
  }

  void begin_run() {
    run_ = SarifRun();
    rule_ = nullptr;
    override_ = nullptr;
    results_.clear();
    tool_known_ = false;
    rules_wait_ = false;
    has_results_ = false;
    run_failed_ = false;
    tool_.clear();
    tool_version_.clear();
  }

  void end_run() {
    report_.looked_at_nothing = false;
    run_.index();
    run_.classify_rules();
    run_.apply_overrides();
    for (; !results_.empty(); results_.pop_front()) {
      keep(std::move(results_.front()));
      if (refused()) return;
    }
    const bool failed = run_failed_ || !has_results_;
    report_.failed = report_.failed || failed;
    if (!failed) {
      for (ReportCheck& check : run_.checks()) {
        if (!ResultList::allows(report_.checks.size() + 1)) break;
        check.tool = tool_;
        report_.checks.push_back(std::move(check));
      }
      for (std::string& id : run_.switched_off()) report_.switched_off.push_back(std::move(id));
    }
    if (report_.producer.empty()) {
      report_.producer = tool_version_.empty() ? tool_ : tool_ + ' ' + tool_version_;
    }
  }

  void begin_rule(bool of_driver) {
    if (run_.rule_count() == most_sarif_rules) {
      return refuse(ErrorCode::too_large,
                    "a run has more than " + std::to_string(most_sarif_rules) + " rules");
    }
    rule_ = &run_.add_rule(of_driver);
  }

  void tool_value(std::string_view pointer, std::string_view text) {
    if (pointer == "/runs/tool/driver/name") {
      tool_ = one_line(text);
    } else if (pointer == "/runs/tool/driver/version" ||
               (pointer == "/runs/tool/driver/semanticVersion" && tool_version_.empty())) {
      tool_version_ = one_line(text);
    } else if (pointer == "/runs/tool/extensions/name") {
      run_.name_extension(text);
    } else if (rule_ != nullptr) {
      const std::size_t size =
          pointer.starts_with(at_driver) ? at_driver.size() : at_extension.size();
      read_sarif_rule(*rule_, taxon_, pointer.substr(size), text);
    }
  }

  void begin_result() {
    if (!ResultList::allows(kept_.size() + results_.size() + 1)) {
      return refuse(ErrorCode::too_large, ResultList::complaint());
    }
    has_results_ = true;
    absent_ = false;
    result_ = SarifResult{};
  }

  // A result waits for the end of its run only where it, or one before it, still lacks something.
  void end_result() {
    if (absent_) return;
    // An override may come behind the results, and decides the level where a result has none.
    const bool waits =
        rules_wait_ || !result_.taxa.empty() || needs_artifacts() || result_.level.empty();
    if (tool_known_ && results_.empty() && !waits) {
      keep(std::move(result_));
    } else {
      results_.push_back(std::move(result_));
    }
  }

  void keep(SarifResult result) {
    ReportResult finished = run_.finish(std::move(result));
    finished.attributes.emplace_back("tool", tool_);
    if (!kept_.add(std::move(finished))) refuse(ErrorCode::too_large, ResultList::complaint());
  }

  bool needs_artifacts() const {
    for (const SarifLocation& location : result_.locations) {
      if (location.uri.empty() && location.artifact) return true;
    }
    return false;
  }

  void end_location() {
    if (result_.locations.size() < limits::report_locations) {
      result_.locations.push_back(std::move(location_));
    }
  }

  // `field` is below the result: "/ruleId".
  void result_value(std::string_view field, std::string_view text) {
    if (field == "/ruleId" || (field == "/rule/id" && result_.rule_id.empty())) {
      result_.rule_id = one_line(text);
    } else if (field == "/ruleIndex" || field == "/rule/index") {
      result_.rule_index = parse_int(text);
    } else if (field == "/rule/toolComponent/index") {
      result_.component_index = parse_int(text);
    } else if (field == "/rule/toolComponent/name") {
      result_.component_name = one_line(text);
    } else if (field == "/kind") {
      result_.kind = one_line(text);
    } else if (field == "/level") {
      result_.level = word(text);
    } else if (field == "/message/text" ||
               (field == "/message/markdown" && result_.message.empty())) {
      result_.message = one_line(text);
    } else if (field == "/message/id") {
      result_.message_id = one_line(text);
    } else if (field == "/message/arguments") {
      if (result_.message_arguments.size() < kept_words) {
        result_.message_arguments.push_back(one_line(text));
      }
    } else if (field == "/baselineState") {
      absent_ = text == "absent";
    } else if (field == "/suppressions/status" || field == "/suppressions/state") {
      result_.suppression_open =
          result_.suppression_open || text == "underReview" || text == "rejected";
    } else if (field == "/locations/physicalLocation/artifactLocation/uri") {
      location_.uri = one_line(text);
    } else if (field == "/locations/physicalLocation/artifactLocation/index") {
      location_.artifact = parse_int(text);
    } else if (field == "/locations/physicalLocation/region/startLine") {
      location_.line = one_line(text);
    } else if (field == "/locations/logicalLocations/fullyQualifiedName") {
      location_.logical = one_line(text);
    } else if (field.starts_with("/taxa/")) {
      taxon_.read(field.substr(std::string_view("/taxa").size()), text);
    } else if (const auto property = property_of(field, ""); !property.empty()) {
      read_sarif_result_property(result_, property, text);
    }
  }

  Report& report_;
  ResultList kept_;
  bool versioned_ = false;
  std::optional<Instant> end_;  // of the first run that has one

  SarifRun run_;
  std::deque<SarifResult> results_;  // of the open run, that wait for its end
  bool tool_known_ = false;          // its rules were read
  bool rules_wait_ = false;          // for the run's taxonomies
  bool has_results_ = false;
  bool run_failed_ = false;
  SarifOverride* override_ = nullptr;  // the open one, in run_
  std::string tool_;
  std::string tool_version_;
  SarifRule* rule_ = nullptr;  // the open rule, in run_

  SarifResult result_;  // the open result
  bool absent_ = false;
  SarifLocation location_;  // the open one of the result
  SarifTaxon taxon_;        // the open one, of the rule or of the result
};

class SarifReader : public ReportReader {
 public:
  std::string_view format() const override { return "sarif"; }

  bool recognises(std::string_view head) const override {
    const JsonHead json(head);
    if (!json.is_object()) return false;
    if (json.text("/$schema").find("sarif") != std::string_view::npos) return true;
    return json.has("/runs") &&
           (json.has("/version") || json.has("/runs/tool/driver") || json.has("/runs/results"));
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    report.looked_at_nothing = true;  // until a run ends
    SarifHandler handler(report);
    const Status status = read_json(input, name, handler);
    return finished(status, std::move(report));
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_sarif_reader() { return std::make_unique<SarifReader>(); }

}  // namespace riskd::connectors
