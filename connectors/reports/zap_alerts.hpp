// What the XML and the JSON reports of ZAP have in common: sites, alerts and instances with the
// same fields, in whatever order they stand.
//
// Sources: ZAP's documentation of "Traditional XML Report" and "Traditional JSON Report" with their
// "plus" forms (https://www.zaproxy.org/docs/desktop/addons/report-generation/), the constants of
// risk and confidence (https://www.zaproxy.org/docs/constants/), and reports of 2.3 to 2.16.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "connectors/report.hpp"
#include "connectors/reports/result_list.hpp"

namespace riskd::connectors {

// Fills a Report from fields as they come. `field` is the name as ZAP writes it ("pluginid");
// names that mean nothing here are ignored. An alert may hold any number of instances; a bounded
// number of locations is kept.
class ZapAlerts {
 public:
  explicit ZapAlerts(Report& report) : report_(report), results_(report) {}

  // Of the report: "programName", "version", "generated", "created".
  void report_field(std::string_view field, std::string_view text);

  // All alerts between these two get the site's name as scope. The ends of sites and of alerts are
  // false where the report is too large, as the calls of ResultList are.
  void begin_site();
  void site_name(std::string_view name);
  bool end_site();

  void begin_alert();
  static bool reads_of_alert(std::string_view field);  // whether alert_field() knows it
  void alert_field(std::string_view field, std::string_view text);
  void tag(std::string_view text);
  bool end_alert();

  void begin_instance();
  static bool reads_of_instance(std::string_view field);
  void instance_field(std::string_view field, std::string_view text);
  void end_instance();

  void end_report();

 private:
  void add_location();
  std::string message() const;

  Report& report_;
  ResultList results_;
  std::string program_;
  std::string version_;
  std::string site_;
  std::size_t first_of_site_ = 0;  // index of the first result of the open site
  std::unordered_set<std::string> sites_;

  ReportResult alert_;  // the open alert; its codes and words until its end
  std::optional<int> risk_code_;
  std::optional<int> confidence_code_;
  std::string risk_text_;  // "Medium (High)"
  std::string alert_name_;
  std::string description_;  // its first paragraph
  // Of the first instance: what was found there, or else what is said about it. Before 2.5 the alert
  // itself has them.
  std::string evidence_;
  std::string other_info_;
  std::size_t instances_ = 0;
  std::string method_;  // of the open instance, or of an alert without instances
  std::string uri_;
};

}  // namespace riskd::connectors
