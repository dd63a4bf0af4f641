#include "daemon/server/refusals.hpp"

#include <fmt/core.h>

namespace riskd::server {
namespace {

Response come_back(Response response) {
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response of_peer(std::string_view detail) { return problem(429, "Too Many Requests", detail); }

}  // namespace

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

Response not_the_proxy() {
  return problem(403, "Forbidden",
                 "this socket is only for the proxy's user ([[listen]] peer-uid)");
}

Response too_many_connections(std::size_t limit) {
  return come_back(problem(
      503, "Service Unavailable",
      fmt::format("{} connections are open already: try again when others have ended", limit)));
}

Response too_many_connections_of_peer(std::size_t limit) {
  return come_back(of_peer(
      fmt::format("this user has {} connections open already ([limits] peer-connections)", limit)));
}

Response too_many_requests_of_peer(std::size_t limit) {
  return come_back(of_peer(fmt::format(
      "{} requests of this user are under way already ([limits] peer-requests)", limit)));
}

Response too_much_of_peer(std::size_t limit_bytes) {
  return come_back(of_peer(fmt::format(
      "with this, the requests and answers of this user would take more than {} MiB of memory "
      "([limits] peer-mebibytes)",
      limit_bytes >> 20)));
}

Response too_much_in_memory(std::size_t limit_bytes) {
  return come_back(problem(
      503, "Service Unavailable",
      fmt::format(
          "with this, requests would take more than {} MiB of memory ([limits] body-mebibytes)",
          limit_bytes >> 20)));
}

}  // namespace riskd::server
