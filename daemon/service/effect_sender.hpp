// Effects go out: each is tried until the tracker has taken it, and goes from the outbox in the commit that stores its
// receipt.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/service/tracker_link.hpp"

namespace riskd::service {

// Of the tracker's thread alone.
class EffectSender {
 public:
  enum class Backoff { keep, ignore };  // whether an effect that failed waits for its time

  EffectSender(const TrackerLink& link, std::function<bool()> is_stopping)
      : link_(link), is_stopping_(std::move(is_stopping)) {}

  // A creating effect that is waiting now may have been sent before the daemon ended.
  void start();
  std::size_t send_due(Backoff backoff);  // how many were carried out

 private:
  std::vector<PendingPtr> due(Backoff backoff) const;
  bool send(const Pending& pending);
  void note_failure(const Pending& pending, const Error& error);
  Result<std::vector<PostedFact>> carry_out(const engine::Effect& effect);
  Result<connectors::TicketView> create(const engine::Effect& effect);
  engine::TicketFact received(const engine::Effect& effect,
                              const connectors::TicketView& view) const;
  Result<std::string> other_end(const engine::Effect& effect) const;

  const TrackerLink& link_;
  const std::function<bool()> is_stopping_;
  Instant started_;
  // Nothing that was withdrawn before the start was sent after this. None: there was no product.
  std::optional<Instant> newest_before_;
  std::set<std::string> unsure_;             // creating effects of before the start, by key
  std::map<std::string, Instant> tried_at_;  // the last try of a creating effect, by key
};

}  // namespace riskd::service
