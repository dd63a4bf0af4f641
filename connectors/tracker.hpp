// A ticket tracker, as riskd uses one: a place where tickets with a marker can be found, made,
// changed and listed. Trackers carry out what the engine decided and report what they see; they
// decide nothing about risk.
//
// Every call may be repeated after a crash or a time-out, and the second call changes nothing more:
// `create` finds the ticket by its marker first, `comment` and `close` leave out a comment whose
// effect key is already there, `link` an existing link.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"
#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// Who set the status that a ticket has now.
enum class Actor : std::uint8_t {
  unknown,  // the tracker does not say
  riskd,    // the account that riskd uses
  person,   // anybody else
};

// How a ticket got its status, as far as is known.
struct StatusOrigin {
  Actor actor = Actor::unknown;
  std::string person;  // as the tracker shows them; empty where it is riskd or nobody knows
  // What a person wrote last as a comment, at the earliest with the change of the status; one text of
  // at most limits::outside_text_bytes, empty where there is none.
  std::string remark;
};

// A ticket as the tracker has it now.
struct TicketView {
  std::string key;         // as people name it: "SHOP-12"; stable for the ticket's life
  std::string marker;      // the riskd marker that it carries
  std::string status;      // jira, redmine, directory: the status' name
  std::string resolution;  // jira
  std::string state;       // github, gitlab: "open", "closed"; azure: the state's name
  // github: "completed", "not_planned", "duplicate"; gitlab: "duplicate"; azure: the reason's name
  std::string reason;
  std::vector<std::string> labels;
  // Whether the tracker counts it as finished; nullopt where it has no such notion (directory).
  std::optional<bool> closed;
  std::string url;  // for people; may be empty
  Instant updated;  // by the tracker's clock
  // Of what create, close and reopen give: never unknown. Of listings: not filled in (see `origin`).
  StatusOrigin origin;
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
  // The last time, by riskd's clock, at which an earlier try without an answer may have made it. A
  // tracker whose search is behind waits until it has caught up with that.
  std::optional<Instant> perhaps_made;
  // Called right before the request that may make the ticket: where it fails, nothing is sent. May be empty.
  std::function<Status()> before_making{};

  Status ready() const { return before_making ? before_making() : Status(Done{}); }
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

// A status (azure: state) that a ticket may have in the tracker: the policy's map reads it.
struct CheckStatus {
  std::string name;
  std::optional<bool> closed;  // as TicketView::closed
};

struct CheckReport {
  std::vector<CheckFinding> findings;
  std::vector<CheckStatus> statuses;
  // github, gitlab: each state with its reason. Open states are left out: every map reads them as required.
  std::vector<std::pair<std::string, std::string>> states{};
};

// The state of the connection to a tracker.
struct TrackerHealth {
  // Many calls failed in succession: until then calls fail at once. nullopt: calls are made.
  std::optional<Instant> closed_until;
  // No request before that: the tracker's rate limit.
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

  // The ticket that carries the marker. nullopt: there is none, and no earlier try will show that it has made one.
  // Error::unavailable while one still may: see NewTicket::perhaps_made. Changes nothing.
  virtual Result<std::optional<TicketView>> look_for(const NewTicket& ticket) = 0;

  // Makes the ticket, or returns the one that `look_for` finds.
  virtual Result<TicketView> create(const NewTicket& ticket) = 0;

  // Sets a closing or reopening status (as configured) and adds the comment, where it is not empty.
  //
  // `seen` is the status or state in which riskd knew the ticket; empty: whatever it has. Where the
  // ticket has another one now, and not by an earlier call with this effect key, a person moved it
  // meanwhile: nothing is changed and no comment added, and what comes back is the ticket as it is,
  // with the origin of its status. So a person's status is never overwritten.
  virtual Result<TicketView> close(const std::string& key, const std::string& effect_key,
                                   const RichText& comment, const std::string& seen) = 0;
  virtual Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                                    const RichText& comment, const std::string& seen) = 0;

  // How a ticket of a listing came to the status that it has. Asked for tickets that were closed since
  // they were seen last, and not for all.
  virtual Result<StatusOrigin> origin(const TicketView& ticket) = 0;

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
