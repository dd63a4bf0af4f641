// Which tickets should be open, by the templates, the elements and what is known of tickets. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Decisions;
class Elements;
class KnownTickets;
class Values;

// Keeps what compute() and updates found wanted: at the places of KnownTickets, and here of tickets that have none.
class WantedTickets {
 public:
  struct Parts {
    const Elements& elements;
    const Decisions& decisions;
    KnownTickets& known;
    Values& values;
  };
  WantedTickets(const Basis& basis, const Parts& parts);
  void copy(const WantedTickets& other) { strange_ = other.strange_; }

  // Of all, for updates to come.
  void compute();
  std::map<TicketKey, Desired> all() const;
  // Keeps what is wanted now of a ticket that has no number, and gives what was.
  std::optional<Desired> exchange(const TicketKey& key, std::optional<Desired> now);

  // Whether the ticket of an element of the model should be open.
  TicketWish wish(std::uint32_t ticket, const KnownTicket* known, const Context& context);
  // Of one whose element, or whose template (no_index), is there no more.
  std::optional<Desired> departed_wish(std::uint32_t ticket, const KnownTicket* known) const;

  std::vector<TicketRow> rows();  // by template and element

 private:
  enum class Opening : std::uint8_t { no, yes, disputed };
  Opening wants_opening(const TicketTemplate& ticket, const KnownTicket& known,
                        const Context& context);
  bool is_newer_than(const Provenance& closed, Kind kind, const Context& context) const;
  bool is_decided_since(const Provenance& moment, const Instance& element) const;
  bool has_acceptance_ended_since(const Provenance& moment, const RiskInstance& risk) const;
  bool fails_since(const Provenance& moment, const Results& results) const;
  TicketRow row(TicketKey key, std::uint32_t ticket, Desired desired, const KnownTicket* known,
                std::string cause) const;
  TicketRow departed_row(TicketKey key, std::uint32_t ticket, const KnownTicket& known) const;
  template <typename T>
  void compute_of();

  const Basis& basis_;
  const Program& program_;
  const Parts parts_;
  // Of templates and elements that the policy does not have.
  std::map<TicketKey, Desired> strange_;
};

}  // namespace riskd::engine
