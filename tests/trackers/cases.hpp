// What the cases of trackers need: a stand-in that is asked, and sentences that are checked.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectors/http/client.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::tests {

inline std::string url;  // of the stand-in
inline int failures = 0;

inline void check(bool good, const std::string& sentence) {
  if (good) return;
  ++failures;
  fmt::print(stderr, "not so: {}\n", sentence);
}

[[noreturn]] inline void give_up(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  std::exit(1);
}

inline connectors::HttpClient& http() {
  static connectors::HttpClient client;
  return client;
}

inline std::unique_ptr<connectors::Tracker> open_tracker(std::string_view kind,
                                                         connectors::WebTrackerOptions options) {
  auto tracker = connectors::open_web_tracker(kind, std::move(options));
  if (!tracker) give_up(tracker.error().message);
  return std::move(*tracker);
}

// What the stand-in offers to the test alone; a POST where there is a body.
inline boost::json::value ask(const std::string& path, const boost::json::object& body = {}) {
  connectors::HttpRequest request;
  request.method = body.empty() ? "GET" : "POST";
  request.url = url + path;
  request.body = body.empty() ? std::string() : boost::json::serialize(body);
  const auto reply = http().send(std::move(request));
  if (!reply || reply->status != 200) give_up("the stand-in refused " + path);
  return boost::json::parse(reply->body);
}

inline std::string marker_of(int number) { return fmt::format("{:064x}", 0xabc000 + number); }

inline std::string make_ticket(connectors::Tracker& tracker, const connectors::NewTicket& ticket) {
  const auto view = tracker.create(ticket);
  check(static_cast<bool>(view), view ? "" : "a ticket is made: " + view.error().message);
  return view ? view->key : std::string();
}

inline connectors::TicketListing listed(connectors::Tracker& tracker, std::vector<std::string> keys,
                                        Instant since = {}) {
  auto listing = tracker.list({since, {}, std::move(keys)});
  check(static_cast<bool>(listing),
        listing ? "" : "a listing is answered: " + listing.error().message);
  return listing ? std::move(*listing) : connectors::TicketListing();
}

inline const connectors::TicketView* view_of(const connectors::TicketListing& listing,
                                             const std::string& key) {
  for (const connectors::TicketView& view : listing.tickets) {
    if (view.key == key) return &view;
  }
  return nullptr;
}

inline bool is_unreadable(const connectors::TicketListing& listing, const std::string& key) {
  const auto& keys = listing.unreadable_keys;
  return std::find(keys.begin(), keys.end(), key) != keys.end() && !listing.unreadable.empty();
}

// The messages of a check that are of one severity.
inline std::string found_by(connectors::Tracker& tracker,
                            connectors::CheckFinding::Severity severity) {
  std::string all;
  for (const connectors::CheckFinding& finding : tracker.check().findings) {
    if (finding.severity == severity) all += finding.message + "\n";
  }
  return all;
}

}  // namespace riskd::tests
