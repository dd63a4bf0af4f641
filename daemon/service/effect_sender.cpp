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
constexpr std::int64_t longest_wait_ms = 3'600'000;

// Doubles with each attempt, and differs from effect to effect, so that a tracker that comes back is
// not met by all at once. After limits::effect_attempts it is the longest.
std::int64_t wait_ms(int attempts) {
  static thread_local std::mt19937 random{std::random_device{}()};
  constexpr auto longest = static_cast<double>(longest_wait_ms);
  const double whole = attempts >= limits::effect_attempts
                           ? longest
                           : std::min(first_wait_ms * std::exp2(attempts - 1), longest);
  return static_cast<std::int64_t>(std::uniform_real_distribution(0.5, 1.0)(random) * whole);
}

// For the log.
std::string_view action_of(const Pending& pending) {
  return pending.record.withdrawn ? "search" : to_string(pending.effect.kind);
}

}  // namespace

void EffectSender::start() {
  started_ = link_.shared.clock();
  for (const auto& [product, outbox] : link_.shared.live.outboxes()) {
    for (const auto& [key, pending] : *outbox) {
      if (pending->record.sent) sent_before_start_.insert(key);
    }
  }
}

std::vector<PendingPtr> EffectSender::due(Backoff backoff) const {
  const LiveProducts& live = link_.shared.live;
  std::vector<PendingPtr> found =
      backoff == Backoff::ignore
          ? live.effects_of(link_.config.name)
          : live.due_effects(link_.config.name, link_.shared.clock(), longest_wait_ms);
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
    // Others may have made it unnecessary meanwhile, or withdrawn it.
    const PendingPtr now = link_.shared.live.effect(pending->record.product, pending->record.key);
    if (now && send(*now)) ++sent;
  }
  return sent;
}

bool EffectSender::send(const Pending& pending) {
  const engine::Effect& effect = pending.effect;
  attempt_ = {};
  auto facts = pending.record.withdrawn ? look_for_withdrawn(pending) : carry_out(pending);
  if (attempt_.is_unwanted) return false;
  if (!facts) {
    note_failure(pending, facts.error());
    return false;
  }
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
  if (!pending.record.withdrawn)
    spdlog::info("tracker `{}`: {} {} of {}", link_.config.name, to_string(effect.kind),
                 effect.name, effect.product);
  return true;
}

