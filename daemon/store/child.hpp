// Work in a child process: following damaged pages through a map can end a process, which then must not be ours.
#pragma once

#include <functional>
#include <string>

#include "engine/base/result.hpp"

namespace riskd::store {

// Does `work` in a child and returns what it returned; Error::corrupt at `where` if it ended the child. The child has no
// threads but this one, so `work` must not wait for another.
Status in_child(const std::string& where, const std::function<Status()>& work);

}  // namespace riskd::store
