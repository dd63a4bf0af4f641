#include "daemon/server/refusals.hpp"

#include <fmt/core.h>

namespace riskd::server {

Response bad_request(std::string_view detail) { return problem(400, "Bad Request", detail); }

Response timed_out(int seconds) {
  return problem(408, "Request Timeout",
                 fmt::format("the request was not complete after {} s", seconds));
}

Response body_too_large(std::size_t limit_bytes) {
  return problem(413, "Content Too Large",
                 fmt::format("the body of this request may have {} bytes", limit_bytes));
}

Response head_too_large(std::size_t limit_bytes) {
  return problem(431, "Request Header Fields Too Large",
                 fmt::format("the head of a request may have {} bytes", limit_bytes));
}

Response cannot_store_body(std::string_view detail) {
  return problem(507, "Insufficient Storage", detail);
}

Response too_many_connections(std::size_t limit) {
  return problem(
      503, "Service Unavailable",
      fmt::format("{} connections are open already: try again when others have ended", limit));
}

}  // namespace riskd::server
