// A request's head as handlers see it, from the fields that the parser found.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/server/server.hpp"

namespace riskd::server {

struct RawHead {
  std::string_view method;
  std::string_view target;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  bool is_http_1_0 = false;
};

struct Head {
  Request request;             // without body and peer
  bool wants_no_body = false;  // HEAD: handled as GET, answered without the body
  bool expects_continue = false;
};

// The head, or the problem to answer: 400 for a target that does not decode, 417 for another
// expectation than 100-continue, 501 for another transfer coding than chunked.
Result<Head, Response> read_head(const RawHead& raw);

}  // namespace riskd::server
