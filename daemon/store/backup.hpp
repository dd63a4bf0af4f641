// Copies of a store.
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace riskd::store {

// The name in meta that is there while effects of a restored store must wait for a release; its value is not empty then.
inline constexpr std::string_view restored_meta = "restored";

// Copies the store in `folder`, as it is at one moment, into the new folder `to`, for this user alone (0700). Another
// process may write it meanwhile. Error::conflict where `to` is there and not empty. What is broken off leaves a folder
// without a store.
Status copy_store(const std::string& folder, const std::string& to);

// Writes the store in `folder` anew without its free pages, and puts it in the place of the old one at once. Nobody else may
// have it open: Error::conflict where a riskd has. It needs room for the copy. What is broken off leaves the store as it was.
Status compact_store(const std::string& folder);

// Error::conflict where `folder` is there and not empty.
Status check_free(const std::string& folder);
// Gives the folder another name, which is free, and makes that durable.
Status name_folder(const std::string& from, const std::string& to);

}  // namespace riskd::store
