// The routes of the socket, as a table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/call.hpp"

namespace riskd::api {

enum class BodyKind {
  none,    // a body is not looked at
  json,    // JSON, at most limits::json_bytes
  lines,   // JSON, one object a line, at most limits::json_bytes
  report,  // whatever a test tool writes, at most limits::report_bytes
};

// Who carries a request of the route out. Each kind but `quick` has workers of its own, so that none waits
// for another kind.
enum class Work : std::uint8_t {
  quick,  // a thread of the server
  asks,   // evaluates or reads the past
  posts,  // brings facts, and waits for the writer
  plans,  // evaluates products under another policy
  waits,  // waits for trackers
};

struct Route {
  std::string_view method;
  std::string_view path;                // "/v1/products/{product}"
  Needs needs;                          // checked before the body is read
  void (*answer)(const CallPtr& call);  // null: the stream of events
  BodyKind body;
  Work
      work;  // with `wait=true` it is `waits`; `quick` with `at` is `asks`, since the past is read from the store
  std::vector<std::string_view> queries;  // the names that it takes
  bool has_secret = false;  // in its answer, which is therefore not kept under an Idempotency-Key
};

const std::vector<Route>& routes();

struct Match {
  const Route* route = nullptr;  // null where the path, or its method, is served by nobody
  std::vector<std::string> names;
  std::string allow;  // the methods of this path, for 405; empty: no such path
};
Match find_route(const server::Request& request);

// The handlers, each in the file of its noun.
void list_products(const CallPtr& call);
void put_product(const CallPtr& call);
void get_product(const CallPtr& call);
void delete_product(const CallPtr& call);

void get_questionnaire(const CallPtr& call);
void patch_answers(const CallPtr& call);

void put_component(const CallPtr& call);
void delete_component(const CallPtr& call);
void patch_component_answers(const CallPtr& call);

void get_model(const CallPtr& call);
void get_why(const CallPtr& call);

void get_compare(const CallPtr& call);

void get_history(const CallPtr& call);

void get_days(const CallPtr& call);

void get_facts(const CallPtr& call);
void post_facts(const CallPtr& call);

void patch_decisions(const CallPtr& call);
void get_review(const CallPtr& call);
void post_approve(const CallPtr& call);

void post_results(const CallPtr& call);
void get_results(const CallPtr& call);

void list_suites(const CallPtr& call);
void get_suite(const CallPtr& call);
void delete_suite(const CallPtr& call);

void list_tickets(const CallPtr& call);
void post_sync(const CallPtr& call);

void check_trackers(const CallPtr& call);
void post_webhook(const CallPtr& call);

void check_policy(const CallPtr& call);
void plan_policy(const CallPtr& call);
void reload_policy(const CallPtr& call);
void rollback_policy(const CallPtr& call);
void get_policy(const CallPtr& call);

void get_health(const CallPtr& call);
void get_live(const CallPtr& call);
void get_ready(const CallPtr& call);
void repair_clock(const CallPtr& call);
void get_store(const CallPtr& call);

void get_metrics(const CallPtr& call);

void post_token(const CallPtr& call);
void list_tokens(const CallPtr& call);
void delete_token(const CallPtr& call);
void get_whoami(const CallPtr& call);
void get_openapi(const CallPtr& call);

}  // namespace riskd::api
