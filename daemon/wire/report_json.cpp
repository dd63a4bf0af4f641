#include <array>
#include <string_view>
#include <unordered_set>

#include "daemon/wire/json.hpp"
#include "daemon/wire/writer.hpp"
#include "engine/base/limits.hpp"

namespace riskd::wire {
namespace {

engine::TestOutcome to_outcome(connectors::Outcome outcome) {
  switch (outcome) {
    case connectors::Outcome::passed:
      return engine::TestOutcome::passed;
    case connectors::Outcome::failed:
      return engine::TestOutcome::failed;
    case connectors::Outcome::skipped:
      return engine::TestOutcome::skipped;
    case connectors::Outcome::error:
      return engine::TestOutcome::error;
  }
  return engine::TestOutcome::error;
}

// Of what failed: developers read it in the ticket.
std::shared_ptr<const engine::TestDetails> details_of(const connectors::ReportResult& result) {
  if (result.outcome != connectors::Outcome::failed && result.outcome != connectors::Outcome::error)
    return nullptr;
  engine::TestDetails details;
  details.message = result.message;
  details.severity = result.severity;
  details.url = result.url;
  for (const std::string& each : result.locations) {
    if (details.locations.size() == limits::kept_locations) break;
    details.locations.push_back(each);
  }
  return std::make_shared<const engine::TestDetails>(std::move(details));
}

// A check that the report lists as made and that has no result is covered, and absent.
void add_absences(const connectors::Report& report, engine::RunFact& fact) {
  if (report.failed) return;
  std::unordered_set<std::string_view> found;
  for (const connectors::ReportResult& each : report.results) {
    found.insert(each.id);
    found.insert(each.aliases.begin(), each.aliases.end());
  }
  for (const connectors::ReportCheck& check : report.checks) {
    if (fact.results.size() == limits::report_results) return;
    if (!found.insert(check.id).second) continue;
    engine::TestResult test;
    test.id = test.title = check.id;
    test.cwe = check.cwe;
    test.outcome = engine::TestOutcome::absent;
    test.verdict = false;
    if (!check.tool.empty()) test.attributes.emplace_back("tool", check.tool);
    fact.results.push_back(std::move(test));
  }
}

}  // namespace

std::string write_report(const connectors::Report& report) {
  Writer out;
  out.begin_object().key("format").text(report.format).key("producer").text(report.producer);
  out.key("generated").text_or_null(report.generated ? to_string(*report.generated) : "");
  std::array<std::uint64_t, 4> counts{};
  std::uint64_t suppressed = 0;
  out.key("results").begin_array();
  for (const connectors::ReportResult& each : report.results) {
    ++counts.at(static_cast<std::size_t>(each.outcome));
    if (each.suppressed) ++suppressed;
    out.begin_object().key("id").text(each.id).key("title").text(each.title);
    out.key("outcome")
        .text(connectors::to_string(each.outcome))
        .key("severity")
        .text(each.severity);
    out.key("confidence")
        .text(each.confidence)
        .key("cwe")
        .integers(each.cwe)
        .key("tags")
        .texts(each.tags);
    out.some("message", each.message).some("url", each.url);
    out.key("locations")
        .texts(each.locations)
        .key("suppressed")
        .truth(each.suppressed)
        .end_object();
  }
  using connectors::Outcome;
  const auto count = [&](Outcome outcome) { return counts.at(static_cast<std::size_t>(outcome)); };
  out.end_array().key("counts").begin_object().key("failed").count(count(Outcome::failed));
  out.key("passed").count(count(Outcome::passed)).key("skipped").count(count(Outcome::skipped));
  out.key("error").count(count(Outcome::error)).key("suppressed").count(suppressed).end_object();
  out.end_object();
  return out.take();
}

engine::RunFact to_run(const connectors::Report& report, std::string suite, std::string run,
                       std::string component) {
  engine::RunFact fact;
  fact.suite = std::move(suite);
  fact.run = std::move(run);
  fact.source = report.format;
  fact.component = std::move(component);
  fact.failed = report.failed;
  if (report.looked_at_nothing) fact.complete = false;
  fact.scopes = report.scopes;
  for (const connectors::ReportResult& each : report.results) {
    engine::TestResult test;
    test.id = each.id;
    test.aliases = each.aliases;
    test.title = each.title;
    test.scope = each.scope;
    test.cwe = each.cwe;
    test.outcome = to_outcome(each.outcome);
    test.verdict = false;
    test.attributes = each.attributes;
    test.tags = each.tags;
    test.details = details_of(each);
    fact.results.push_back(std::move(test));
  }
  add_absences(report, fact);
  return fact;
}

}  // namespace riskd::wire
