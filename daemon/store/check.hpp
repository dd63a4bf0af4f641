// Whether a store's file can be read, found out in another process: pages that are damaged may end the one that follows
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/store/child.hpp"
#include "engine/base/result.hpp"

namespace riskd::store {

// What is read: all, or what a start reads, which does not grow with the history.
enum class Extent : std::uint8_t { everything, for_start };

// Reads a store that is there, of any format. Error::corrupt at the first record that does not fit its checksum. Only
// this function's process is at risk.
Status read_store(const std::string& folder, Extent extent);

// The same in a child process. Error::corrupt where the child ends.
Status check_store(const std::string& folder, Extent extent);

// Begins to read all of the store in a child process, beside whatever follows.
Result<std::unique_ptr<Child>> begin_check(const std::string& folder);

// The bytes of the store's file; 0: it cannot be seen.
std::uint64_t file_bytes(const std::string& folder);

}  // namespace riskd::store
