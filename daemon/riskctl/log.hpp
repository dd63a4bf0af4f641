// What the commands share that read a store's log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/log/verify.hpp"
#include "daemon/riskctl/app.hpp"

namespace riskd::riskctl {

// `given`, else the store of the running riskd, which only an admin learns; where that fails it is printed.
std::optional<std::string> store_folder(const std::string& given, const SharedOptions& options);

// What `riskctl log head` printed to a file.
Result<store::LogHead> read_log_head(const std::string& path);

// Progress of log::verify on a terminal.
void show_log_progress(std::uint64_t done, std::uint64_t of);

// What was found, and the exit code. `compared`: with a head that was kept.
int print_verified(const log::Verified& verified, bool compared, const SharedOptions& options);

}  // namespace riskd::riskctl