// The effect is tried again later; its error stands beside it until then.
void EffectSender::note_failure(const Pending& pending, const Error& error) {
  const engine::Effect& effect = pending.effect;
  const std::string said = error_text(error);
  if (said != pending.record.last_error)
    spdlog::warn("tracker `{}`: {} of `{}`: {}", link_.config.name, action_of(pending), effect.name,
                 said);
  const int attempts = pending.record.attempts + 1;
  if (attempts == limits::effect_attempts) {
    spdlog::error("tracker `{}`: {} of `{}` has failed {} times; it is tried every hour",
                  link_.config.name, action_of(pending), effect.name, attempts);
  }
  FailedEffectWork failed;
  failed.product = pending.record.product;
  failed.effect = pending.record.key;
  failed.due = std::max(Instant{link_.shared.clock().ms + wait_ms(attempts)},
                        link_.tracker.resume_at(effect.ticket_key));
  failed.error = said;
  if (attempt_.is_sent) failed.sent = link_.shared.clock();
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

connectors::NewTicket EffectSender::new_ticket(const Pending& pending) {
  const auto& [record, effect] = pending;
  const std::string project =
      record.project.empty() ? project_of(*link_.shared.config(), effect.product) : record.project;
  connectors::NewTicket wanted{
      marker_of(link_.shared.marker_key, effect.product, {effect.ticket, effect.element}),
      effect.product,
      project.empty() ? link_.config.project : project,
      effect.name,
      effect.title,
      effect.body,
      effect.labels,
      effect.priority,
      perhaps_made(record)};
  const auto mapped = link_.config.priorities.find(effect.priority);
  if (mapped != link_.config.priorities.end()) wanted.priority = mapped->second;
  wanted.before_making = [this, record = &record, project = wanted.project]() -> Status {
    const auto is_wanted = link_.store_sending(*record, project);
    if (!is_wanted) return failure(is_wanted);
    attempt_.is_sent = *is_wanted;
    attempt_.is_unwanted = !*is_wanted;
    if (!*is_wanted) return fail(ErrorCode::unavailable, "the ticket is not wanted any more");
    sent_before_start_.erase(record->key);
    return Done{};
  };
  return wanted;
}

// A request that a killed riskd has sent had the time-out to reach the tracker, and no longer than until this start.
std::optional<Instant> EffectSender::perhaps_made(const store::EffectRecord& record) const {
  if (!record.sent || !sent_before_start_.contains(record.key)) return record.sent;
  if (record.sent->ms == 0) return started_;
  const auto timeout_ms = static_cast<std::int64_t>(link_.config.timeout_seconds * 1'000);
  return std::min(started_, Instant{record.sent->ms + timeout_ms});
}

// A ticket that is not wanted any more, and may have been made: nothing makes it now. The facts of a ticket that is there;
// none where there is no such ticket.
Result<std::vector<PostedFact>> EffectSender::look_for_withdrawn(const Pending& pending) {
  const engine::Effect& effect = pending.effect;
  auto found = link_.tracker.look_for(new_ticket(pending));
  if (!found) return failure(found);
  spdlog::info("tracker `{}`: {} of {} is not wanted any more, and was {}", link_.config.name,
               effect.name, effect.product, *found ? "made as " + (*found)->key : "not made");
  if (!*found) return std::vector<PostedFact>();
  engine::TicketFact ticket = received(effect, **found);
  const std::string other = other_ticket_of(effect.product, ticket);
  if (other.empty()) return receipt_of(effect, std::move(ticket));
  spdlog::warn("tracker `{}`: ticket {} is used for `{}` of `{}`, and {} is closed",
               link_.config.name, other, effect.name, effect.product, ticket.key);
  const RichText text{{"Another ticket is used for this: ", false},
                      {sanitize_outside(other, limits::outside_text_bytes), true},
                      {".", false}};
  const auto closed = link_.tracker.close(ticket.key, effect.key + "|other", text,
                                          ticket.status.empty() ? ticket.state : ticket.status);
  if (!closed) return failure(closed);
  return std::vector<PostedFact>();
}

// The key of the ticket that is known in place of this one, such as one that a person has linked; empty where there is none.
std::string EffectSender::other_ticket_of(const std::string& product,
                                          const engine::TicketFact& ticket) const {
  const ViewPtr view = link_.shared.live.view(product);
  if (!view) return {};
  engine::FactBody named = ticket;
  engine::name_present_components(view->live.facts(), named);
  const auto& present = std::get<engine::TicketFact>(named);
  const auto known = view->live.facts().tickets.find({present.ticket, present.element});
  if (known == view->live.facts().tickets.end() || known->second.seen.empty()) return {};
  const engine::TicketFact& newest = known->second.seen.back().value;
  const bool is_other = !newest.deleted && !newest.key.empty() &&
                        (newest.tracker != ticket.tracker || newest.key != ticket.key);
  return is_other ? newest.key : std::string();
}

// The facts that say what was done.
Result<std::vector<PostedFact>> EffectSender::carry_out(const Pending& pending) {
  using engine::EffectKind;
  const engine::Effect& effect = pending.effect;
  connectors::Tracker& tracker = link_.tracker;
  std::optional<engine::TicketFact> ticket;
  const auto receive = [&](const Result<connectors::TicketView>& view) -> Status {
    if (!view) return failure(view);
    ticket = received(effect, *view);
    return Done{};
  };
  Status done = Done{};
  switch (effect.kind) {
    case EffectKind::create:
      done = receive(tracker.create(new_ticket(pending)));
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
  return receipt_of(effect, std::move(ticket));
}

std::vector<PostedFact> EffectSender::receipt_of(const engine::Effect& effect,
                                                 std::optional<engine::TicketFact> ticket) {
  std::vector<PostedFact> facts;
  if (ticket) facts.push_back({std::move(*ticket), std::nullopt});
  // A link counts as a note that was sent: see engine::reconcile.
  if (effect.kind == engine::EffectKind::comment || !effect.watched.empty()) {
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
