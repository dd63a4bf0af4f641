// Moments in queries, and what an answer says of the facts and the rules of then.
#pragma once

#include <string>

#include "daemon/api/call.hpp"

namespace riskd::api {

// 400 where `text`, which the query has as `name`, is no time.
Result<Instant, server::Response> read_moment(const std::string& name, const std::string& text);

// The route's product as it was at `moment`. 404 where there is no such product, or was none.
Result<service::Then, server::Response> see_then(const Call& call, const service::Moment& moment);

// {"at", "revision", "policy", "since", "poster", "record", "differs"}: which rules these were, and where the record
// says otherwise.
json::object then_json(const service::Then& then);

// An answer that is JSON text already, with "then" as its last member.
server::Response answer_of(std::string object, const service::Then& then);

}  // namespace riskd::api
