// What the parts of the syntax tree refer to each other by, and names as they are written.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "dsl/text/source.hpp"

namespace riskd::dsl {

using ExprId = std::uint32_t;
using ClauseId = std::uint32_t;
using TextId = std::uint32_t;
inline constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();

// `sign-in`, or qualified: `web.throttle-logins`, `product.sensitive`, `reach.internet`.
struct Name {
  std::string qualifier;  // empty where there is none
  std::string text;       // empty: no name was read
  Span span;
  std::string full() const { return qualifier.empty() ? text : qualifier + "." + text; }
};

}  // namespace riskd::dsl
