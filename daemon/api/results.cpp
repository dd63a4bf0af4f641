// Test reports, what they say now, and their suites.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "connectors/report.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/wire/hash.hpp"
#include "daemon/wire/json.hpp"
#include "engine/limits.hpp"

namespace riskd::api {
namespace {

constexpr std::size_t hash_digits = 32;  // of a run that its bytes name

std::unique_ptr<std::istream> open_body(const server::Request& request) {
  if (request.body_file.empty()) return std::make_unique<std::istringstream>(request.body);
  return std::make_unique<std::ifstream>(request.body_file, std::ios::binary);
}

// What the query says of an upload.
struct Upload {
  std::string suite, format, run, component;
  std::string bytes;  // of all files of a command, as riskctl names a run of several
  std::optional<Instant> at;
  std::optional<bool> complete;
};

Result<Upload, server::Response> read_upload(const Call& call) {
  Upload upload;
  upload.suite = call.query("suite");
  upload.format = call.query("format");
  upload.run = call.query("run");
  upload.component = call.query("component");
  upload.bytes = call.query("bytes");
  const bool is_hash = upload.bytes.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!upload.bytes.empty() && (upload.bytes.size() != hash_digits || !is_hash))
    return Unexpected(refusal(400, fmt::format("`bytes` is {} hexadecimal digits", hash_digits)));
  if (upload.suite.empty()) {
    return Unexpected(refusal(400,
                              "`suite` is missing: name what was run, as in "
                              "`?suite=zap/nightly`"));
  }
  if (std::max({upload.suite.size(), upload.run.size(), upload.component.size()}) >
      limits::id_bytes) {
    return Unexpected(
        refusal(400, fmt::format("a name in the query is longer than {} bytes", limits::id_bytes)));
  }
  if (call.has_query("at")) {
    upload.at = parse_instant(call.query("at"));
    if (!upload.at) {
      return Unexpected(refusal(
          400,
          fmt::format("`at` is a time such as 2026-11-23T02:10:00Z, not `{}`", call.query("at"))));
    }
  }
  if (call.has_query("complete")) {
    auto complete = query_truth(call, "complete", true);
    if (!complete) return Unexpected(std::move(complete.error()));
    upload.complete = *complete;
  }
  return upload;
}

// The run of an upload without run id. Its bytes name it. Where the newest run of the suite and the
// component has the same bytes, this repeats it. Where an older one has, something else was said meanwhile:
// this is a run of its own, that begins now.
struct NamedRun {
  std::string id;
  bool known = false;  // its bytes were posted before: it counts from its arrival
};
NamedRun run_of_bytes(const engine::Product& facts, const Upload& upload,
                      const std::string& bytes) {
  NamedRun named{bytes};
  const auto found = facts.suites.find(upload.suite);
  if (found == facts.suites.end()) return named;
  const auto has_bytes = [&](const std::string& run) {
    return run.starts_with(bytes) && (run.size() == bytes.size() || run[bytes.size()] == '.');
  };
  const engine::Runs runs = engine::runs_of(found->second);
  std::size_t before = 0;
  bool first = true;
  for (const engine::Run& run : runs.newest_first) {
    if (run.component != upload.component) continue;
    if (has_bytes(run.id)) {
      if (first) return {run.id, true};
      ++before;
    }
    first = false;
  }
  if (before != 0) return {fmt::format("{}.{}", bytes, before + 1), true};
  return named;
}

// A rule that was switched off found nothing because nobody looked: what the suite said of it before stays. So the
// run lists these tests, without a verdict.
void add_switched_off(engine::RunFact& run, const connectors::Report& report,
                      const engine::Product& facts) {
  const auto suite = facts.suites.find(run.suite);
  if (suite == facts.suites.end() || report.switched_off.empty()) return;
  const std::set<std::string> off(report.switched_off.begin(), report.switched_off.end());
  std::set<std::pair<std::string, std::string>> listed;
  for (const engine::TestResult& each : run.results) listed.emplace(each.id, each.scope);
  for (const auto& [key, entries] : suite->second.tests) {
    if (key.component != run.component || !off.contains(key.id) ||
        !listed.emplace(key.id, key.scope).second)
      continue;
    engine::TestResult result;
    result.id = key.id;
    result.scope = key.scope;
    result.title = entries.empty() ? key.id : entries.back()->result.title;
    result.outcome = engine::TestOutcome::skipped;
    run.results.push_back(std::move(result));
  }
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

std::string_view word_of(engine::TestOutcome outcome) {
  switch (outcome) {
    case engine::TestOutcome::passed:
      return "passed";
    case engine::TestOutcome::failed:
      return "failed";
    case engine::TestOutcome::skipped:
      return "skipped";
    case engine::TestOutcome::error:
      return "error";
    case engine::TestOutcome::absent:
      return "absent";
  }
  return "";
}

json::object result_json(const std::string& suite, const engine::TestKey& key,
                         const engine::TestEntry& entry) {
  json::object item;
  item["suite"] = suite;
  item["id"] = key.id;
  item["title"] = entry.result.title;
  item["component"] = key.component;
  item["scope"] = key.scope;
  item["outcome"] = entry.absent ? "absent" : word_of(entry.result.outcome);
  item["cwe"] = json::value_from(entry.result.cwe);
  item["run"] = entry.run;
  item["url"] = entry.url;
  item["at"] = to_string(entry.from.at);
  return item;
}

json::object unmatched_json(const engine::Unmatched& unmatched) {
  json::object item;
  item["suite"] = unmatched.suite;
  item["source"] = unmatched.source;
  item["id"] = unmatched.id;
  item["title"] = unmatched.title;
  item["cwe"] = json::value_from(unmatched.cwe);
  item["hint"] = unmatched.hint;
  return item;
}

// Whether the suite is there; otherwise the 404.
std::optional<server::Response> unknown_suite(const Call& call) {
  const auto view = call.service.product(call.product());
  if (!view) return unknown_product(call.product());
  if (view->live.facts().suites.count(call.names[1]) != 0) return std::nullopt;
  return refusal(404,
                 fmt::format("the product `{}` has no suite `{}`", call.product(), call.names[1]));
}

}  // namespace

void post_results(const CallPtr& call) {
  if (!call->caller.may(service::Role::report, call->product())) {
    return call->reply(missing_role(service::Role::report, call->product()));
  }
  auto upload = read_upload(*call);
  if (!upload) return call->reply(std::move(upload.error()));
  const auto view = call->service.product(call->product());
  if (!view) return call->reply(unknown_product(call->product()));
  auto report = connectors::read_report(*open_body(call->request), "report", upload->format);
  if (!report) return call->reply(refusal(report.error(), *call->paths));
  bool repeated = false;
  if (upload->run.empty()) {
    const std::string bytes =
        "sha256:" + (upload->bytes.empty()
                         ? wire::sha256(*open_body(call->request)).substr(0, hash_digits)
                         : upload->bytes);
    NamedRun named = run_of_bytes(view->live.facts(), *upload, bytes);
    upload->run = std::move(named.id);
    repeated = named.known;
  }
  engine::RunFact run = wire::to_run(*report, upload->suite, upload->run, upload->component);
  add_switched_off(run, *report, view->live.facts());
  for (engine::TestResult& result : run.results) result.verdict = false;
  if (upload->complete) run.complete = upload->complete;
  std::optional<Instant> at = upload->at;
  if (!at && !repeated) at = report->generated;

  json::object said;
  said["suite"] = upload->suite;
  said["run"] = upload->run;
  said["format"] = report->format;
  said["producer"] = report->producer;
  if (at) said["at"] = to_string(*at);
  said["complete"] = !report->failed && run.complete.value_or(report->covers_absent);
  said["counts"] = counts_of(*report);

  Post post;
  post.facts.push_back({std::move(run), at});
  post.dress = [said = std::move(said)](json::object& change) { change["run"] = said; };
  api::post(call, std::move(post));
}

void get_results(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  auto unmatched = query_truth(*call, "unmatched", false);
  if (!unmatched) return call->reply(std::move(unmatched.error()));
  auto limit = query_limit(*call);
  if (!limit) return call->reply(std::move(limit.error()));
  auto after = query_number(*call, "after", 0);  // how many came before
  if (!after) return call->reply(std::move(after.error()));
  json::array items;
  std::uint64_t number = 0;
  bool is_more = false;
  const auto takes = [&] {
    if (number++ < *after) return false;
    is_more = is_more || items.size() == *limit;
    return !is_more;
  };
  if (*unmatched) {
    for (const auto& row : seen->model.unmatched) {
      if (takes()) items.push_back(unmatched_json(row));
    }
  } else {
    for (const auto& [suite, facts] : seen->view->live.facts().suites) {
      for (const auto& [key, entries] : engine::entries_by_test(facts)) {
        if (!entries.empty() && takes()) {
          items.push_back(result_json(suite, key, entries.front()));
        }
      }
    }
  }
  json::value next;
  if (is_more) next = *after + *limit;
  call->reply(list_answer(std::move(items), std::move(next)));
}

void get_suite(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  if (auto unknown = unknown_suite(*call)) return call->reply(std::move(*unknown));
  const engine::SuiteFacts& facts = seen->view->live.facts().suites.at(call->names[1]);
  json::object suite;
  suite["suite"] = call->names[1];
  suite["source"] = facts.source;
  if (facts.retired) suite["retired"] = to_string(facts.retired->at);
  json::array runs;
  for (const auto& [upload, posted] : facts.runs) {
    json::object run;
    run["run"] = posted.run.run;
    run["at"] = to_string(posted.from.at);
    run["poster"] = posted.from.poster;
    run["component"] = posted.run.component;
    run["url"] = posted.run.url;
    run["failed"] = posted.run.failed;
    if (posted.run.complete) run["complete"] = *posted.run.complete;
    run["results"] = posted.results;
    runs.push_back(std::move(run));
  }
  suite["runs"] = std::move(runs);
  suite["single-results"] = facts.singles;
  call->reply(json_answer(std::move(suite)));
}

void delete_suite(const CallPtr& call) {
  if (!call->caller.may(service::Role::report, call->product())) {
    return call->reply(missing_role(service::Role::report, call->product()));
  }
  if (auto unknown = unknown_suite(*call)) return call->reply(std::move(*unknown));
  Post post;
  post.facts.push_back({engine::SuiteFact{call->names[1]}, std::nullopt});
  api::post(call, std::move(post));
}

}  // namespace riskd::api
