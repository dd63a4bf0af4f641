// Reads what Nuclei writes with -jsonl and -jsonl-export, an object a line, and with -json-export, a list of them. An
// object is an event: a template matched at a place, or, with -matcher-status, it did not, or could not be tried.
//
// A result is a template with one of its matchers (or extractors), by the name that Nuclei prints of it:
// "http-missing-security-headers:x-frame-options", or the template alone where the matcher has no name. Its other name
// is the template's. The events of one name, of several hosts, are one result: the worst of them, with all places.
// - A run without findings is an empty file, or an empty list. Which hosts were scanned is not said: a report covers
//   every template, on no site by name.
// - `matcher-status: false` is no finding: the template is a check that was made. With an `error` nobody looked: neither
//   the template nor its matchers are absent then. An event that names its matcher and says that it did not match
//   contradicts itself, and is an error.
// - A severity that is empty, or that nobody here knows, is `unknown`, a word of Nuclei's own.
// Requests, responses and what extractors took are left out: they hold passwords and tokens.
//
// Source: pkg/output/output.go, pkg/model and pkg/reporting/exporters of projectdiscovery/nuclei, v2.6 to v3.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
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
#include "engine/base/limits.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::connectors {
namespace {

enum class NucleiType { text, texts, truth, number, object };

std::string_view nuclei_type_name(NucleiType type) {
  switch (type) {
    case NucleiType::text:
      return "a text";
    case NucleiType::texts:
      return "a list of texts";
    case NucleiType::truth:
      return "`true` or `false`";
    case NucleiType::number:
      return "a number";
    case NucleiType::object:
      return "an object";
  }
  return "";
}

// The members that are read, and what Nuclei writes there. Go writes null for what is empty.
struct NucleiMember {
  std::string_view pointer;
  NucleiType type;
};
constexpr std::array<NucleiMember, 19> nuclei_members{{
    {"/template-id", NucleiType::text},
    {"/template-url", NucleiType::text},
    {"/matcher-name", NucleiType::text},
    {"/extractor-name", NucleiType::text},
    {"/matcher-status", NucleiType::truth},
    {"/type", NucleiType::text},
    {"/host", NucleiType::text},
    {"/matched-at", NucleiType::text},
    {"/timestamp", NucleiType::text},
    {"/error", NucleiType::text},
    {"/info", NucleiType::object},
    {"/info/name", NucleiType::text},
    {"/info/severity", NucleiType::text},
    {"/info/description", NucleiType::text},
    {"/info/tags", NucleiType::texts},
    {"/info/reference", NucleiType::texts},
    {"/info/classification", NucleiType::object},
    {"/info/classification/cwe-id", NucleiType::texts},
    {"/info/classification/cvss-score", NucleiType::number},
}};

std::optional<NucleiType> type_of_member(std::string_view pointer) {
  for (const NucleiMember& each : nuclei_members) {
    if (each.pointer == pointer) return each.type;
  }
  return std::nullopt;
}

const engine::SourceField& nuclei_severity_field() {
  return *engine::test_source("nuclei")->field("severity");
}

std::string nuclei_severity(std::string_view text) {
  const std::string said = word(text);
  if (said == "info") return "informational";
  return nuclei_severity_field().has_word(said) ? said : "unknown";
}

bool more_severe(std::string_view a, std::string_view b) {
  const auto words = nuclei_severity_field().words;
  return std::find(words.begin(), words.end(), a) > std::find(words.begin(), words.end(), b) &&
         !a.empty() && !b.empty();
}

class NucleiHandler : public JsonHandler {
 public:
  // `is_list`: the events stand in a list, and not one a line.
  NucleiHandler(Report& report, bool is_list)
      : report_(report), results_(report), is_list_(is_list) {}

  void begin_object(const NodePath& path) override {
    if (path.depth() == 0) {
      event_ = Event{};
    } else {
      expect(path, NucleiType::object);
    }
  }

  void end_object(const NodePath& path) override {
    if (path.depth() == 0) end_event();
  }

