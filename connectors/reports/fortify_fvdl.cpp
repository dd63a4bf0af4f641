#include "connectors/reports/fortify_fvdl.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/plain_text.hpp"
#include "connectors/reports/fields.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/report_date.hpp"
#include "connectors/reports/result_list.hpp"
#include "connectors/reports/xml_stream.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t most_fortify_rules = 100'000;
constexpr std::size_t most_nodes = 1'000'000;
// An abstract has a text with `<Replace key="…"/>` for the place, and a general one, which is kept.
constexpr std::string_view specific_begin = "<Paragraph>";
constexpr std::string_view general_begin = "<AltParagraph>";
constexpr std::string_view analysis_tag = "87f2364f-dcd4-49e6-861d-f8d3f351686b";

// What EngineData/RuleInfo says of a rule; it may say nothing.
struct Rule {
  std::vector<int> cwe;
  std::optional<double> impact;
  std::optional<double> accuracy;
  std::optional<double> probability;
};

// A vulnerability before its rule is known, which comes after all of them.
struct Finding {
  std::string class_id;
  std::string instance_id;
  std::string type;
  std::string subtype;
  std::string severity;  // 1.0 to 5.0, as is the confidence
  std::string confidence;
  std::string location;
  std::string node;  // of the pool, where the location is
  bool located_by_default = false;
};

std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || text.empty()) return std::nullopt;
  return value;
}

// "CWE ID 22, CWE ID 73"
void add_cwe_ids(std::vector<int>& list, std::string_view text) {
  static constexpr std::string_view mark = "CWE ID ";
  for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
    text.remove_prefix(at + mark.size());
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    add_cwe(list, parse_int(text.substr(0, end)).value_or(0));
  }
}

std::string location_of(const XmlAttributes& attributes) {
  std::string location = one_line(attributes.get("path"));
  if (!location.empty() && attributes.has("line"))
    location += ':' + one_line(attributes.get("line"));
  return location;
}

// "The method <Replace…/> leaks it.<AltParagraph>It is leaked.</AltParagraph>" is "It is leaked."
std::string abstract_of(std::string_view text) {
  std::string general;
  for (;;) {
    const std::size_t begin = text.find(general_begin);
    if (begin == std::string_view::npos) break;
    general += text.substr(0, std::min(text.find(specific_begin), begin));
    text.remove_prefix(begin + general_begin.size());
    const std::size_t end = std::min(text.find("</AltParagraph>"), text.size());
    (general += ' ') += text.substr(0, end);
    text.remove_prefix(end);
  }
  general += text;
  for (std::size_t at = general.find("<Replace "); at != std::string::npos;
       at = general.find("<Replace ", at)) {
    const std::size_t end = general.find('>', at);
    general.replace(at, end == std::string::npos ? end : end + 1 - at, "…");
  }
  return message_of(plain_of(Markup::html, general));
}

class AuditHandler : public XmlHandler {
 public:
  explicit AuditHandler(FortifyAudits& audits) : audits_(audits) {}

  XmlText start(const NodePath& path, const XmlAttributes& attributes) override {
    const std::string_view pointer = path.pointer();
    if (path.depth() == 1 && pointer != "/Audit") {
      refuse(ErrorCode::invalid,
             "expected `Audit` as root, found `" + one_line(clip(path.name(0), 40)) + "`");
    } else if (pointer == issue) {
      instance_ = one_line(attributes.get("instanceId"));
      audit_ = FortifyAudit{attributes.get("suppressed") == "true", {}};
    } else if (pointer == tag) {
      is_analysis_ = attributes.get("id") == analysis_tag;
    }
    return pointer == value && is_analysis_ ? XmlText::keep : XmlText::skip;
  }

  void end(const NodePath& path, std::string_view text) override {
    if (path.pointer() == value && is_analysis_) audit_.analysis = one_line(text);
    if (path.pointer() != issue) return;
    if (!ResultList::allows(audits_.size() + 1)) {
      return refuse(ErrorCode::too_large, ResultList::complaint());
    }
    audits_[instance_] = audit_;
  }

 private:
  static constexpr std::string_view issue = "/Audit/IssueList/Issue";
  static constexpr std::string_view tag = "/Audit/IssueList/Issue/Tag";
  static constexpr std::string_view value = "/Audit/IssueList/Issue/Tag/Value";

  FortifyAudits& audits_;
  std::string instance_;
  FortifyAudit audit_;
  bool is_analysis_ = false;
};

class FvdlHandler : public XmlHandler {
 public:
  FvdlHandler(const FortifyAudits& audits, Report& report) : audits_(audits), report_(report) {}

