#include "daemon/server/request_head.hpp"

#include <fmt/core.h>

#include <utility>

#include "daemon/server/refusals.hpp"
#include "daemon/server/target.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::server {
Result<Head, Response> read_head(const RawHead& raw) {
  Head head;
  Request& request = head.request;
  auto target = parse_target(raw.target);
  if (!target) {
    return Unexpected<Response>(bad_request(target.error().message));
  }
  request.path = std::move(target->path);
  request.segments = std::move(target->segments);
  request.query = std::move(target->query);
  request.method = raw.method;
  if (request.method == "HEAD") {
    request.method = "GET";
    head.wants_no_body = true;
  }
  for (const auto& [name, value] : raw.fields) {
    const auto [field, added] = request.headers.try_emplace(in_lower_case(name), value);
    if (added) continue;
    field->second.append(", ").append(value);
    request.repeated.insert(field->first);
  }
  const auto coding = request.headers.find("transfer-encoding");
  if (coding != request.headers.end() && in_lower_case(coding->second) != "chunked") {
    return Unexpected<Response>(
        problem(501, "Not Implemented",
                fmt::format("the transfer coding `{}` is not known: send the body with a "
                            "`Content-Length`, or `chunked`",
                            coding->second)));
  }
  const auto expect = request.headers.find("expect");
  if (expect != request.headers.end() && !raw.is_http_1_0) {
    if (in_lower_case(expect->second) != "100-continue") {
      return Unexpected<Response>(
          problem(417, "Expectation Failed",
                  fmt::format("the expectation `{}` is not known", expect->second)));
    }
    head.expects_continue = true;
  }
  return head;
}

}  // namespace riskd::server
