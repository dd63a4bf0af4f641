#include "connectors/reports/zap_alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/plain_text.hpp"
#include "connectors/reports/fields.hpp"
#include "connectors/reports/report_date.hpp"
#include "engine/base/ascii.hpp"
#include "engine/base/limits.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::connectors {
namespace {

// The word of `field` that ZAP's code stands for: codes count its words from 0. Without such a code, `text` if it is
// one of the words.
std::string choose(std::string_view field, std::optional<int> code, std::string_view text) {
  const engine::SourceField& known = *engine::test_source("zap")->field(field);
  if (code && *code >= 0 && *code < static_cast<int>(known.words.size())) {
    return std::string(known.words[static_cast<std::size_t>(*code)]);
  }
  std::string spoken = word(text);
  return known.has_word(spoken) ? std::move(spoken) : std::string();
}

// "Medium (High)" is medium risk with high confidence.
std::pair<std::string_view, std::string_view> split_risk(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {text, {}};
  std::string_view inner = text.substr(open + 1);
  return {trimmed(text.substr(0, open)), inner.substr(0, inner.find(')'))};
}

// Descriptions are HTML, "<p>…</p><p>…</p>"; before 2.4 they are text.
std::string first_paragraph(std::string_view html) {
  html = trimmed(html);
  const std::size_t end =
      std::min({html.find("</p>"), html.find("\n\n"), html.find("\r\n\r\n"), html.size()});
  return message_of(plain_of(Markup::html, html.substr(0, end)));
}

constexpr std::size_t evidence_bytes = 300;  // of a message, so that the description has its place

}  // namespace

void ZapAlerts::report_field(std::string_view field, std::string_view text) {
  if (field == "programName") {
    program_ = one_line(text);
  } else if (field == "version") {
    version_ = one_line(text);
  } else if (field == "created") {
    if (const auto moment = report_time(text)) report_.generated = moment;
  } else if (field == "generated" && !report_.generated) {
    report_.generated = report_time(text);
  }
}

void ZapAlerts::begin_site() {
  site_.clear();
  first_of_site_ = report_.results.size();
}

void ZapAlerts::site_name(std::string_view name) { site_ = one_line(name); }

bool ZapAlerts::end_site() {
  if (!results_.charge(site_.size() * (results_.size() - first_of_site_))) return false;
  for (std::size_t i = first_of_site_; i < report_.results.size(); ++i) {
    report_.results[i].scope = site_;
  }
  if (!site_.empty() && sites_.insert(site_).second) report_.scopes.push_back(site_);
  return true;
}

void ZapAlerts::begin_alert() {
  alert_ = ReportResult{};
  alert_.outcome = Outcome::failed;  // ZAP lists only what it found
  risk_code_.reset();
  confidence_code_.reset();
  risk_text_.clear();
  alert_name_.clear();
  description_.clear();
  evidence_.clear();
  other_info_.clear();
  instances_ = 0;
  method_.clear();
  uri_.clear();
}

bool ZapAlerts::reads_of_alert(std::string_view field) {
  static constexpr std::array<std::string_view, 15> known{
      "pluginid",   "alertRef",    "alert",     "name",     "riskcode",
      "confidence", "reliability", "riskdesc",  "cweid",    "uri",
      "method",     "desc",        "reference", "evidence", "otherinfo"};
  return std::find(known.begin(), known.end(), field) != known.end();
}

bool ZapAlerts::reads_of_instance(std::string_view field) {
  return field == "uri" || field == "method" || field == "evidence" || field == "otherinfo";
}

