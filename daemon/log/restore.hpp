// A store from a backup.
#pragma once

#include <optional>
#include <string>

#include "daemon/log/verify.hpp"

namespace riskd::log {

// Verifies the log of `backup`, and copies the store into the new folder `to`. There, all effects are held, and those that
// come are, until somebody releases them: a copy never writes to a live tracker by itself. With a fault nothing is copied.
// The copy is made in `to`.part; what is broken off stays there.
Result<Verified> restore(const std::string& backup, const std::string& to,
                         const std::optional<store::LogHead>& known, const Progress& progress = {});

}  // namespace riskd::log
