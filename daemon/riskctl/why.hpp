// An explanation, as `riskctl why` and `riskctl eval --why` print it.
#pragma once

#include <boost/json.hpp>

namespace riskd::riskctl {

// The tree of reasons, then what would change it. `answer` is what GET …/why answers.
void print_why(const boost::json::value& answer);

}  // namespace riskd::riskctl