  XmlText start(const NodePath& path, const XmlAttributes& attributes) override {
    const std::string_view pointer = path.pointer();
    if (path.depth() == 1) {
      if (pointer != "/FVDL") {
        refuse(ErrorCode::invalid,
               "expected `FVDL` as root, found `" + one_line(clip(path.name(0), 40)) + "`");
      }
    } else if (pointer == vulnerability) {
      if (!ResultList::allows(findings_.size() + 1)) {
        refuse(ErrorCode::too_large, ResultList::complaint());
      }
      finding_ = Finding{};
    } else if (pointer.starts_with(vulnerability)) {
      return start_in_finding(pointer.substr(vulnerability.size()), attributes);
    } else if (pointer.starts_with("/FVDL/UnifiedNodePool/Node")) {
      start_in_pool(pointer, attributes);
    } else if (pointer == description) {
      described_ = one_line(attributes.get("classID"));
    } else if (pointer == abstract_text || pointer == explanation) {
      return XmlText::keep;
    } else if (pointer.starts_with("/FVDL/EngineData/")) {
      return start_in_engine(pointer, attributes);
    } else if (pointer == "/FVDL/WriteDate" || pointer == "/FVDL/CreatedTS") {
      read_time(attributes, pointer == "/FVDL/WriteDate");
    }
    return XmlText::skip;
  }

  void end(const NodePath& path, std::string_view text) override {
    const std::string_view pointer = path.pointer();
    if (pointer == vulnerability) {
      findings_.push_back(std::move(finding_));
    } else if (pointer.starts_with(vulnerability)) {
      end_in_finding(pointer.substr(vulnerability.size()), text);
    } else if (pointer == abstract_text || pointer == explanation) {
      describe(text);
    } else if (pointer == group && rule_ != nullptr) {
      end_group(text);
    } else if (pointer == "/FVDL/EngineData/EngineVersion") {
      report_.producer = "Fortify " + one_line(text);
    } else if (pointer == "/FVDL") {
      end_report();
    }
  }

 private:
  static constexpr std::string_view vulnerability = "/FVDL/Vulnerabilities/Vulnerability";
  static constexpr std::string_view group = "/FVDL/EngineData/RuleInfo/Rule/MetaInfo/Group";

  static constexpr std::string_view description = "/FVDL/Description";
  static constexpr std::string_view abstract_text = "/FVDL/Description/Abstract";
  static constexpr std::string_view explanation = "/FVDL/Description/Explanation";

  // The abstract comes first; where it says nothing, the explanation begins with it.
  void describe(std::string_view text) {
    if (abstracts_.size() == most_fortify_rules && !abstracts_.contains(described_)) return;
    std::string& kept = abstracts_[described_];
    if (kept.empty()) kept = abstract_of(text);
  }

  // `field` is below the vulnerability.
  XmlText start_in_finding(std::string_view field, const XmlAttributes& attributes) {
    if (field.starts_with("/ClassInfo/") || field.starts_with("/InstanceInfo/")) {
      return XmlText::keep;
    }
    if (field.ends_with("/Primary/Entry/Node") || field.ends_with("/Primary/Entry/NodeRef")) {
      node_is_default_ = attributes.get("isDefault") == "true";
      if (field.ends_with("Ref") && (node_is_default_ || finding_.node.empty())) {
        finding_.node = one_line(attributes.get("id"));
      }
    } else if (field.ends_with("/Primary/Entry/Node/SourceLocation")) {
      if (node_is_default_ || finding_.location.empty()) {
        finding_.location = location_of(attributes);
        finding_.located_by_default = node_is_default_;
      }
    }
    return XmlText::skip;
  }

  void end_in_finding(std::string_view field, std::string_view text) {
    if (field == "/ClassInfo/ClassID") {
      finding_.class_id = one_line(text);
    } else if (field == "/ClassInfo/Type") {
      finding_.type = one_line(text);
    } else if (field == "/ClassInfo/Subtype") {
      finding_.subtype = one_line(text);
    } else if (field == "/InstanceInfo/InstanceID") {
      finding_.instance_id = one_line(text);
    } else if (field == "/InstanceInfo/InstanceSeverity") {
      finding_.severity = one_line(text);
    } else if (field == "/InstanceInfo/Confidence") {
      finding_.confidence = one_line(text);
    }
  }

  void start_in_pool(std::string_view pointer, const XmlAttributes& attributes) {
    if (pointer == "/FVDL/UnifiedNodePool/Node") {
      node_ = one_line(attributes.get("id"));
    } else if (pointer == "/FVDL/UnifiedNodePool/Node/SourceLocation") {
      if (nodes_.size() < most_nodes) nodes_.emplace(node_, location_of(attributes));
    }
  }

  XmlText start_in_engine(std::string_view pointer, const XmlAttributes& attributes) {
    if (pointer == "/FVDL/EngineData/RuleInfo/Rule") {
      if (rules_.size() == most_fortify_rules) {
        refuse(ErrorCode::too_large,
               "the report has more than " + std::to_string(most_fortify_rules) + " rules");
        return XmlText::skip;
      }
      rule_ = &rules_[one_line(attributes.get("id"))];
    } else if (pointer == group) {
      group_ = one_line(attributes.get("name"));
      return XmlText::keep;
    }
    return pointer == "/FVDL/EngineData/EngineVersion" ? XmlText::keep : XmlText::skip;
  }

