// The file of a store, looked at before LMDB maps it: LMDB takes an empty file for a new store, and reading behind the end
// of a file that is too short ends the process.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.hpp"

namespace riskd::store {

// Whether `folder` has no store yet: no file, or one whose making was broken off.
bool is_missing(const std::string& folder);
// Marks that a store is being made, and removes what a broken-off attempt has left; then that it is there.
Status begin_making(const std::string& folder);
Status end_making(const std::string& folder);

// Error::corrupt where the file is too short to hold `pages` pages of `page_bytes`; the store's own numbers are read after
// a first check, of the smallest store.
Status check_length(const std::string& folder, std::uint64_t pages, std::uint64_t page_bytes);
inline constexpr std::uint64_t least_pages = 2;
inline constexpr std::uint64_t least_page_bytes = 4'096;

}  // namespace riskd::store
