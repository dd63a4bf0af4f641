// Asks a running riskd over its Unix socket; for riskctl and the tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::client {

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
Result<Response> request(const std::string& socket_path, const Request& request,
                         int timeout_ms = 300'000);

// Reads an endless response piece by piece until `receive` returns false or the server ends it.
// Error::unavailable where it breaks off; an answer that is not 2xx is an error with its detail.
Status follow(const std::string& socket_path, const Request& request,
              const std::function<bool(std::string_view)>& receive);

// Percent-encodes one path segment or query value (RFC 3986, 2.1).
std::string encode(std::string_view text);

}  // namespace riskd::client
