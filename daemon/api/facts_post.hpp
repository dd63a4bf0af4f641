// The lines of one post of facts: each is a fact, and is answered by a line.
#pragma once

#include <string>

#include "daemon/api/call.hpp"

namespace riskd::api {

// Posts what the lines say and answers the call once all of them are answered. No thread waits for the writer meanwhile:
// where so many postings wait for it as one post may have, the rest goes on with Call::resume.
void take_lines(const CallPtr& call, std::string text);

}  // namespace riskd::api
