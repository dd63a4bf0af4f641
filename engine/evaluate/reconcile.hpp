// Tickets are desired state: what should exist, compared with what the tracker is known to have, gives
// the effects that are missing. Pure; the same comparison gives the same effects with the same keys.
#pragma once

#include <string>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/evaluate/trace.hpp"

namespace riskd::engine {

struct Evaluator;

enum class EffectKind : std::uint8_t { create, close, reopen, comment, link };
std::string_view to_string(EffectKind kind);

// Something a tracker must be told. What it needs is in it: the policy may change before it is sent.
struct Effect {
  std::string key;  // idempotency key: product, template, element, kind and what it is for
  EffectKind kind = EffectKind::create;
  std::string product, ticket, element;
  std::string name;  // readable, unique in the product: "requirement--api--web.throttle-logins"
  std::string ticket_key;      // of the known ticket; empty for create
  std::string tracker;         // that has the known ticket; empty for create
  std::string seen;            // the status or state that it had; empty for create
  RichText title, body, text;  // text: the note of a close, reopen or comment
  std::vector<std::string> labels;
  std::string priority;
  std::string other_ticket, other_element, other_key;  // of a link
  std::string
      watched;  // what is told with it: posted as a ToldFact with the receipt, whatever the kind
  bool departed = false;
  std::string cause;  // one line
};

// Something about a ticket that an admin should see.
struct TicketNote {
  std::string ticket, element, tracker;
  bool disputed = false;  // see TicketRow
  std::string unread;     // a status that no row of its status map reads
};

// The effects that are missing; and, where wanted, what to note of the tickets.
std::vector<Effect> reconcile(Evaluator& evaluator, std::vector<TicketNote>* notes = nullptr);

// The same, of facts at `now`; the conditions of what is written (a priority) are counted in `trace`.
std::vector<Effect> reconcile(const Program& program, const Product& product, Instant now,
                              Trace* trace);

// Whether a row of the policy's status map may be about such a ticket, and not only `otherwise`. Of the
// slots in `open` any value is possible.
bool is_mapped(const Program& program, const TicketFact& ticket,
               const std::vector<StatusSlot>& open);

// A ticket's status as people read it: "Done", "closed (not_planned)", "deleted".
std::string shown_status(const TicketFact& ticket);
std::string shown_status(const std::string& status, const std::string& how);

// "requirement--api--web.throttle-logins".
std::string ticket_name(std::string_view ticket, std::string_view element);

}  // namespace riskd::engine
