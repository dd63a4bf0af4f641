// What the writer does, one thing after the other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/service/posting.hpp"
#include "daemon/service/prepared.hpp"
#include "daemon/service/reevaluate.hpp"
#include "daemon/service/retention.hpp"

namespace riskd::service {

using OnStored = std::function<void(Status)>;

// The closed set of what the writer does.
struct PostingWork {
  Posting posting;
  Service::OnPosted done;
};
// A large posting that was evaluated already.
struct PreparedWork {
  std::shared_ptr<void>
      borrowed;  // goes after the next two: then the writer holds nothing of them any more
  std::shared_ptr<const PostingWork> work;
  std::shared_ptr<Prepared> prepared;
  std::function<void()> again;  // the product has changed meanwhile: nothing was done
};
// What a tracker said: facts that no policy checks, and the effect that is done with them.
struct ReceiptWork {
  std::string product;
  std::vector<PostedFact> facts;
  std::string poster;
  std::string effect;  // key; empty: none
  OnStored done;
};
struct FailedEffectWork {
  std::string product, effect;
  Instant due;
  std::string error;
  std::optional<Instant> sent;  // until when the request may have made a ticket, if one went out
  OnStored done;
};
// The request that makes a ticket is about to go out.
struct SendingWork {
  std::string product, effect, project;
  Instant at;
  std::function<void(Result<bool>)>
      done;  // false: the ticket is not wanted any more, nothing may go out
};
struct ReleaseWork {
  std::string product;   // empty: all
  bool release = false;  // false: nothing but what is due by time
  std::string poster;
  OnStored done;
};
struct ReplyWork {
  std::string key;
  Reply reply;
  OnStored done;
};
// The clock was ahead, and is right now: time goes on from it.
struct ClockWork {
  std::string poster;
  std::function<void(Result<std::size_t>)> done;  // how many products were corrected
};
struct ReloadWork {
  engine::Policy program;
  store::PolicyRecord record;
  std::string instead_of;     // see PolicyInForce
  std::string required_plan;  // see Service::reload
  std::vector<Reevaluated> prepared;
  std::optional<engine::PolicyDiff> diff;  // under which they were; none: nothing was prepared
  std::function<void(Result<std::uint64_t>, std::vector<ProductPlan>)> done;
};
// What is kept of products beside their history: snapshots, by product, as snapshot_of gives them; what retention
// removes; and ends of days.
struct KeepWork {
  std::vector<std::pair<std::string, std::string>> snapshots;
  std::optional<Prune> prune;
  std::vector<std::pair<std::string, store::DayRecord>> days;
  OnStored done;
};
// Trackers or routes are configured otherwise: where what waits goes.
struct RerouteWork {
  OnStored done;
};
// Nothing of the log: whether a commit succeeds.
struct ProbeWork {
  OnStored done;
};
// A token is given or revoked; or was used.
struct AccessWork {
  std::optional<store::AccessRecord> change;
  std::pair<std::string, Instant> used;  // a token's name; empty: none
  std::string poster;
  OnStored done;
};
using Work =
    std::variant<PostingWork, PreparedWork, ReceiptWork, FailedEffectWork, SendingWork, ReleaseWork,
                 ReplyWork, ClockWork, ReloadWork, KeepWork, AccessWork, RerouteWork, ProbeWork>;

}  // namespace riskd::service
