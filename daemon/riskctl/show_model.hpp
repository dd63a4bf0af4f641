// A threat model for people, from its JSON: the daemon's answer, or what `eval` evaluated.
#pragma once

#include <boost/json.hpp>

namespace riskd::riskctl {

// Prints it in the terminal's width: risks by their current rating, the highest first. With `verbose` the place of
// each rule is beside what it requires.
void print_model(const boost::json::value& model, bool verbose);

}  // namespace riskd::riskctl
