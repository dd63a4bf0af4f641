// What an evaluation holds of tickets, by the numbers of elements and templates. Used inside engine/ only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

struct ScopeInstance;

// What is known of a ticket: the observations of it, read by the status map. An observation of the same status again
// adds nothing. The first one says who set the status, and when.
struct KnownTicket {
  std::shared_ptr<const TicketFacts> facts;  // of all ids that the element had
  const Stamped<TicketFact>* newest = nullptr;
  const Stamped<TicketFact>* status = nullptr;  // the first that said the status it has now
  State mapped = State::required;               // what the status map makes of that status
  bool is_read = true;  // a row of the map reads it, and not only `otherwise`
  bool own = false;     // riskd set it: it says nothing about the work
  bool open = true;
  // Where it is closed and a person did that: the first word of the closing.
  const Stamped<TicketFact>* closing = nullptr;

  bool is_deleted() const { return newest->value.deleted; }
  // What a person says of the work: implemented, rejected or not applicable.
  std::optional<State> said() const {
    if (own || is_deleted() || mapped == State::required) return std::nullopt;
    return mapped;
  }
};

// The ticket of one template for one element. It is there where a ticket is known, or was wanted.
struct TicketPlace {
  std::uint32_t ticket = no_index;  // in Program::tickets
  std::shared_ptr<const TicketFacts>
      facts;                         // of all ids that the element had; null: nothing was said
  std::optional<KnownTicket> known;  // what the facts say, read when it is asked for first
  std::optional<Desired> wanted;     // as the last update left it; nullopt: none
};

// The tickets of an element of the policy in one scope, whether it applies there or not.
struct ElementTickets {
  ScopeInstance* scope = nullptr;
  Kind kind = Kind::risk;
  std::uint32_t definition = no_index;
  std::vector<TicketPlace> places;  // few; in the order of templates

  TicketPlace* find(std::uint32_t ticket) {
    const auto found = std::find_if(places.begin(), places.end(),
                                    [&](const TicketPlace& each) { return each.ticket == ticket; });
    return found == places.end() ? nullptr : &*found;
  }
  TicketPlace& make(std::uint32_t ticket) {
    const auto at = std::find_if(places.begin(), places.end(),
                                 [&](const TicketPlace& each) { return each.ticket >= ticket; });
    if (at != places.end() && at->ticket == ticket) return *at;
    return *places.insert(at, TicketPlace{ticket, {}, {}, {}});
  }
};

// Whether a ticket should be open, and by which clause of its template.
struct TicketWish {
  enum class Clause : std::uint8_t { none, open, reopen, close, as_it_is, disputed };
  std::optional<Desired> desired;  // nullopt: there is none, and should be none
  Clause clause = Clause::none;
};

}  // namespace riskd::engine
