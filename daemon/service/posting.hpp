// Judging a posting, before anything of it is stored. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "daemon/service/live.hpp"
#include "engine/facts/resolve.hpp"

namespace riskd::service {

// The judgement on a posting.
struct Judged {
  std::optional<PostError> error;  // nothing of it is taken
  std::vector<PostedFact> facts;   // that are taken, resolved
  std::vector<std::vector<engine::FactError>>
      each;  // where it is `apart`: of each fact of the posting
};
// Of a product as it stands; `view` is null where there is none.
Judged judge(const Posting& posting, const PolicyInForce& policy, const ProductView* view,
             Instant now);

// The answer to a posting whose facts were stored, the last of them with `seq`; without view. `change` is the
// line of all of them.
Posted posted_of(const Judged& judged, std::uint64_t policy, std::uint64_t seq, std::string change,
                 const engine::LiveProduct& product);

}  // namespace riskd::service
