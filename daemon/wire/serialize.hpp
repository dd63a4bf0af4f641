// JSON text of a tree of Boost.JSON, written as riskd writes all its JSON: numbers without exponent,
// control characters escaped. boost::json::serialize does neither and is not used.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace riskd::wire {

// On one line, without its line break. Numbers have as few digits as give the same number back.
std::string serialize(const boost::json::value& value);

}  // namespace riskd::wire
