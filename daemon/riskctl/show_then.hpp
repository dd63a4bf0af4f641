// Of which moment an answer is, and under which rules.
#pragma once

#include <boost/json.hpp>

#include "daemon/riskctl/text.hpp"

namespace riskd::riskctl {

// "as of 2026-11-20 00:00, under policy revision 2 (3f2a91c04b7d), in force since 2026-11-02 10:00", and below it where
// the record says otherwise than riskd computes today. `then` is an answer's member of this name, or a side of a
// comparison.
Text shown_then(const boost::json::value& then);

}  // namespace riskd::riskctl
