// Effects go out: each is tried until the tracker has taken it, and goes from the outbox in the commit
// that stores its receipt.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>
#include <utility>

#include "connectors/trackers/web_tracker.hpp"
#include "daemon/service/marker.hpp"
#include "daemon/service/tracker_worker.hpp"

namespace riskd::service {
namespace {

constexpr double first_wait_ms = 5'000;
constexpr double longest_wait_ms = 3'600'000;

// Doubles with each attempt, and differs from effect to effect, so that a tracker that comes back is
// not met by all at once. After limits::effect_attempts it is the longest.
std::int64_t wait_ms(int attempts) {
  static thread_local std::mt19937 random{std::random_device{}()};
  const double whole = attempts >= limits::effect_attempts
                           ? longest_wait_ms
                           : std::min(first_wait_ms * std::exp2(attempts - 1), longest_wait_ms);
  return static_cast<std::int64_t>(std::uniform_real_distribution(0.5, 1.0)(random) * whole);
}

}  // namespace

std::vector<PendingPtr> TrackerWorker::due_effects(Backoff backoff) const {
  const Instant now = shared_.clock();
  std::vector<PendingPtr> due;
  for (const auto& [product, outbox] : shared_.live.outboxes()) {
    for (const auto& [key, pending] : outbox) {
      const store::EffectRecord& record = pending->record;
      if (record.tracker != config_.name || record.held) continue;
      // A due time further away than any wait was set by a clock that was ahead.
      const bool waits =
          record.due > now && static_cast<double>(record.due.ms - now.ms) <= longest_wait_ms;
      if (backoff == Backoff::keep && waits) continue;
      due.push_back(pending);
    }
  }
  // A ticket is made before anything is done with it: EffectKind is in that order.
  std::sort(due.begin(), due.end(), [](const PendingPtr& a, const PendingPtr& b) {
    return std::tie(a->record.product, a->effect.kind, a->record.key) <
           std::tie(b->record.product, b->effect.kind, b->record.key);
  });
  return due;
}

std::size_t TrackerWorker::send_due(Backoff backoff) {
  std::size_t sent = 0;
  for (const PendingPtr& pending : due_effects(backoff)) {
    if (is_stopping() || tracker_->resume_at("") > shared_.clock()) break;
    if (tracker_->resume_at(pending->effect.ticket_key) > shared_.clock()) continue;
    // Others may have made it unnecessary meanwhile.
    if (!shared_.live.outbox(pending->record.product).contains(pending->record.key)) continue;
    if (send(*pending)) ++sent;
  }
  return sent;
}

bool TrackerWorker::send(const Pending& pending) {
  const engine::Effect& effect = pending.effect;
  auto facts = carry_out(effect);
  if (facts) {
    tried_at_.erase(effect.key);
    ReceiptWork receipt;
    receipt.product = pending.record.product;
    receipt.facts = std::move(*facts);
    receipt.poster = "riskd";
    receipt.effect = pending.record.key;
    if (Status stored = store(std::move(receipt)); !stored) {
      note(Of::receipt, "the receipt could not be stored: " + stored.error().message);
      return false;
    }
    note(Of::receipt, {});
    spdlog::info("tracker `{}`: {} {} of {}", config_.name, to_string(effect.kind), effect.name,
                 effect.product);
    return true;
  }
  const Error& error = facts.error();
  const std::string said = error.where.empty() ? error.message : error.where + ": " + error.message;
  if (said != pending.record.last_error)
    spdlog::warn("tracker `{}`: {} of `{}`: {}", config_.name, to_string(effect.kind), effect.name,
                 said);
  const int attempts = pending.record.attempts + 1;
  if (attempts == limits::effect_attempts) {
    spdlog::error("tracker `{}`: {} of `{}` has failed {} times; it is tried every hour",
                  config_.name, to_string(effect.kind), effect.name, attempts);
  }
  FailedEffectWork failed;
  failed.product = pending.record.product;
  failed.effect = pending.record.key;
  failed.due = std::max(Instant{shared_.clock().ms + wait_ms(attempts)},
                        tracker_->resume_at(effect.ticket_key));
  failed.error = said;
  const auto stored = std::make_shared<std::promise<void>>();
  failed.done = [stored](const Status&) { stored->set_value(); };
  writer_.add(std::move(failed));
  stored->get_future().wait();
  return false;
}

// The facts that say what was done.
Result<std::vector<PostedFact>> TrackerWorker::carry_out(const engine::Effect& effect) {
  using engine::EffectKind;
  const engine::TicketKey ticket{effect.ticket, effect.element};
  std::vector<PostedFact> facts;
  const auto receive = [&](const Result<connectors::TicketView>& view) -> Status {
    if (!view) return failure(view);
    engine::TicketFact fact = observed(ticket, *view);
    fact.own = view->origin.actor != connectors::Actor::person;
    if (fact.own && !fact.closed) fact.closed = effect.kind == EffectKind::close;
    if (!fact.own) {
      fact.by = sanitize_outside(view->origin.person, limits::outside_text_bytes);
      fact.remark = view->origin.remark;
    }
    facts.push_back({std::move(fact), std::nullopt});
    return Done{};
  };

  Status done = Done{};
  switch (effect.kind) {
    case EffectKind::create: {
      connectors::NewTicket wanted{marker_of(shared_.marker_key, effect.product, ticket),
                                   effect.product,
                                   project_of(shared_.config, effect.product),
                                   effect.name,
                                   effect.title,
                                   effect.body,
                                   effect.labels,
                                   effect.priority,
                                   std::nullopt};
      if (const auto mapped = config_.priorities.find(effect.priority);
          mapped != config_.priorities.end())
        wanted.priority = mapped->second;
      if (const auto tried = tried_at_.find(effect.key); tried != tried_at_.end())
        wanted.perhaps_made = tried->second;
      else if (unsure_.contains(effect.key))
        wanted.perhaps_made = started_;
      const Result<connectors::TicketView> made = tracker_->create(wanted);
      // Within that time a try may have been no more than a look.
      const Instant now = shared_.clock();
      if (!made && (!wanted.perhaps_made ||
                    now.ms - wanted.perhaps_made->ms >= connectors::usual_settle.count()))
        tried_at_[effect.key] = now;
      done = receive(made);
      break;
    }
    case EffectKind::close:
      done = receive(tracker_->close(effect.ticket_key, effect.key, effect.text, effect.seen));
      break;
    case EffectKind::reopen:
      done = receive(tracker_->reopen(effect.ticket_key, effect.key, effect.text, effect.seen));
      break;
    case EffectKind::comment:
      done = tracker_->comment(effect.ticket_key, effect.key, effect.text);
      break;
    case EffectKind::link: {
      auto other = other_end(effect);
      if (!other) return failure(other);
      done = tracker_->link(effect.ticket_key, *other);
      break;
    }
  }
  if (!done) return failure(done);
  // A link counts as a note that was sent: see engine::reconcile.
  if (effect.kind == EffectKind::comment || !effect.watched.empty()) {
    facts.push_back(
        {engine::ToldFact{effect.ticket, effect.element, effect.watched, effect.departed},
         std::nullopt});
  }
  return facts;
}

Result<std::string> TrackerWorker::other_end(const engine::Effect& effect) const {
  if (!effect.other_key.empty()) return effect.other_key;
  const ViewPtr view = shared_.live.view(effect.product);
  if (view) {
    const auto known = view->live.facts().tickets.find({effect.other_ticket, effect.other_element});
    if (known != view->live.facts().tickets.end() && !known->second.seen.empty()) {
      return known->second.seen.back().value.key;
    }
  }
  return fail(ErrorCode::unavailable,
              fmt::format("ticket `{}` of `{}`, to which this one relates, is not made yet",
                          effect.other_ticket, effect.other_element));
}

engine::TicketFact TrackerWorker::observed(const engine::TicketKey& ticket,
                                           const connectors::TicketView& view) const {
  engine::TicketFact fact;
  fact.ticket = ticket.ticket;
  fact.element = ticket.element;
  fact.tracker = config_.name;
  fact.kind = config_.kind;
  fact.map = config_.status_map;
  fact.closed = view.closed;
  fact.key = view.key;
  fact.status = view.status;
  fact.resolution = view.resolution;
  fact.state = view.state;
  fact.reason = view.reason;
  fact.labels = view.labels;
  fact.url = view.url;
  return fact;
}

}  // namespace riskd::service
