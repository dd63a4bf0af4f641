// A ticket tracker, as riskd uses one: a place where tickets with a marker can be found, made,
// changed and listed. Trackers carry out what the engine decided and report what they see; they
// decide nothing about risk.
//
// Every call may be repeated after a crash or a time-out, and the second call changes nothing more:
// `create` finds the ticket by its marker first, `comment` and `close` leave out a comment whose
// effect key is already there, `link` an existing link.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/instant.hpp"
#include "engine/result.hpp"
#include "engine/rich_text.hpp"

namespace riskd::connectors {

// A ticket as the tracker has it now.
struct TicketView {
  std::string key;         // as people name it: "SHOP-12"; stable for the ticket's life
  std::string marker;      // the riskd marker that it carries
  std::string status;      // jira, redmine, directory: the status' name
  std::string resolution;  // jira
  std::string state;       // github, gitlab: "open", "closed"
  std::string reason;      // github: "completed", "not_planned"
  std::vector<std::string> labels;
  std::string url;  // for people; may be empty
  Instant updated;  // by the tracker's clock
};

struct NewTicket {
  std::string marker;   // hexadecimal, unforgeable without the store's key
  std::string product;  // "shop"
  std::string project;  // of the route; empty: the tracker's own
  std::string name;     // readable and unique in the product: "requirement--web.throttle-logins"
  RichText title;       // one line
  RichText body;
  std::vector<std::string> labels;
  std::string priority;  // empty: the tracker's own default
  // When an earlier try may last have made it, without an answer that came back; riskd's clock. A
  // tracker whose search is behind waits until it has caught up with that.
  std::optional<Instant> perhaps_made;
};

// Which tickets are asked for.
struct ListRequest {
  // By the tracker's clock. Zero: all of `keys`, as they are now; otherwise what changed at or after
  // that moment, or may have: too many is harmless, too few is not.
  Instant since;
  std::vector<std::string> products;  // whose tickets are wanted
  std::vector<std::string> keys;      // that are known of them
};

// What a listing found: tickets that carry a riskd marker, and those of the request's keys. A ticket
// that cannot be read does not hide the others.
struct TicketListing {
  std::vector<TicketView> tickets;
  std::vector<Error> unreadable;  // one for each ticket that is there but damaged; `where` names it
  std::vector<std::string> unreadable_keys;  // of these: known, not deleted, state not known
  // What changes from this moment on, by the tracker's clock, may not be in the listing.
  Instant asked_at;
};

// What a check of the configuration against the live tracker found.
struct CheckFinding {
  enum class Severity : std::uint8_t { good, warning, error };
  Severity severity = Severity::good;
  std::string message;  // one line: what was looked at and how it stands
  std::string help;     // what to do; empty where all is well
};

struct CheckReport {
  std::vector<CheckFinding> findings;
  std::vector<std::string> statuses;  // that a ticket may have there: the policy's map reads them
  std::vector<std::pair<std::string, std::string>> states{};  // github, gitlab: with its reason
};

// How the way to a tracker is.
struct TrackerHealth {
  // Calls fail at once until then, since many in succession failed; nullopt: it is asked as usual.
  std::optional<Instant> closed_until;
  // The tracker wants not to be asked before: its rate limit.
  std::optional<Instant> limited_until;
  std::uint64_t requests = 0;  // since the start
  std::uint64_t failures = 0;  // of these
};

// One configured tracker. Used from one thread at a time; calls may block for the configured
// time-out. Errors: unavailable (try again), forbidden, not_found (project or ticket),
// invalid (the ticket is damaged or the tracker refused what was sent).
class Tracker {
 public:
  virtual ~Tracker() = default;

  virtual std::string_view name() const = 0;  // as configured
  virtual std::string_view kind() const = 0;  // "directory", "jira", …: picks the status map

  // Makes the ticket, or returns the one that already carries the marker.
  virtual Result<TicketView> create(const NewTicket& ticket) = 0;

  // Sets a closing or reopening status (as configured) and adds the comment, where it is not empty.
  virtual Result<TicketView> close(const std::string& key, const std::string& effect_key,
                                   const RichText& comment) = 0;
  virtual Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                                    const RichText& comment) = 0;

  virtual Status comment(const std::string& key, const std::string& effect_key,
                         const RichText& comment) = 0;

  // "`key` relates to `other`", in both tickets where the tracker links one way only.
  virtual Status link(const std::string& key, const std::string& other) = 0;

  // With `since` at zero, a key of the request that is missing from the listing was deleted.
  // Error::unavailable where the tracker cannot be asked as a whole: then nothing is known, and
  // nothing counts as deleted.
  virtual Result<TicketListing> list(const ListRequest& request) = 0;

  // Compares the configuration with the live tracker: credentials, project, statuses, what a new
  // ticket must have, the kind of link. Changes nothing.
  virtual CheckReport check() = 0;

  // When the tracker wants to be asked again about the ticket, or, where `key` is empty, at all. A
  // moment that has passed: now. May be called from any thread, as health().
  virtual Instant resume_at(const std::string& /*key*/) const { return {}; }
  virtual TrackerHealth health() const { return {}; }
};

}  // namespace riskd::connectors
