// Whether a log is what was written: no entry changed, missing, moved or added.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/store/store.hpp"
#include "engine/base/result.hpp"

namespace riskd::log {

// The first thing that is wrong.
struct Fault {
  std::string where;  // "log/17", "facts/3"
  std::string what;
};

struct Verified {
  std::uint64_t first = 0;  // position of the first entry that is there; 0: none
  std::uint64_t entries = 0, facts = 0, policies = 0;
  std::uint64_t removed =
      0;  // of the facts: those that retention has removed, as later entries say
  store::LogHead head;
  std::optional<Fault> fault;
};

// Reads everything: each record fits its checksum, each body its digest, each link the one before, positions and seqs
// have no gaps, and times do not fall. Facts may be missing that a later entry has removed, and what that entry has left
// instead fits its digest. Without `known` this shows that the log is consistent: who can write the store
// can also write another consistent log. `known` is a head that was kept elsewhere: the log must still have that entry.
// `progress` is called with how many entries are through, of how many.
using Progress = std::function<void(std::uint64_t done, std::uint64_t of)>;
Verified verify(const store::Store& store, const std::optional<store::LogHead>& known,
                const Progress& progress = {});

}  // namespace riskd::log
