// Observations come back: what people did to their tickets becomes facts, where it differs from what is
// known.

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/service/marker.hpp"
#include "daemon/service/tracker_worker.hpp"

namespace riskd::service {
namespace {

bool tells_the_same(const engine::TicketFact& a, const engine::TicketFact& b) {
  return a.key == b.key && a.status == b.status && a.resolution == b.resolution &&
         a.state == b.state && a.reason == b.reason && a.labels == b.labels &&
         a.deleted == b.deleted;
}

std::string describe(const Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

}  // namespace

Status TrackerWorker::poll(const std::string& product) {
  Status result = Done{};
  for (const auto& [id, view] : shared_.live.views()) {
    if (is_stopping()) break;
    if (!product.empty() && id != product) continue;
    if (Status polled = poll_product(id, view->live.facts()); !polled) {
      note_error(describe(polled.error()));
      if (result) result = std::move(polled);
    }
  }
  const std::lock_guard lock(mutex_);
  if (result) last_poll_ = shared_.clock();
  return result;
}

Status TrackerWorker::poll_product(const std::string& product, const engine::Product& facts) {
  std::map<engine::TicketKey, const engine::Stamped<engine::TicketFact>*> known;
  for (const auto& [ticket, ticket_facts] : facts.tickets) {
    if (ticket_facts.seen.empty()) continue;
    const auto& newest = ticket_facts.seen.back();
    if (newest.value.tracker == config_.name) known.emplace(ticket, &newest);
  }
  if (known.empty()) return Done{};
  const auto listing = tracker_->list(product, Instant{});
  if (!listing) return Unexpected<Error>(listing.error());

  std::map<std::string, const connectors::TicketView*> by_marker;
  for (const connectors::TicketView& view : listing->tickets) by_marker.emplace(view.marker, &view);
  ReceiptWork receipt;
  for (const auto& [ticket, newest] : known) {
    const auto found = by_marker.find(marker_of(shared_.marker_key, product, ticket));
    auto fact =
        observation(ticket, *newest, *listing, found == by_marker.end() ? nullptr : found->second);
    if (fact) receipt.facts.push_back(std::move(*fact));
  }
  if (!receipt.facts.empty()) {
    receipt.product = product;
    receipt.poster = "tracker:" + config_.name;
    if (Status stored = store(std::move(receipt)); !stored) return stored;
  }
  if (!listing->unreadable.empty()) return Unexpected<Error>(listing->unreadable.front());
  return Done{};
}

// nullopt where there is nothing new.
std::optional<PostedFact> TrackerWorker::observation(
    const engine::TicketKey& ticket, const engine::Stamped<engine::TicketFact>& newest,
    const connectors::TicketListing& listing, const connectors::TicketView* view) const {
  PostedFact posted;
  engine::TicketFact fact;
  if (view != nullptr) {
    fact = observed(ticket, *view);
    // The tracker's own time, where it can be: by another clock it might come before what it follows.
    if (view->updated > newest.from.at && view->updated <= shared_.clock()) {
      posted.at = view->updated;
    }
  } else {
    const auto& damaged = listing.unreadable_keys;
    if (std::find(damaged.begin(), damaged.end(), newest.value.key) != damaged.end()) {
      return std::nullopt;
    }
    fact = newest.value;
    fact.own = false;
    fact.deleted = true;
  }
  if (tells_the_same(fact, newest.value)) return std::nullopt;
  posted.body = std::move(fact);
  return posted;
}

}  // namespace riskd::service
