// A small HTTP client over riskd's Unix socket, for riskctl and the tests.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/result.hpp"

namespace riskd::server {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // path and query, encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string body_file;  // where not empty, the body is this file's content, streamed
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
};

// Sends one request and reads the whole answer. Error::unavailable where nobody listens, with a
// message that says what to start; times out after `timeout_ms`.
Result<ClientResponse> request(const std::string& socket_path, const ClientRequest& request,
                               int timeout_ms = 300'000);

// Reads an endless response piece by piece until `receive` returns false or the server ends it.
Status follow(const std::string& socket_path, const ClientRequest& request,
              const std::function<bool(std::string_view)>& receive);

// Percent-encodes one path segment or query value.
std::string encode(std::string_view text);

}  // namespace riskd::server
