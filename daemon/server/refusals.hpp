// The answers that the server gives itself, before a handler is asked.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/server/server.hpp"

namespace riskd::server {

Response bad_request(std::string_view detail);
Response timed_out(int seconds);
Response body_too_large(std::size_t limit_bytes);
Response head_too_large(std::size_t limit_bytes);
Response cannot_store_body(std::string_view detail);
Response not_the_proxy();
// These say when to come back.
Response too_many_connections(std::size_t limit);
Response too_many_connections_of_peer(std::size_t limit);
Response too_many_requests_of_peer(std::size_t limit);
Response too_much_of_peer(std::size_t limit_bytes);
Response too_much_in_memory(std::size_t limit_bytes);

}  // namespace riskd::server
