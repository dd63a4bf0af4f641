// One request on its way through a route, and what routes have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/api/access.hpp"
#include "daemon/api/body.hpp"
#include "daemon/api/fact_rates.hpp"
#include "daemon/api/metric_families.hpp"
#include "daemon/api/peer_postings.hpp"
#include "daemon/api/problems.hpp"
#include "daemon/server/server.hpp"
#include "daemon/service/service.hpp"

namespace riskd::api {

struct Call {
  service::Service& service;
  server::Request request;
  Caller caller;
  std::shared_ptr<const ServerPaths> paths;
  std::vector<std::string> names;  // what stood for the {…} of the route, in order
  server::Handler::Reply reply;    // called once
  std::shared_ptr<FactRates> rates;
  std::shared_ptr<PeerPostings> postings;
  // Goes on with the request, on one of the threads for its kind of work; does nothing once riskd stops.
  std::function<void(std::function<void()>)> resume;
  const MetricSource& own_metrics;  // of the handler; not to be asked after it has answered
  // Of an Idempotency-Key. A posting takes it, so that its answer is stored with its facts.
  struct Key {
    std::string name;  // in the store
    std::string request_hash;
    bool is_taken = false;  // by a posting
  };
  std::optional<Key> key;

  const std::string& product() const { return names[0]; }
  // Empty where it was not given.
  std::string query(const std::string& name) const;
  bool has_query(const std::string& name) const { return request.query.count(name) != 0; }
};
using CallPtr = std::shared_ptr<Call>;

// Calls `step`. What it throws, a bug or a lack of memory, ends one request, with 500, and not the daemon.
void carry_out(const Call& call, const std::function<void()>& step);

// A product and its model with the policy under which it was evaluated.
struct Seen {
  service::PolicyInForce policy;
  std::shared_ptr<const service::ProductView> view;
  engine::Model model;
};

// 404 where there is no such product.
Result<Seen, server::Response> see(const Call& call, const std::string& product);

// "true" or "false"; `otherwise` where it was not given, 400 for anything else.
Result<bool, server::Response> query_truth(const Call& call, const std::string& name,
                                           bool otherwise);
// 400 where it is not a whole number.
Result<std::uint64_t, server::Response> query_number(const Call& call, const std::string& name,
                                                     std::uint64_t otherwise);
// `limit`, from 1 to limits::list_items.
Result<std::size_t, server::Response> query_limit(const Call& call);

// {"items", "next"}; `next` is null at the end.
server::Response list_answer(json::array items, json::value next);

// Posts `facts` of the route's product as one change: each is checked by its kind's role, beside
// what the route needs, and If-Match holds. Answers `status` with the line of changes and the product's ETag; `members` are added to it, made of the
// product with the facts.
struct Post {
  std::vector<service::PostedFact> facts;
  bool make_product = false;
  int status = 200;
  std::string strip;  // a pointer's beginning that the client did not write: "/component"
  std::function<json::object(const service::ProductView&)> members;
  std::vector<service::Seen> seen;            // what the poster saw; 409 where it has changed
  std::optional<service::Approval> approval;  // then there are no other facts
  // Adds to the answer where the service refused it.
  std::function<void(const service::PostError&, json::object&)> add_to_refusal;
};
void post(const CallPtr& call, Post post);

// Posts to the service, and counts the facts for the peer.
void post_counted(const Call& call, service::Posting posting, service::Service::OnPosted done);

// A body's part as the fact that it is, read by the same rules as a line of facts. Pointers of the
// problem begin with `prefix` in place of the fact's own first member.
Result<engine::FactBody, server::Response> read_body_fact(const Call& call, std::string_view kind,
                                                          json::value value,
                                                          const std::string& prefix);

// The id of the element or question that `given` names, by its id or, where only one has it, its bare
// name; `given` itself where the policy does not say.
std::string element_or_given(const engine::Program& program, const std::string& given);

std::string etag_of(const service::ProductView& view);

// Whether `id` can name a product or component: letters, digits, `-`, `_` and `.`.
bool is_id(const std::string& id);

}  // namespace riskd::api
