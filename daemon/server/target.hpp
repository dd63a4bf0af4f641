// What a request's target says: the path by segments and the query, percent-decoded.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::server {

struct Target {
  std::string path;                   // decoded segments, each behind a "/"
  std::vector<std::string> segments;  // "/v1/a%2Fb" is "v1", "a/b"; "/" has none
  std::map<std::string, std::string> query;
};

// Reads "/path?query" or "http://host/path?query" (RFC 9112, 3.2), and the "*" of OPTIONS as a path
// of no segments. Segments "." and ".." mean nothing here. In the query "+" is a space, as forms
// and curl send it. Error::invalid for an incomplete escape, a NUL, or what is not UTF-8 once
// decoded.
Result<Target> parse_target(std::string_view target);

}  // namespace riskd::server
