// What is answered where a request is refused: problem documents (RFC 9457).
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/server_paths.hpp"
#include "daemon/server/server.hpp"
#include "daemon/service/service.hpp"

namespace riskd::api {

std::string_view title_of(int status);

// With a list of errors, or without where it is empty.
server::Response refusal(int status, std::string_view detail,
                         const std::vector<engine::FactError>& errors = {});

// With one error at `pointer`.
server::Response refusal_at(int status, std::string_view detail, std::string pointer,
                            std::string code, std::vector<std::string> expected = {});

// As the service refused it, with `more` members; 429 and 503 say when to try again.
server::Response refusal(const service::PostError& error, boost::json::object more = {});

// A failure: its code picks the status. What it says of this machine's folders is left out.
server::Response refusal(const Error& error, const ServerPaths& paths);

// What a refusal says in its `detail`; empty where it has none.
std::string detail_of(const server::Response& refusal);

// The diagnostics as `riskctl check --json` prints them.
boost::json::array diagnostics_of(const dsl::Compilation& compilation);

// The errors are the diagnostics.
server::Response refused_policy(const dsl::Compilation& compilation);

server::Response missing_role(service::Role role, const std::string& product);
server::Response unknown_product(const std::string& product);

}  // namespace riskd::api
