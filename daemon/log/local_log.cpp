#include "daemon/log/local_log.hpp"

#include <fmt/format.h>

namespace riskd::log {

Status LocalLog::append(const store::LogHead& after,
                        const std::vector<store::EntryRecord>& entries) {
  std::uint64_t position = after.position;
  for (const store::EntryRecord& entry : entries) {
    if (entry.position == ++position) continue;
    return fail(ErrorCode::conflict,
                fmt::format("an entry has position {}, and the log goes on with {}", entry.position,
                            position));
  }
  return Done{};
}

Status LocalLog::read(std::uint64_t after, const Visitor& visit) const {
  return store_.entries(after, [&](const store::EntryRecord& entry) {
    return visit(entry, [&](const store::Store::FactVisitor& each) {
      return store_.facts_in(entry.first_seq, entry.facts, each);
    });
  });
}

Result<std::optional<store::PolicyRecord>> LocalLog::policy(std::uint64_t revision) const {
  return store_.policy(revision);
}

Result<store::LogHead> LocalLog::head() const { return store_.head(); }

}  // namespace riskd::log
