#include "daemon/service/effect_sender.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <memory>
#include <random>
#include <tuple>
#include <utility>

#include "connectors/trackers/web_tracker.hpp"
#include "daemon/service/marker.hpp"

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

void EffectSender::start() {
  started_ = link_.shared.clock();
  if (!link_.shared.live.views().empty())
    newest_before_ = std::min(link_.shared.newest_time, started_);
  for (const auto& [product, outbox] : link_.shared.live.outboxes()) {
    for (const auto& [key, pending] : outbox) {
      if (pending->effect.kind == engine::EffectKind::create) unsure_.insert(pending->effect.key);
    }
  }
}

std::vector<PendingPtr> EffectSender::due(Backoff backoff) const {
  const Instant now = link_.shared.clock();
  std::vector<PendingPtr> found;
  for (const auto& [product, outbox] : link_.shared.live.outboxes()) {
    for (const auto& [key, pending] : outbox) {
      const store::EffectRecord& record = pending->record;
      if (record.tracker != link_.config.name || record.held) continue;
      // A due time further away than any wait was set by a clock that was ahead.
      const bool waits =
          record.due > now && static_cast<double>(record.due.ms - now.ms) <= longest_wait_ms;
      if (backoff == Backoff::keep && waits) continue;
      found.push_back(pending);
    }
  }
  // A ticket is made before anything is done with it: EffectKind is in that order.
  std::sort(found.begin(), found.end(), [](const PendingPtr& a, const PendingPtr& b) {
    return std::tie(a->record.product, a->effect.kind, a->record.key) <
           std::tie(b->record.product, b->effect.kind, b->record.key);
  });
  return found;
}

std::size_t EffectSender::send_due(Backoff backoff) {
  std::size_t sent = 0;
  for (const PendingPtr& pending : due(backoff)) {
    if (is_stopping_() || link_.tracker.resume_at("") > link_.shared.clock()) break;
    if (link_.tracker.resume_at(pending->effect.ticket_key) > link_.shared.clock()) continue;
    // Others may have made it unnecessary meanwhile.
    if (!link_.shared.live.outbox(pending->record.product).contains(pending->record.key)) continue;
    if (send(*pending)) ++sent;
  }
  return sent;
}

bool EffectSender::send(const Pending& pending) {
  const engine::Effect& effect = pending.effect;
  auto facts = carry_out(effect);
  if (!facts) {
    note_failure(pending, facts.error());
    return false;
  }
  tried_at_.erase(effect.key);
  ReceiptWork receipt;
  receipt.product = pending.record.product;
  receipt.facts = std::move(*facts);
  receipt.poster = "riskd";
  receipt.effect = pending.record.key;
  if (Status stored = link_.store(std::move(receipt)); !stored) {
    link_.errors.note(TrackerErrors::Of::receipt,
                      "the receipt could not be stored: " + stored.error().message);
    return false;
  }
  link_.errors.note(TrackerErrors::Of::receipt, {});
  spdlog::info("tracker `{}`: {} {} of {}", link_.config.name, to_string(effect.kind), effect.name,
               effect.product);
  return true;
}

// The effect is tried again later; its error stands beside it until then.
void EffectSender::note_failure(const Pending& pending, const Error& error) {
  const engine::Effect& effect = pending.effect;
  const std::string said = error_text(error);
  if (said != pending.record.last_error)
    spdlog::warn("tracker `{}`: {} of `{}`: {}", link_.config.name, to_string(effect.kind),
                 effect.name, said);
  const int attempts = pending.record.attempts + 1;
  if (attempts == limits::effect_attempts) {
    spdlog::error("tracker `{}`: {} of `{}` has failed {} times; it is tried every hour",
                  link_.config.name, to_string(effect.kind), effect.name, attempts);
  }
  FailedEffectWork failed;
  failed.product = pending.record.product;
  failed.effect = pending.record.key;
  failed.due = std::max(Instant{link_.shared.clock().ms + wait_ms(attempts)},
                        link_.tracker.resume_at(effect.ticket_key));
  failed.error = said;
  const auto stored = std::make_shared<std::promise<void>>();
  failed.done = [stored](const Status&) { stored->set_value(); };
  link_.writer.add(std::move(failed));
  stored->get_future().wait();
}

// What the tracker shows of the effect's ticket, and who made it so.
engine::TicketFact EffectSender::received(const engine::Effect& effect,
                                          const connectors::TicketView& view) const {
  engine::TicketFact fact = link_.observed({effect.ticket, effect.element}, view);
  fact.own = view.origin.actor != connectors::Actor::person;
  if (fact.own && !fact.closed) fact.closed = effect.kind == engine::EffectKind::close;
  if (!fact.own) {
    fact.by = sanitize_outside(view.origin.person, limits::outside_text_bytes);
    fact.remark = view.origin.remark;
  }
  return fact;
}

Result<connectors::TicketView> EffectSender::create(const engine::Effect& effect) {
  connectors::NewTicket wanted{
      marker_of(link_.shared.marker_key, effect.product, {effect.ticket, effect.element}),
      effect.product,
      project_of(link_.shared.config, effect.product),
      effect.name,
      effect.title,
      effect.body,
      effect.labels,
      effect.priority,
      std::nullopt};
  const auto mapped = link_.config.priorities.find(effect.priority);
  if (mapped != link_.config.priorities.end()) wanted.priority = mapped->second;
  if (const auto tried = tried_at_.find(effect.key); tried != tried_at_.end())
    wanted.perhaps_made = tried->second;
  else
    wanted.perhaps_made = unsure_.contains(effect.key) ? started_ : newest_before_;
  Result<connectors::TicketView> made = link_.tracker.create(wanted);
  // Within that time a try may have been no more than a look.
  const Instant now = link_.shared.clock();
  if (!made && (!wanted.perhaps_made ||
                now.ms - wanted.perhaps_made->ms >= connectors::usual_settle.count()))
    tried_at_[effect.key] = now;
  return made;
}

// The facts that say what was done.
Result<std::vector<PostedFact>> EffectSender::carry_out(const engine::Effect& effect) {
  using engine::EffectKind;
  connectors::Tracker& tracker = link_.tracker;
  std::vector<PostedFact> facts;
  const auto receive = [&](const Result<connectors::TicketView>& view) -> Status {
    if (!view) return failure(view);
    facts.push_back({received(effect, *view), std::nullopt});
    return Done{};
  };
  Status done = Done{};
  switch (effect.kind) {
    case EffectKind::create:
      done = receive(create(effect));
      break;
    case EffectKind::close:
      done = receive(tracker.close(effect.ticket_key, effect.key, effect.text, effect.seen));
      break;
    case EffectKind::reopen:
      done = receive(tracker.reopen(effect.ticket_key, effect.key, effect.text, effect.seen));
      break;
    case EffectKind::comment:
      done = tracker.comment(effect.ticket_key, effect.key, effect.text);
      break;
    case EffectKind::link: {
      auto other = other_end(effect);
      if (!other) return failure(other);
      done = tracker.link(effect.ticket_key, *other);
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

Result<std::string> EffectSender::other_end(const engine::Effect& effect) const {
  if (!effect.other_key.empty()) return effect.other_key;
  const ViewPtr view = link_.shared.live.view(effect.product);
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

}  // namespace riskd::service
