// Reads the XML and JSON reports of ZAP (once OWASP ZAP), traditional and "plus". A result is an
// alert of a site, with its instances as locations; an alert that is listed has failed, and what
// its risk and confidence mean is left to the policy. `count` is not asked, because it counts other
// things in other versions. `statistics`, `insights` and `sequences` are stepped over.
//
// A scan lists what it found and no more: a check without an alert on a site that is named counts
// as absent.
#include <string>
#include <string_view>
#include <utility>

#include "connectors/reports/fields.hpp"
#include "connectors/reports/headed_stream.hpp"
#include "connectors/reports/json_head.hpp"
#include "connectors/reports/json_stream.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/result_list.hpp"
#include "connectors/reports/xml_stream.hpp"
#include "connectors/reports/zap_alerts.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view root_name = "OWASPZAPReport";

// The name of a field directly in `parent`; empty where `pointer` is elsewhere.
std::string_view field_in(std::string_view parent, std::string_view pointer) {
  if (!pointer.starts_with(parent)) return {};
  pointer.remove_prefix(parent.size());
  return pointer.find('/') == std::string_view::npos ? pointer : std::string_view();
}

class ZapXmlHandler : public XmlHandler {
 public:
  explicit ZapXmlHandler(ZapAlerts& alerts) : alerts_(alerts) {}

  XmlText start(const NodePath& path, const XmlAttributes& attributes) override {
    const std::string_view pointer = path.pointer();
    if (path.depth() == 1) {
      start_report(path, attributes);
    } else if (pointer == site) {
      alerts_.begin_site();
      alerts_.site_name(attributes.get("name"));
    } else if (pointer == alert) {
      alerts_.begin_alert();
    } else if (pointer == instance) {
      alerts_.begin_instance();
    } else if (pointer == tag || is_field(pointer)) {
      return XmlText::keep;
    }
    return XmlText::skip;
  }

  void end(const NodePath& path, std::string_view text) override {
    const std::string_view pointer = path.pointer();
    if (pointer == site) {
      if (!alerts_.end_site()) refuse(ErrorCode::too_large, ResultList::complaint());
    } else if (pointer == alert) {
      if (!alerts_.end_alert()) refuse(ErrorCode::too_large, ResultList::complaint());
    } else if (pointer == instance) {
      alerts_.end_instance();
    } else if (pointer == tag) {
      alerts_.tag(text);
    } else if (const auto in_alert = field_in(alert_fields, pointer); !in_alert.empty()) {
      alerts_.alert_field(in_alert, text);
    } else if (const auto in_instance = field_in(instance_fields, pointer); !in_instance.empty()) {
      alerts_.instance_field(in_instance, text);
    }
  }

 private:
  static constexpr std::string_view site = "/OWASPZAPReport/site";
  static constexpr std::string_view alert = "/OWASPZAPReport/site/alerts/alertitem";
  static constexpr std::string_view alert_fields = "/OWASPZAPReport/site/alerts/alertitem/";
  static constexpr std::string_view instance =
      "/OWASPZAPReport/site/alerts/alertitem/instances/instance";
  static constexpr std::string_view instance_fields =
      "/OWASPZAPReport/site/alerts/alertitem/instances/instance/";
  static constexpr std::string_view tag = "/OWASPZAPReport/site/alerts/alertitem/tags/tag/tag";

  static bool is_field(std::string_view pointer) {
    const std::string_view in_alert = field_in(alert_fields, pointer);
    if (!in_alert.empty()) return ZapAlerts::reads_of_alert(in_alert);
    const std::string_view in_instance = field_in(instance_fields, pointer);
    return ZapAlerts::reads_of_instance(in_instance);
  }

  void start_report(const NodePath& path, const XmlAttributes& attributes) {
    const std::string name = path.name(0);
    if (name != root_name) {
      return refuse(ErrorCode::invalid,
                    "expected `OWASPZAPReport` as root, found `" + one_line(clip(name, 40)) + "`");
    }
    for (const std::string_view field : {"programName", "version", "generated", "created"}) {
      alerts_.report_field(field, attributes.get(field));
    }
  }