  void end_group(std::string_view text) {
    if (group_ == "altcategoryCWE") {
      add_cwe_ids(rule_->cwe, text);
    } else if (group_ == "Impact") {
      rule_->impact = number(text);
    } else if (group_ == "Accuracy") {
      rule_->accuracy = number(text);
    } else if (group_ == "Probability") {
      rule_->probability = number(text);
    }
  }

  // The time of writing has a zone, that of creation none.
  void read_time(const XmlAttributes& attributes, bool better) {
    const std::string text =
        one_line(attributes.get("date")) + 'T' + one_line(attributes.get("time"));
    const auto moment = report_time(text);
    if (moment && (better || !report_.generated)) report_.generated = moment;
  }

  void end_report() {
    ResultList results(report_);
    for (Finding& finding : findings_) {
      if (!results.add(result_of(finding)))
        return refuse(ErrorCode::too_large, ResultList::complaint());
    }
    findings_.clear();
  }

  ReportResult result_of(const Finding& finding) const {
    static const Rule no_rule;
    const auto found = rules_.find(finding.class_id);
    const Rule& rule = found == rules_.end() ? no_rule : found->second;
    ReportResult result;
    result.outcome = Outcome::failed;  // Fortify lists only what it found
    result.id = finding.subtype.empty() ? finding.type : finding.type + ": " + finding.subtype;
    if (result.id.empty()) result.id = finding.class_id.empty() ? "(no name)" : finding.class_id;
    result.title = result.id;
    add_once(result.aliases, finding.class_id);
    if (!finding.instance_id.empty()) {
      add_once(result.aliases, finding.instance_id + '/' + finding.class_id);
    }
    result.severity = severity_of(finding, rule);
    result.confidence = finding.confidence;
    result.cwe = rule.cwe;
    if (const auto abstract = abstracts_.find(finding.class_id); abstract != abstracts_.end())
      result.message = abstract->second;
    add_location(result, finding);
    std::string analysis;
    if (const auto audit = audits_.find(finding.instance_id); audit != audits_.end()) {
      result.suppressed = audit->second.suppressed;
      analysis = audit->second.analysis;
    }
    if (!analysis.empty()) result.tags.push_back("analysis:" + analysis);
    result.attributes = {{"severity", result.severity},
                         {"confidence", number(result.confidence) ? result.confidence : ""},
                         {"category", result.id},
                         {"suppressed", result.suppressed ? "true" : "false"}};
    if (!analysis.empty()) result.attributes.emplace_back("analysis", analysis);
    return result;
  }

  void add_location(ReportResult& result, const Finding& finding) const {
    std::string location = finding.location;
    if (!finding.located_by_default && !finding.node.empty()) {
      const auto node = nodes_.find(finding.node);
      if (node != nodes_.end() && !node->second.empty()) location = node->second;
    }
    if (!location.empty()) result.locations.push_back(std::move(location));
  }

  // Impact and likelihood where the report has the rule's data; else the finding's own severity
  // stands for the impact, and its confidence for the likelihood.
  static std::string severity_of(const Finding& finding, const Rule& rule) {
    const auto severity = number(finding.severity);
    const auto confidence = number(finding.confidence);
    if (!rule.impact && !severity) return {};
    double likelihood = confidence.value_or(0);
    if (rule.accuracy && rule.probability) {
      likelihood = *rule.accuracy * likelihood * *rule.probability / 25;
    }
    return fortify_priority(rule.impact.value_or(severity.value_or(0)), likelihood);
  }

  const FortifyAudits& audits_;
  Report& report_;
  std::vector<Finding> findings_;
  std::unordered_map<std::string, Rule> rules_;
  std::unordered_map<std::string, std::string> nodes_;      // of the pool: id to location
  std::unordered_map<std::string, std::string> abstracts_;  // class id to why it is reported

  Finding finding_;  // the open vulnerability
  bool node_is_default_ = false;
  std::string described_;  // the class of the open description
  std::string node_;
  Rule* rule_ = nullptr;  // the open rule, in rules_
  std::string group_;
};

}  // namespace

Status read_fortify_audit(std::istream& input, const std::string& name, FortifyAudits& audits) {
  AuditHandler handler(audits);
  return read_xml(input, name, handler);
}

Status read_fvdl(std::istream& input, const std::string& name, const FortifyAudits& audits,
                 Report& report) {
  FvdlHandler handler(audits, report);
  return read_xml(input, name, handler);
}

std::string fortify_priority(double impact, double likelihood) {
  constexpr double high = 2.5;
  if (impact >= high) return likelihood >= high ? "critical" : "high";
  return likelihood >= high ? "medium" : "low";
}

}  // namespace riskd::connectors