  void begin_array(const NodePath& path) override {
    if (path.depth() == 0) {
      if (!is_list_ || ++lists_ > 1) refuse(ErrorCode::invalid, "expected an event, found a list");
      return;
    }
    expect(path, NucleiType::texts);
    if (type_of_member(path.pointer()) == NucleiType::texts && ++texts_ > 1)
      refuse_type(path, "a list in a list");
  }

  void end_array(const NodePath& path) override {
    if (path.depth() != 0 && type_of_member(path.pointer()) == NucleiType::texts) --texts_;
  }

  void value(const NodePath& path, const JsonScalar& scalar) override {
    if (path.depth() == 0)
      return refuse(ErrorCode::invalid, "expected an event with `template-id`");
    if (scalar.kind == JsonScalar::Kind::null) return;
    expect(path, scalar.kind == JsonScalar::Kind::string    ? NucleiType::text
                 : scalar.kind == JsonScalar::Kind::boolean ? NucleiType::truth
                                                            : NucleiType::number);
    if (refused()) return;
    const std::string_view pointer = path.pointer();
    if (pointer == "/info/classification/cvss-score") {
      score(scalar.text);
    } else if (pointer.starts_with("/info/")) {
      info_value(pointer.substr(6), scalar.text);
    } else {
      event_value(pointer.substr(1), scalar.text);
    }
  }

 private:
  struct Event {
    std::string template_id, matcher, extractor, protocol, host, place, error;
    std::string name, severity, message, page, reference, cvss;
    std::vector<std::string> tags;
    std::vector<int> cwe;
    bool matched = true;  // older versions do not say, and list matches only
  };

  // A single text may stand where a list of them may.
  void expect(const NodePath& path, NucleiType found) {
    const auto wanted = type_of_member(path.pointer());
    if (!wanted || *wanted == found) return;
    if (*wanted == NucleiType::texts && found == NucleiType::text) return;
    refuse_type(path, nuclei_type_name(found));
  }

  void refuse_type(const NodePath& path, std::string_view found) {
    refuse(ErrorCode::invalid, "`" + std::string(path.pointer().substr(1)) + "` is " +
                                   std::string(nuclei_type_name(*type_of_member(path.pointer()))) +
                                   ", found " + std::string(found));
  }

  void score(std::string_view text) {
    const double score = std::strtod(std::string(text).c_str(), nullptr);
    if (!(score >= 0 && score <= 10))
      return refuse(ErrorCode::invalid, "`cvss-score` is a number from 0 to 10");
    event_.cvss = text;
  }

  void info_value(std::string_view member, std::string_view text) {
    if (member == "name") {
      event_.name = one_line(text);
    } else if (member == "severity") {
      event_.severity = text;
    } else if (member == "description") {
      event_.message = message_of(text);
    } else if (member == "tags") {
      add_list(event_.tags, text);
    } else if (member == "reference") {
      if (event_.reference.empty()) event_.reference = first_url(text);
    } else if (member == "classification/cwe-id") {
      add_cwe_field(event_.cwe, text);
    }
  }

  void event_value(std::string_view member, std::string_view text) {
    if (member == "template-id") {
      event_.template_id = one_line(text);
    } else if (member == "template-url") {
      event_.page = first_url(text);
    } else if (member == "matcher-name") {
      event_.matcher = one_line(text);
    } else if (member == "extractor-name") {
      event_.extractor = one_line(text);
    } else if (member == "matcher-status") {
      event_.matched = text == "true";
    } else if (member == "type") {
      event_.protocol = one_line(text);
    } else if (member == "host") {
      event_.host = one_line(text);
    } else if (member == "matched-at") {
      event_.place = one_line(text);
    } else if (member == "error") {
      event_.error = message_of(text);
    } else if (member == "timestamp") {
      note_time(text);
    }
  }

