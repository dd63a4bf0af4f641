// Brings a store that an earlier riskd wrote to the format of this one.
#pragma once

#include "daemon/store/environment.hpp"
#include "engine/base/result.hpp"

namespace riskd::store {

// In one transaction: afterwards the store has this format, or it is as it was.
// From format 1: each value gets its checksum, and the log begins with an entry of kind `origin`, whose body are all
// policies and all facts. Its position is not less than any seq, which were the ids of events before.
// From format 2: entries of rare kinds get their marks.
// From format 3: nothing. Its effects read as if they had been sent, except those that are held: it did not store that.
Status migrate(Environment& environment);

}  // namespace riskd::store
