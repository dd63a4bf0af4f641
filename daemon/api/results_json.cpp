#include "daemon/api/results_json.hpp"

#include <algorithm>
#include <map>

#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

// What a test means for an element: the verdict, or that somebody called it a false positive.
std::string_view meaning_of(const engine::TestRow& row) {
  if (row.false_positive) return "false-positive";
  return row.stale ? "stale" : to_string(row.verdict);
}

// An unknown severity stands under "unknown".
std::string severity_key(const std::string& severity) {
  return severity.empty() ? "unknown" : severity;
}

json::object counted(const std::map<std::string, std::size_t>& counts) {
  json::object out;
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

}  // namespace

json::object result_json(const engine::TestRow& row) {
  json::object item;
  item["suite"] = row.suite;
  item["source"] = row.source;
  item["id"] = row.key.id;
  item["title"] = row.title;
  item["component"] = row.key.component;
  item["scope"] = row.key.scope;
  item["outcome"] = row.absent ? "absent" : to_string(row.outcome);
  item["means"] = meaning_of(row);
  item["severity"] = row.severity;
  item["elements"] = to_json(row.elements);
  item["cwe"] = json::value_from(row.cwe);
  item["run"] = row.run;
  item["url"] = row.url;
  item["at"] = to_string(row.at);
  return item;
}

json::object unmatched_json(const engine::Unmatched& unmatched) {
  json::object item;
  item["suite"] = unmatched.suite;
  item["source"] = unmatched.source;
  item["id"] = unmatched.id;
  item["title"] = unmatched.title;
  item["means"] = to_string(unmatched.verdict);
  item["severity"] = unmatched.severity;
  item["cwe"] = json::value_from(unmatched.cwe);
  item["why"] = unmatched.why;
  item["takers"] = to_json(unmatched.takers);
  item["patterns"] = to_json(unmatched.patterns);
  item["questions"] = to_json(unmatched.questions);
  item["hint"] = unmatched.hint;
  return item;
}

json::object counts_of(const connectors::Report& report) {
  using connectors::Outcome;
  const auto count = [&](Outcome outcome) {
    return std::count_if(report.results.begin(), report.results.end(),
                         [&](const auto& result) { return result.outcome == outcome; });
  };
  json::object counts;
  counts["failed"] = count(Outcome::failed);
  counts["passed"] = count(Outcome::passed);
  counts["skipped"] = count(Outcome::skipped);
  counts["error"] = count(Outcome::error);
  counts["suppressed"] = std::count_if(report.results.begin(), report.results.end(),
                                       [](const auto& result) { return result.suppressed; });
  return counts;
}

json::object severities_of(const connectors::Report& report) {
  std::map<std::string, std::size_t> counts;
  for (const connectors::ReportResult& each : report.results) {
    if (each.outcome == connectors::Outcome::failed && !each.suppressed)
      ++counts[severity_key(each.severity)];
  }
  return counted(counts);
}

void add_effect_of_run(json::object& run, const service::ProductView& product,
                       const std::string& suite, const std::string& run_id) {
  std::map<std::string, std::map<std::string, std::size_t>> bound;  // by element, then by meaning
  std::map<std::string, std::size_t> severities;                    // of findings nobody takes
  std::size_t unmatched = 0;
  json::array suppressed;
  product.each_test(suite, [&](const engine::TestRow& row) {
    if (row.run != run_id) return;
    for (const std::string& each : row.elements) ++bound[each][std::string(meaning_of(row))];
    if (row.verdict == engine::Verdict::untested && suppressed.size() < limits::answer_examples)
      suppressed.push_back(json::value(row.key.id));
    if (!row.unmatched) return;
    ++unmatched;
    if (row.verdict == engine::Verdict::failed) ++severities[severity_key(row.severity)];
  });
  json::array elements;
  for (const auto& [element, counts] : bound) {
    json::object item = counted(counts);
    item["element"] = element;
    elements.push_back(std::move(item));
  }
  run["bound"] = std::move(elements);
  run["suppressed"] = std::move(suppressed);
  json::array examples;
  if (unmatched != 0) {
    for (const auto& each : product.unmatched_of_run(suite, run_id, limits::answer_examples))
      examples.push_back(unmatched_json(each));
  }
  json::object none;
  none["count"] = unmatched;
  none["severities"] = counted(severities);
  none["examples"] = std::move(examples);
  run["unmatched"] = std::move(none);
}

}  // namespace riskd::api
