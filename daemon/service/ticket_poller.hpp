// Observations come back: what people did to their tickets becomes facts, where it differs from what is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/service/tracker_link.hpp"

namespace riskd::service {

// Of the tracker's thread alone.
class TicketPoller {
 public:
  explicit TicketPoller(const TrackerLink& link) : link_(link) {}

  // What changed since the last time, of all products; a failure is noted.
  void poll();
  // All that is known of the product, of all products where it is empty.
  Status poll_product(const std::string& product);
  // Tickets that may have changed, by key.
  Status look_at(const std::set<std::string>& keys);

 private:
  struct Known;
  using KnownTickets = std::vector<Known>;
  enum class Extent : std::uint8_t { changed, all };

  KnownTickets known_tickets(const std::string& product) const;
  static connectors::ListRequest request_for(const KnownTickets& known);
  Status answered(const connectors::TicketListing& listing);
  Status observe(const KnownTickets& known, const connectors::TicketListing& listing,
                 Extent extent);
  std::optional<PostedFact> observation(const Known& known,
                                        const connectors::TicketListing& listing, Extent extent,
                                        const connectors::TicketView* view);
  void add_origin(engine::TicketFact& fact, const engine::Stamped<engine::TicketFact>& newest,
                  const connectors::TicketView& view);
  void report_unread(const std::string& product, const engine::TicketFact& fact) const;

  const TrackerLink& link_;
  Instant polled_until_;  // by the tracker's clock; zero: not yet
  std::size_t polls_ = 0;
};

}  // namespace riskd::service