void ZapAlerts::alert_field(std::string_view field, std::string_view text) {
  if (field == "pluginid") {
    alert_.id = one_line(text);
  } else if (field == "alertRef") {
    add_once(alert_.aliases, one_line(text));
  } else if (field == "alert") {
    alert_.title = one_line(text);
  } else if (field == "name") {
    alert_name_ = one_line(text);
  } else if (field == "riskcode") {
    risk_code_ = parse_int(text);
  } else if (field == "confidence" || field == "reliability") {  // the latter before 2.4
    confidence_code_ = parse_int(text);
  } else if (field == "riskdesc") {
    risk_text_ = one_line(text);
  } else if (field == "cweid") {
    add_cwe_field(alert_.cwe, text);
  } else if (field == "uri") {  // before 2.5 they stand in the alert itself, one after the other
    add_location();
    uri_ = one_line(text);
  } else if (field == "method") {
    method_ = one_line(text);
  } else if (field == "desc") {
    description_ = first_paragraph(text);
  } else if (field == "reference") {
    alert_.url = first_url(plain_of(Markup::html, text));
  } else if (field == "evidence" && evidence_.empty()) {
    evidence_ = message_of(text);
  } else if (field == "otherinfo" && other_info_.empty()) {
    other_info_ = first_paragraph(text);
  }
}

// Why ZAP thinks so: what the alert is, and what it saw.
std::string ZapAlerts::message() const {
  std::string seen = evidence_.empty() ? other_info_ : "Evidence: " + evidence_;
  seen = clip(seen, evidence_bytes);
  std::string message(clip(description_, limits::report_message_bytes - evidence_bytes - 1));
  if (!message.empty() && !seen.empty()) message += ' ';
  return message + seen;
}

void ZapAlerts::tag(std::string_view text) { add_once(alert_.tags, one_line(text)); }

bool ZapAlerts::end_alert() {
  add_location();
  if (alert_.title.empty()) alert_.title = alert_name_;
  if (alert_.cwe.empty()) {  // newer rules tag their weakness as well
    for (const std::string& tag : alert_.tags) add_cwe_tokens(alert_.cwe, tag);
  }
  if (alert_.id.empty()) {  // not seen of ZAP, but a finding must not get lost
    alert_.id = alert_.aliases.empty() ? alert_.title : alert_.aliases.front();
  }
  if (alert_.id.empty()) alert_.id = "(no name)";
  std::erase(alert_.aliases, alert_.id);
  const auto [risk, confidence] = split_risk(risk_text_);
  alert_.severity = choose("risk", risk_code_, risk);
  alert_.confidence = choose("confidence", confidence_code_, confidence);
  alert_.attributes = {
      {"risk", alert_.severity}, {"confidence", alert_.confidence}, {"alert", alert_.title}};
  alert_.message = message();
  alert_.locations.shrink_to_fit();
  return results_.add(std::move(alert_));
}

void ZapAlerts::begin_instance() {
  ++instances_;
  method_.clear();
  uri_.clear();
}

void ZapAlerts::instance_field(std::string_view field, std::string_view text) {
  if (instances_ == 1 && field == "evidence" && !text.empty()) evidence_ = message_of(text);
  if (instances_ == 1 && field == "otherinfo" && !text.empty()) other_info_ = first_paragraph(text);
  if (alert_.locations.size() == limits::report_locations) return;
  if (field == "uri") {
    uri_ = one_line(text);
  } else if (field == "method") {
    method_ = one_line(text);
  }
}

void ZapAlerts::end_instance() { add_location(); }

// One URI is often listed once for each of its parameters; a location is kept once.
void ZapAlerts::add_location() {
  if (!uri_.empty() && alert_.locations.size() < limits::report_locations) {
    std::string location = method_.empty() ? uri_ : method_ + ' ' + uri_;
    const auto& known = alert_.locations;
    if (std::find(known.begin(), known.end(), location) == known.end()) {
      alert_.locations.push_back(std::move(location));
    }
  }
  method_.clear();
  uri_.clear();
}

void ZapAlerts::end_report() {
  const std::string program = program_.empty() || program_ == "OWASP ZAP" ? "ZAP" : program_;
  report_.producer = version_.empty() ? program : program + ' ' + version_;
}

}  // namespace riskd::connectors
