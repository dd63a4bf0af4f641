// Corrections of the clock that a product's facts tell of: what was stored before one, with a later time, counts as of
// its time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/base/instant.hpp"

namespace riskd::service {

class Corrections {
 public:
  void add(std::uint64_t seq, Instant latest) { all_.emplace_back(seq, latest); }

  // A time that was stored with the fact `seq`, or with a change after it.
  Instant corrected(std::uint64_t seq, Instant at) const {
    for (const auto& [correction, latest] : all_) {
      if (seq < correction) at = std::min(at, latest);
    }
    return at;
  }

 private:
  std::vector<std::pair<std::uint64_t, Instant>> all_;  // seq of the correction, latest time
};

}  // namespace riskd::service
