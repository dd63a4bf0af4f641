// A ticket tracker, as riskd uses one: a place where tickets with a marker can be found, made,
// changed and listed. Trackers carry out what the engine decided and report what they see; they
// decide nothing about risk.
//
// Every call may be repeated after a crash or a time-out, and the second call changes nothing more:
// `create` finds the ticket by its marker first, `comment` and `close` leave out a comment whose
// effect key is already there, `link` an existing link.
#pragma once

#include <memory>
#include <string>
#include <string_view>
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
  std::string name;     // readable and unique in the product: "requirement--web.throttle-logins"
  RichText title;       // one line
  RichText body;
  std::vector<std::string> labels;
  std::string priority;  // empty: the tracker's own default
};

// What a listing found. A ticket that cannot be read does not hide the others.
struct TicketListing {
  std::vector<TicketView> tickets;
  std::vector<Error> unreadable;  // one for each ticket that is there but damaged; `where` names it
  std::vector<std::string> unreadable_keys;  // of these: known, not deleted, state not known
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

  // Every ticket of `product` that carries a riskd marker and that changed at or after `since`, or
  // that may have: too many is harmless, too few is not. A known key that is missing from a listing
  // with `since` at zero was deleted. Error::unavailable where the tracker cannot be asked as a
  // whole: then nothing is known, and nothing counts as deleted.
  virtual Result<TicketListing> list(const std::string& product, Instant since) = 0;
};

}  // namespace riskd::connectors
