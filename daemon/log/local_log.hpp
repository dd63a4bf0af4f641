// The log in the store of this machine: an entry is durable when the store's transaction has committed.
#pragma once

#include "daemon/log/fact_log.hpp"

namespace riskd::log {

class LocalLog : public FactLog {
 public:
  explicit LocalLog(const store::Store& store) : store_(store) {}  // which must outlive it

  Status append(const store::LogHead& after,
                const std::vector<store::EntryRecord>& entries) override;
  Status read(std::uint64_t after, const Visitor& visit) const override;
  Result<std::optional<store::PolicyRecord>> policy(std::uint64_t revision) const override;
  Result<store::LogHead> head() const override;

 private:
  const store::Store& store_;
};

}  // namespace riskd::log
