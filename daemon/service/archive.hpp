// The policies that were in force: when each was, and its program, compiled again of the texts that the store keeps.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <vector>

#include "daemon/service/live.hpp"
#include "daemon/service/service.hpp"
#include "daemon/store/store.hpp"

namespace riskd::service {

// Used from any thread. What it is made with must outlive it.
class PolicyArchive {
 public:
  PolicyArchive(const store::Store& store, const LiveProducts& live) : store_(store), live_(live) {}

  // Error::not_found where there is no such revision; Error::unsupported, with the reasons, where this riskd does not
  // compile it.
  Result<ArchivedPolicy> policy(std::uint64_t revision);

  // Of the policy that was in force; the first one before there was any.
  Result<std::uint64_t> revision_at(Instant moment);

 private:
  static constexpr std::size_t kept_policies = 4;

  struct Reign {
    std::uint64_t revision = 0;
    Instant since;
  };
  Status read_on();
  Status take_origin(const store::EntryRecord& origin);
  const Reign* reign_of(std::uint64_t revision) const;

  const store::Store& store_;
  const LiveProducts& live_;
  std::mutex mutex_;                // guards all below
  std::uint64_t position_ = 0;      // of the log, up to which `reigns_` says who reigned
  std::vector<Reign> reigns_;       // in the order of the log
  std::list<ArchivedPolicy> kept_;  // the last used first
};

}  // namespace riskd::service
