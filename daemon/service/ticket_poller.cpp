#include "daemon/service/ticket_poller.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/service/marker.hpp"

namespace riskd::service {
namespace {

constexpr std::size_t polls_for_all = 12;     // at five minutes each: once an hour
constexpr std::int64_t overlap_ms = 120'000;  // of two listings: trackers' times are coarse

bool has_same_status(const engine::TicketFact& a, const engine::TicketFact& b) {
  return a.status == b.status && a.resolution == b.resolution && a.state == b.state &&
         a.reason == b.reason && a.deleted == b.deleted;
}

bool tells_the_same(const engine::TicketFact& a, const engine::TicketFact& b) {
  return has_same_status(a, b) && a.key == b.key && a.labels == b.labels && a.map == b.map;
}

// As far as the tracker says; of other trackers every status may be one.
bool is_finished(const connectors::TicketView& view) {
  return view.closed.value_or(view.state.empty() || view.state == "closed");
}

}  // namespace

// A ticket of this tracker, as the facts have it.
struct TicketPoller::Known {
  std::string product;
  engine::TicketKey ticket;
  engine::Stamped<engine::TicketFact> newest;
};

TicketPoller::KnownTickets TicketPoller::known_tickets(const std::string& product) const {
  KnownTickets known;
  for (const auto& [id, view] : link_.shared.live.views()) {
    if (!product.empty() && id != product) continue;
    for (const auto& [ticket, facts] : view->facts().tickets) {
      if (facts.seen.empty() || facts.seen.back().value.tracker != link_.config.name) continue;
      known.push_back({id, ticket, facts.seen.back()});
    }
  }
  return known;
}

// What changed since the last time, in bulk; all that is known the first time and once in a while:
// only then can a ticket be missed that was deleted or moved.
void TicketPoller::poll() {
  const KnownTickets known = known_tickets({});
  if (known.empty()) {
    static_cast<void>(answered({}));
    return;
  }
  if (link_.tracker.resume_at("") > link_.shared.clock()) return;  // `status` says so
  const bool all =
      link_.config.kind == "directory" || polled_until_.ms == 0 || polls_ % polls_for_all == 0;
  connectors::ListRequest request = request_for(known);
  if (!all) request.since = {polled_until_.ms - overlap_ms};
  const auto listing = link_.tracker.list(request);
  if (!listing) {
    link_.errors.note(TrackerErrors::Of::poll, error_text(listing.error()));
    return;
  }
  if (Status stored = observe(known, *listing, all ? Extent::all : Extent::changed); !stored) {
    link_.errors.note(TrackerErrors::Of::poll, error_text(stored.error()));
    return;
  }
  ++polls_;
  polled_until_ = listing->asked_at;
  static_cast<void>(answered(*listing));
}

// The tracker answered; a ticket that cannot be read is reported, and does not delay the others.
Status TicketPoller::answered(const connectors::TicketListing& listing) {
  link_.errors.polled(link_.shared.clock());
  link_.errors.note(TrackerErrors::Of::poll, listing.unreadable.empty()
                                                 ? std::string()
                                                 : error_text(listing.unreadable.front()));
  if (listing.unreadable.empty()) return Done{};
  return Unexpected<Error>(listing.unreadable.front());
}

// All that is known of the product, of all products where it is empty.
Status TicketPoller::poll_product(const std::string& product) {
  const KnownTickets known = known_tickets(product);
  if (known.empty()) return answered({});
  const auto listing = link_.tracker.list(request_for(known));
  Status stored =
      listing ? observe(known, *listing, Extent::all) : Status(Unexpected<Error>(listing.error()));
  if (stored) return answered(*listing);
  link_.errors.note(TrackerErrors::Of::poll, error_text(stored.error()));
  return stored;
}

Status TicketPoller::look_at(const std::set<std::string>& keys) {
  KnownTickets known = known_tickets({});
  std::erase_if(known, [&](const Known& each) { return !keys.contains(each.newest.value.key); });
  if (known.empty()) return Done{};
  const auto listing = link_.tracker.list(request_for(known));
  if (!listing) return failure(listing);
  if (Status stored = observe(known, *listing, Extent::all); !stored) return stored;
  if (listing->unreadable.empty()) return Done{};
  return Unexpected<Error>(listing->unreadable.front());
}

// Stores what is new, product by product.
Status TicketPoller::observe(const KnownTickets& known, const connectors::TicketListing& listing,
                             Extent extent) {
  std::map<std::string, const connectors::TicketView*> by_key, by_marker;
  for (const connectors::TicketView& view : listing.tickets) {
    by_key.emplace(view.key, &view);
    if (!view.marker.empty()) by_marker.emplace(view.marker, &view);
  }
  std::map<std::string, std::vector<PostedFact>> facts;
  for (const Known& each : known) {
    // By its key first: a copy that somebody made has the same marker.
    const connectors::TicketView* view = nullptr;
    if (const auto same = by_key.find(each.newest.value.key); same != by_key.end()) {
      view = same->second;
    } else {
      const auto moved =
          by_marker.find(marker_of(link_.shared.marker_key, each.product, each.ticket));
      if (moved != by_marker.end() && extent == Extent::all) view = moved->second;
    }
    auto fact = observation(each, listing, extent, view);
    if (!fact) continue;
    report_unread(each.product, std::get<engine::TicketFact>(fact->body));
    facts[each.product].push_back(std::move(*fact));
  }
  for (auto& [product, posted] : facts) {
    ReceiptWork receipt;
    receipt.product = product;
    receipt.facts = std::move(posted);
    receipt.poster = "tracker:" + link_.config.name;
    if (Status stored = link_.store(std::move(receipt)); !stored) return stored;
  }
  return Done{};
}

// nullopt where there is nothing new.
std::optional<PostedFact> TicketPoller::observation(const Known& known,
                                                    const connectors::TicketListing& listing,
                                                    Extent extent,
                                                    const connectors::TicketView* view) {
  const engine::Stamped<engine::TicketFact>& newest = known.newest;
  PostedFact posted;
  engine::TicketFact fact;
  if (view != nullptr) {
    fact = link_.observed(known.ticket, *view);
    // The tracker's own time, where it can be: by another clock it might come before what it follows.
    if (view->updated > newest.from.at && view->updated <= link_.shared.clock()) {
      posted.at = view->updated;
    }
  } else if (extent == Extent::changed) {
    return std::nullopt;
  } else {
    const auto& damaged = listing.unreadable_keys;
    if (std::find(damaged.begin(), damaged.end(), newest.value.key) != damaged.end()) {
      return std::nullopt;
    }
    fact = newest.value;
    fact.own = false;
    fact.by.clear();
    fact.remark.clear();
    fact.deleted = true;
  }
  if (view != nullptr) add_origin(fact, newest, *view);
  if (tells_the_same(fact, newest.value) && fact.by == newest.value.by) return std::nullopt;
  posted.body = std::move(fact);
  return posted;
}

// Who closed it, and why: asked of a ticket that was closed since it was seen last. One that riskd closed and
// that somebody touched since may have been closed anew by a person.
void TicketPoller::add_origin(engine::TicketFact& fact,
                              const engine::Stamped<engine::TicketFact>& newest,
                              const connectors::TicketView& view) {
  const bool is_new = !has_same_status(fact, newest.value);
  if (!is_new) {
    fact.own = newest.value.own;
    fact.by = newest.value.by;
    fact.remark = newest.value.remark;
    if (!fact.own || view.updated <= newest.from.at) return;
  }
  if (!is_finished(view)) return;
  const auto origin = link_.tracker.origin(view);
  if (!origin) {
    // The status is known all the same.
    link_.errors.note(TrackerErrors::Of::look, error_text(origin.error()));
    return;
  }
  using connectors::Actor;
  if (!is_new && origin->actor != Actor::person) return;
  fact.own = origin->actor == Actor::riskd;
  fact.by = sanitize_outside(origin->person, limits::outside_text_bytes);
  fact.remark = origin->remark;
}

// A status that no row of the map reads is logged when it is first seen.
void TicketPoller::report_unread(const std::string& product, const engine::TicketFact& fact) const {
  if (fact.deleted || engine::is_mapped(*link_.shared.live.policy().program, fact, {})) return;
  spdlog::warn(
      "tracker `{}`: ticket {} of product `{}` is `{}`, which no row of `status-map {}` reads",
      link_.config.name, fact.key, product, engine::shown_status(fact), link_.config.kind);
}

connectors::ListRequest TicketPoller::request_for(const KnownTickets& known) {
  connectors::ListRequest request;
  std::set<std::string> products;
  for (const Known& each : known) {
    products.insert(each.product);
    if (!each.newest.value.key.empty()) request.keys.push_back(each.newest.value.key);
  }
  request.products.assign(products.begin(), products.end());
  return request;
}

}  // namespace riskd::service
