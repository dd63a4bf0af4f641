// Where the log begins and ends.
#pragma once

#include <cstdint>

#include "daemon/store/entry.hpp"
#include "daemon/store/environment.hpp"
#include "engine/base/result.hpp"

namespace riskd::store {

// The newest entry of the log: who keeps it can tell later whether the log up to it was changed.
struct LogHead {
  std::uint64_t position = 0;  // 0: the log is empty
  Digest link{};
};

Result<LogHead> head_of(const View& view);
// The position of the first entry; 0: the log is empty.
Result<std::uint64_t> first_position(const View& view);

}  // namespace riskd::store
