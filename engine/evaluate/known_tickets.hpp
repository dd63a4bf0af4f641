// What is known of the tickets of a product. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/blocks.hpp"
#include "engine/evaluate/instances.hpp"
#include "engine/evaluate/ticket_reader.hpp"

namespace riskd::engine {

class Elements;
class Scopes;
class Values;

// What a ticket's key names, by numbers; no scope, or no definition: nothing that the policy has here.
struct NumberedTicket {
  std::uint32_t ticket = no_index;
  ScopeInstance* scope = nullptr;
  Kind kind = Kind::risk;
  std::uint32_t definition = no_index;
  explicit operator bool() const { return definition != no_index; }
};

// Owns the places of tickets: by scope, element and template, as numbers. A key of the facts is read once, when it
// comes; a name is written once, when a ticket is told of. A ticket is known under all ids that its element had.
class KnownTickets {
 public:
  // `values` evaluates the conditions of status maps, which read the ticket alone.
  KnownTickets(const Basis& basis, const Scopes& scopes, const Elements& elements, Values& values);
  // With what `other` wants of each.
  void copy(const KnownTickets& other);

  // Finds in the facts what was said of each; also once the facts stand elsewhere.
  void read();
  // What was said of a ticket is new in the facts.
  void read(const TicketKey& key);

  // Null, or nullopt, where nothing was said of it. Pointers are good until a fact of the ticket comes.
  std::optional<KnownTicket> find(const TicketKey& key);
  const KnownTicket* find(TicketPlace& place);
  const KnownTicket* find(std::uint32_t ticket, const Instance& element);
  // The ticket of a countermeasure whose status is newest, if a person set it: where a template more makes two
  // tickets of it, the last word counts. Null where there is none.
  const KnownTicket* telling(const CountermeasureInstance& countermeasure);
  TicketReader reader() { return {program_, values_, basis_.trace}; }

  NumberedTicket numbered(const TicketKey& key) const;
  TicketKey key_of(const ElementTickets& element, std::uint32_t ticket) const;
  TicketKey present_key(const TicketKey& key) const;  // under the id that its element has now
  // Likewise of a key of another policy, or of an earlier state of the product.
  TicketKey present_ticket(TicketKey key) const;

  ElementTickets& make(ScopeInstance& scope, Kind kind, std::uint32_t definition);
  const std::vector<std::unique_ptr<ElementTickets>>& all() const { return tickets_; }
  // Visits the tickets of the facts that have no number, each once: its key today, and its template or no_index.
  template <typename Visit>
  void each_strange(const Visit& visit);

 private:
  std::shared_ptr<const TicketFacts> facts_of(const TicketKey& key) const;
  std::uint32_t definition_of(const TicketKey& key, Kind kind) const;
  std::vector<TicketKey> former_keys(const TicketKey& key) const;

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  const Elements& elements_;
  Values& values_;
  std::vector<std::unique_ptr<ElementTickets>> tickets_;  // as the scopes find them
};

template <typename Visit>
void KnownTickets::each_strange(const Visit& visit) {
  std::set<TicketKey> visited;
  for (const auto& [key, facts] : basis_.product->tickets) {
    if (numbered(key)) continue;
    TicketKey present = present_key(key);
    const std::uint32_t ticket = program_.template_by_name(key.ticket);
    const auto [found, fresh] = visited.insert(std::move(present));
    if (fresh) visit(*found, ticket);
  }
}

}  // namespace riskd::engine