  ZapAlerts& alerts_;
};

class ZapJsonHandler : public JsonHandler {
 public:
  explicit ZapJsonHandler(ZapAlerts& alerts) : alerts_(alerts) {}

  void begin_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer == "/site") {
      sites_ = true;
      alerts_.begin_site();
    } else if (pointer == "/site/alerts") {
      alerts_.begin_alert();
    } else if (pointer == "/site/alerts/instances") {
      alerts_.begin_instance();
    }
  }

  void begin_array(const NodePath& path) override { sites_ = sites_ || path.pointer() == "/site"; }

  void end_object(const NodePath& path) override {
    const std::string_view pointer = path.pointer();
    if (pointer == "/site") {
      if (!alerts_.end_site()) refuse(ErrorCode::too_large, ResultList::complaint());
    } else if (pointer == "/site/alerts") {
      if (!alerts_.end_alert()) refuse(ErrorCode::too_large, ResultList::complaint());
    } else if (pointer == "/site/alerts/instances") {
      alerts_.end_instance();
    } else if (pointer.empty() && !sites_) {
      refuse(ErrorCode::invalid, "expected the member `site`, found none");
    }
  }

  void value(const NodePath& path, const JsonScalar& scalar) override {
    const std::string_view pointer = path.pointer();
    if (pointer.empty()) return refuse(ErrorCode::invalid, "expected an object with `site`");
    if (const auto in_instance = field_in("/site/alerts/instances/", pointer);
        !in_instance.empty()) {
      alerts_.instance_field(in_instance, scalar.text);
    } else if (pointer == "/site/alerts/tags/tag") {
      alerts_.tag(scalar.text);
    } else if (const auto in_alert = field_in("/site/alerts/", pointer); !in_alert.empty()) {
      alerts_.alert_field(in_alert, scalar.text);
    } else if (pointer == "/site/@name") {
      alerts_.site_name(scalar.text);
    } else if (pointer.starts_with("/@")) {
      alerts_.report_field(pointer.substr(2), scalar.text);
    } else if (pointer == "/created") {
      alerts_.report_field("created", scalar.text);
    }
  }

 private:
  ZapAlerts& alerts_;
  bool sites_ = false;
};

// Its name, or a site as ZAP writes one, or at least the attributes of a report without sites.
bool is_zap_json(std::string_view head) {
  const JsonHead json(head);
  if (!json.is_object()) return false;
  if (json.text("/@programName").find("ZAP") != std::string_view::npos) return true;
  if (!json.has("/site")) return false;
  return json.has("/site/@name") || json.has("/site/@host") || json.has("/site/alerts/pluginid") ||
         (json.has("/@version") && json.has("/@generated"));
}

class ZapReader : public ReportReader {
 public:
  std::string_view format() const override { return "zap"; }

  bool recognises(std::string_view head) const override {
    return xml_root(head) == root_name || is_zap_json(head);
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    ZapAlerts alerts(report);
    HeadedStream headed(input);
    const bool is_json = headed.first() == '{' || headed.first() == '[';
    const Status status = is_json ? read_from_json(headed.stream(), name, alerts)
                                  : read_from_xml(headed.stream(), name, alerts);
    if (status) alerts.end_report();
    return finished(status, std::move(report));
  }

 private:
  static Status read_from_json(std::istream& input, const std::string& name, ZapAlerts& alerts) {
    ZapJsonHandler handler(alerts);
    return read_json(input, name, handler);
  }

  static Status read_from_xml(std::istream& input, const std::string& name, ZapAlerts& alerts) {
    ZapXmlHandler handler(alerts);
    return read_xml(input, name, handler);
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_zap_reader() { return std::make_unique<ZapReader>(); }

}  // namespace riskd::connectors
