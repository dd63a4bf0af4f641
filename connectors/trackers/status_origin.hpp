// Who set a ticket's status, and what they wrote with it, read from the history that trackers on the web
// keep of a ticket.
//
// riskd sets the status first and then adds the comment with the effect's mark. If riskd ends in
// between, the next try finds the status set and no mark. Then the account that set the status
// decides: where it is riskd's own, the comment is added; where it is somebody else's, a person moved
// the ticket and nothing is written. Where the mark is there, all was done, and a status that differs
// from the effect's was set by somebody after it. So it was where the comment failed, perhaps again
// and again, and the ticket was moved back meanwhile: see BegunEffects.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/tracker.hpp"

namespace riskd::connectors {

// An account of the tracker.
struct Account {
  std::string id;    // never changes, unlike names; empty: the tracker does not say
  std::string name;  // as the tracker shows it
};

struct StatusChange {
  Account by;
  Instant at;
  std::string to;  // the status or state that was set
};

struct TicketComment {
  Account by;
  Instant at;
  std::string text;       // without markup
  bool of_riskd = false;  // it carries an effect's mark
};

// What is known of a ticket's past. Lists are in any order.
struct TicketHistory {
  std::vector<StatusChange> changes;  // the making of the ticket is the first one
  std::vector<TicketComment> comments;
};

// Who set `status`, which the ticket has: the last change to it decides. The actor is unknown where
// there is no such change, or where the tracker names nobody or not riskd (`own.id` is empty).
//
// The remark is the last comment of a person that was written at the change or after it. Where there
// is none, it is what the account that made the change wrote in the five minutes before, since anybody
// else set a status: people comment and then close, and some trackers do so when both are asked for at
// once.
StatusOrigin origin_in(const TicketHistory& history, std::string_view status, const Account& own);

// An answer in any case, for what create, close and reopen give: where the actor is unknown, riskd if
// `by_riskd`, else a person.
StatusOrigin settled(StatusOrigin origin, bool by_riskd);

// riskd has just set the status.
StatusOrigin origin_of_riskd();

// Whether a close or reopen must leave a ticket as it is. `seen` as of Tracker::close.
bool has_moved(const std::string& seen, std::string_view status);

// Effects whose status this process has set, and whose comment is still to come. A ticket that has
// another status by then was moved by somebody, even where it is the one that riskd knew.
using BegunEffects = std::set<std::string>;

// Text of a person as it is kept of a remark or a name: one line without markers, of at most
// limits::outside_text_bytes.
std::string remark_text(std::string_view plain);

}  // namespace riskd::connectors