  // Of old templates, "cve,rce".
  static void add_list(std::vector<std::string>& list, std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(','), text.size());
      add_once(list, one_line(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  // The run's time is that of its first event. A time that was never set is the year 1.
  void note_time(std::string_view text) {
    const auto moment = report_time(text);
    if (!moment || moment->ms <= 0) return;
    if (!report_.generated || *moment < *report_.generated) report_.generated = moment;
  }

  void end_event() {
    if (refused()) return;
    if (event_.template_id.empty())
      return refuse(ErrorCode::invalid, "expected the member `template-id`, found none");
    const std::string name = event_.matcher.empty() ? event_.extractor : event_.matcher;
    if (!event_.matched && event_.error.empty() && name.empty()) return add_check();
    ReportResult result;
    result.id = name.empty() ? event_.template_id : event_.template_id + ':' + name;
    if (!name.empty()) result.aliases.push_back(event_.template_id);
    result.title = event_.name.empty() ? result.id : event_.name;
    if (!name.empty() && !event_.name.empty())
      result.title = clip(result.title + ": " + name, limits::report_field_bytes);
    result.cwe = std::move(event_.cwe);
    result.tags = std::move(event_.tags);
    result.url = event_.page.empty() ? event_.reference : event_.page;
    if (event_.matched) {
      result.outcome = Outcome::failed;
      result.message = event_.message;
      result.severity = nuclei_severity(event_.severity);
    } else {
      result.outcome = Outcome::error;
      result.message = event_.error;
      if (not_tried_.insert(event_.template_id).second)
        report_.switched_off.push_back(event_.template_id);
    }
    const std::string& place = event_.place.empty() ? event_.host : event_.place;
    if (!place.empty()) result.locations.push_back(place);
    result.attributes = {{"severity", result.severity},
                         {"cvss", event_.matched ? event_.cvss : std::string()},
                         {"template", event_.template_id},
                         {"matcher", name},
                         {"protocol", event_.protocol}};
    if (!join(std::move(result))) refuse(ErrorCode::too_large, ResultList::complaint());
  }

  // Without its CWEs: that a known hole of some product is not there does not show that the weakness is not.
  void add_check() {
    if (!checked_.insert(event_.template_id).second) return;
    if (!ResultList::allows(checked_.size()) || !results_.charge(event_.template_id.size()))
      return refuse(ErrorCode::too_large, ResultList::complaint());
    report_.checks.push_back({event_.template_id, {}, {}});
  }

  // False: the report is too large.
  bool join(ReportResult result) {
    const auto [known, is_new] = places_.try_emplace(result.id, results_.size());
    if (is_new) return results_.add(std::move(result));
    ReportResult& before = report_.results[known->second];
    if (worse(before.outcome, result.outcome)) return true;
    if (before.outcome == result.outcome && !more_severe(result.severity, before.severity)) {
      return std::all_of(
          result.locations.begin(), result.locations.end(),
          [&](const std::string& each) { return add_place(before.locations, each); });
    }
    if (before.outcome == result.outcome) {
      for (const std::string& each : before.locations) add_place(result.locations, each);
    }
    return results_.replace(known->second, std::move(result));
  }

  bool add_place(std::vector<std::string>& list, const std::string& place) {
    if (list.size() >= limits::report_locations ||
        std::find(list.begin(), list.end(), place) != list.end())
      return true;
    list.push_back(place);
    return results_.charge(place.size());
  }

  Report& report_;
  ResultList results_;
  bool is_list_;
  std::size_t lists_ = 0;                                // that began at the root
  std::size_t texts_ = 0;                                // open lists of a member that holds texts
  std::unordered_map<std::string, std::size_t> places_;  // of a result, by its id
  std::set<std::string> not_tried_, checked_;            // templates
  Event event_;                                          // the open one
};

class NucleiReader : public ReportReader {
 public:
  std::string_view format() const override { return "nuclei"; }

  bool recognises(std::string_view head) const override {
    const JsonHead json(head);
    return json.has("/template-id") &&
           (json.has("/info") || json.has("/template") || json.has("/template-path"));
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    report.producer = "Nuclei";
    HeadedStream headed(input);
    if (headed.head().empty() && !headed.stream().bad()) return report;
    const bool is_list = headed.first() == '[';
    NucleiHandler handler(report, is_list);
    const Status status = is_list ? read_json(headed.stream(), name, handler)
                                  : read_json_lines(headed.stream(), name, handler, LineEnd::comma);
    return finished(status, std::move(report));
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_nuclei_reader() { return std::make_unique<NucleiReader>(); }

}  // namespace riskd::connectors
