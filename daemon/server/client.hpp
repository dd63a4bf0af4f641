// A small HTTP client over riskd's Unix socket, for riskctl and the tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/result.hpp"

namespace riskd::server {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // path and query, encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string
      body_file;  // where not empty, the body is this file's content, streamed; may be a pipe
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
};

// Sends one request and reads the whole answer, also one that comes before the body has been sent.
// Error::unavailable where nobody listens, with a message that says what to start, and where there
// is no answer within `timeout_ms`, in all; Error::forbidden where this user may not use the
// socket.
Result<ClientResponse> request(const std::string& socket_path, const ClientRequest& request,
                               int timeout_ms = 300'000);

// Reads an endless response piece by piece until `receive` returns false or the server ends it.
// Error::unavailable where it breaks off; an answer that is not 2xx is an error with its detail.
Status follow(const std::string& socket_path, const ClientRequest& request,
              const std::function<bool(std::string_view)>& receive);

// Percent-encodes one path segment or query value.
std::string encode(std::string_view text);

}  // namespace riskd::server
