// Asks a running riskd over its Unix socket or over TLS; for riskctl and the tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::client {

// Where riskd answers.
struct Place {
  Place() = default;
  Place(std::string path)
      : socket_path(std::move(path)) {}  // NOLINT(google-explicit-constructor): a socket is a place

  std::string socket_path;
  // Over TLS, instead of that.
  std::string url;      // "https://riskd.example:8443"
  std::string ca_file;  // PEM; empty: the system's authorities
  std::string token;    // empty: none
};

struct Request {
  std::string method = "GET";
  std::string target;  // path and query, encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string
      body_file;  // where not empty, the body is this file's content, streamed; may be a pipe
};

struct Response {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
};

// Sends one request and reads the whole answer, also one that comes before the body has been sent.
// Error::unavailable where nobody listens, with a message that says what to start, and where there
// is no answer within `timeout_ms`, in all; Error::forbidden where this user may not use the
// socket.
Result<Response> request(const Place& place, const Request& request, int timeout_ms = 300'000);

// As `request`, for a request that may arrive twice: it only reads, repeating it does no harm, or it has an
// Idempotency-Key. It is sent again where the connection broke, and where riskd says when to (409, 429 or 503
// with Retry-After), as long as `timeout_ms` are not over; then the last answer counts. A body that is a pipe is
// sent once.
Result<Response> request_patiently(const Place& place, const Request& request, int timeout_ms);

// Reads an endless response piece by piece until `receive` returns false or the server ends it.
// Error::unavailable where it breaks off, or where its head does not come within `timeout_ms`; an answer that is
// not 2xx is an error with its detail.
Status follow(const Place& place, const Request& request,
              const std::function<bool(std::string_view)>& receive, int timeout_ms = 300'000);

// Percent-encodes one path segment or query value (RFC 3986, 2.1).
std::string encode(std::string_view text);

}  // namespace riskd::client
