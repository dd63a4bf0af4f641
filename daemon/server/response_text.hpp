// Responses as the bytes that go out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/server/server.hpp"

namespace riskd::server {

enum class Framing {
  whole,     // Content-Length
  chunked,   // Transfer-Encoding: chunked
  to_close,  // the end of the connection ends it: a stream for HTTP/1.0
};

// What becomes of the connection after the response.
enum class After {
  close,
  keep,
  keep_1_0,  // HTTP/1.0 clients want to be told
};

// The head of `response` with its empty line. Fields of the handler that would change the framing,
// or whose names are no names, are left out, and control characters in values become spaces: what a
// client sent and the handler repeats cannot become a field or a second response.
std::string response_head(const Response& response, Framing framing, After after);

// Whether a response of this status has no body and no Content-Length (RFC 9110, 8.6).
bool is_bodyless(int status);

// One chunk of a chunked response; an empty one ends it.
std::string chunk(std::string_view data);

}  // namespace riskd::server
