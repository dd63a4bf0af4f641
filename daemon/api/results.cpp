// Results: reports that are uploaded, and what the tests say now.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <sstream>

#include "connectors/report.hpp"
#include "daemon/api/report_run.hpp"
#include "daemon/api/results_json.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/service/memory.hpp"
#include "daemon/wire/hash.hpp"
#include "engine/base/limits.hpp"

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
  bool more = false;  // parts of the run follow
};

Result<Upload, server::Response> read_upload(const Call& call) {
  Upload upload;
  upload.suite = call.query("suite");
  upload.format = call.query("format");
  upload.run = call.query("run");
  upload.component = call.query("component");
  upload.bytes = call.query("bytes");
  const bool is_hash = upload.bytes.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (call.has_query("bytes") && (upload.bytes.size() != hash_digits || !is_hash))
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
  auto more = query_truth(call, "more", false);
  if (!more) return failure(more);
  upload.more = *more;
  if (call.has_query("complete")) {
    auto complete = query_truth(call, "complete", true);
    if (!complete) return failure(complete);
    upload.complete = *complete;
  }
  return upload;
}

void take_report(const CallPtr& call) {
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
    NamedRun named =
        run_of_bytes(view->live.facts(), {upload->suite, upload->run, upload->component}, bytes);
    upload->run = std::move(named.id);
    repeated = named.known;
  }
  engine::RunFact run =
      run_of_report(*report, {upload->suite, upload->run, upload->component}, view->live.facts());
  if (upload->complete) run.complete = upload->complete;
  run.more = upload->more;
  std::optional<Instant> at = upload->at;
  if (!at && !repeated) at = report->generated;

  json::object said;
  said["suite"] = upload->suite;
  said["run"] = upload->run;
  said["format"] = report->format;
  said["producer"] = report->producer;
  if (at) said["at"] = to_string(*at);
  said["complete"] =
      !report->failed && !run.more && run.complete.value_or(connectors::covers_absent(*report));
  said["counts"] = counts_of(*report);
  said["severities"] = severities_of(*report);

  Post post;
  post.facts.push_back({std::move(run), at});
  post.members = [said = std::move(said), suite = upload->suite,
                  id = upload->run](const service::ProductView& product) {
    json::object summary = said;
    add_effect_of_run(summary, product, suite, id);
    return json::object{{"run", std::move(summary)}};
  };
  api::post(call, std::move(post));
}

}  // namespace

// A large report is read by a thread of its own: memory that it has taken is free for all once it has ended, and not kept
// for what another thread of the server may need some day.
void post_results(const CallPtr& call) {
  if (call->request.body_file.empty()) return take_report(call);
  const auto take = [&] {
    const service::GivingBack giving_back;
    take_report(call);
  };
  std::async(std::launch::async, take).get();
}

void get_results(const CallPtr& call) {
  const auto view = call->service.product(call->product());
  if (!view) return call->reply(unknown_product(call->product()));
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
    const auto seen = see(*call, call->product());
    if (!seen) return call->reply(seen.error());
    for (const auto& row : seen->model.unmatched) {
      if (takes()) items.push_back(unmatched_json(row));
    }
  } else {
    view->each_test({}, [&](const engine::TestRow& row) {
      if (takes()) items.push_back(result_json(row));
    });
  }
  json::value next;
  if (is_more) next = *after + *limit;
  call->reply(list_answer(std::move(items), std::move(next)));
}

}  // namespace riskd::api
