// Effects go out: each is tried until the tracker has taken it, and goes from the outbox in the commit that stores its
// receipt. A ticket that is not wanted any more and may have been made is looked for, and not made.
#pragma once

#include <cstddef>
#include <functional>
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

  void start();
  std::size_t send_due(Backoff backoff);  // how many were carried out

 private:
  std::vector<PendingPtr> due(Backoff backoff) const;
  bool send(const Pending& pending);
  void note_failure(const Pending& pending, const Error& error);
  Result<std::vector<PostedFact>> carry_out(const Pending& pending);
  Result<std::vector<PostedFact>> look_for_withdrawn(const Pending& pending);
  // `pending` outlives it.
  connectors::NewTicket new_ticket(const Pending& pending);
  std::optional<Instant> perhaps_made(const store::EffectRecord& record) const;
  std::string other_ticket_of(const std::string& product, const engine::TicketFact& ticket) const;
  static std::vector<PostedFact> receipt_of(const engine::Effect& effect,
                                            std::optional<engine::TicketFact> ticket);
  engine::TicketFact received(const engine::Effect& effect,
                              const connectors::TicketView& view) const;
  Result<std::string> other_end(const engine::Effect& effect) const;

  const TrackerLink& link_;
  const std::function<bool()> is_stopping_;
  Instant started_;
  std::set<std::string> sent_before_start_;  // effects that were not sent again since, by key
  // Of the effect that is carried out.
  struct Attempt {
    bool is_sent = false;      // a request that may make its ticket went out
    bool is_unwanted = false;  // it is not wanted any more: nothing was done
  } attempt_;
};

}  // namespace riskd::service
