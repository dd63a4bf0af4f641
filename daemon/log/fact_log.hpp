// The log: one order of everything that is decided. The model is a function of its entries; all else that the store
// holds can be made anew from them.
//
// Whoever decides against the log at a position appends behind that position, or learns that others came first. There is
// one kind, in the store of this machine (local_log.hpp); a log that several machines share is to stand behind the same
// interface.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "daemon/store/store.hpp"
#include "engine/base/result.hpp"

namespace riskd::log {

class FactLog {
 public:
  virtual ~FactLog() = default;

  // The writer alone calls it, once a round, before the transaction that holds the entries commits. When that has
  // committed, the entries are durable. Error::conflict: the log does not end at `after` (nothing was appended).
  virtual Status append(const store::LogHead& after,
                        const std::vector<store::EntryRecord>& entries) = 0;

  // From any thread. The entries after the position `after`, in order, until `visit` returns false; each with a function
  // that reads its facts. Error::corrupt where an entry or its facts are damaged or missing.
  using ReadFacts = std::function<Status(const store::Store::FactVisitor&)>;
  using Visitor = std::function<bool(const store::EntryRecord&, const ReadFacts&)>;
  virtual Status read(std::uint64_t after, const Visitor& visit) const = 0;
  virtual Result<std::optional<store::PolicyRecord>> policy(std::uint64_t revision) const = 0;
  virtual Result<store::LogHead> head() const = 0;
};

}  // namespace riskd::log
