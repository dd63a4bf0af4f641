// What the poster of answers saw, for the routes that post answers.
#pragma once

#include <string>
#include <vector>

#include "daemon/api/call.hpp"

namespace riskd::api {

// `was` of a body: the answers that the poster saw, by question; null where there was none.
// `component`: whose answers they are; empty: the product's.
Result<std::vector<service::Seen>, server::Response> read_seen_answers(
    const json::value& was, const std::string& component);

}  // namespace riskd::api
