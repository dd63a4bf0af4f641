// Where the tickets of a product stand: by scope, element and template, as numbers. A key of the facts is read once,
// when it comes; a name is written once, when a ticket is told of.
#include "engine/evaluate/ticket_places.hpp"

#include <set>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

Evaluator::NumberedTicket Evaluator::numbered(const TicketKey& key) {
  NumberedTicket number;
  number.ticket = program_.template_by_name(key.ticket);
  if (number.ticket == no_index) return number;
  const NamedElement named = element_named(key.element);
  if (named.scope == nullptr) return number;
  number.scope = named.scope;
  number.kind = program_.tickets[number.ticket].kind;
  number.definition = named.of(number.kind);
  return number;
}

FlatIndex<ElementTickets>& tickets_in(ScopeInstance& scope, Kind kind) {
  return kind == Kind::risk       ? scope.risk_tickets
         : kind == Kind::weakness ? scope.weakness_tickets
                                  : scope.countermeasure_tickets;
}

Instance* find_element(ScopeInstance& scope, Kind kind, std::uint32_t definition) {
  if (kind == Kind::risk) return scope.find<RiskInstance>(definition);
  if (kind == Kind::weakness) return scope.find<WeaknessInstance>(definition);
  return scope.find<CountermeasureInstance>(definition);
}

Context Evaluator::context_of(Kind kind, Instance& element) {
  if (kind == Kind::risk) return context_of(static_cast<RiskInstance&>(element));
  if (kind == Kind::weakness) return context_of(static_cast<WeaknessInstance&>(element));
  return context_of(static_cast<CountermeasureInstance&>(element));
}

ElementTickets& Evaluator::make_tickets(ScopeInstance& scope, Kind kind, std::uint32_t definition) {
  FlatIndex<ElementTickets>& index = tickets_in(scope, kind);
  if (ElementTickets* known = index.find(definition)) return *known;
  tickets_.push_back(std::make_unique<ElementTickets>());
  ElementTickets& made = *tickets_.back();
  made.scope = &scope;
  made.kind = kind;
  made.definition = definition;
  index.set(definition, &made);
  return made;
}

// Where the facts of the product have what was said of each.
void Evaluator::find_tickets() {
  for (const auto& each : tickets_) {
    for (TicketPlace& place : each->places) {
      place.facts.reset();
      place.known.reset();
    }
  }
  for (const auto& [key, facts] : product_->tickets) find_ticket(key);
}

// What was said of a ticket is new in the facts.
void Evaluator::find_ticket(const TicketKey& key) {
  const NumberedTicket number = numbered(key);
  if (!number) return;
  TicketPlace& place =
      make_tickets(*number.scope, number.kind, number.definition).make(number.ticket);
  place.facts = ticket_facts(present_key(key));
  place.known.reset();
}

// Those of an evaluation of the same program. `scopes`: its scopes, and ours.
void Evaluator::copy_tickets(const Evaluator& other,
                             const std::map<const ScopeInstance*, ScopeInstance*>& scopes) {
  for (const auto& scope : scopes_) {
    for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure})
      tickets_in(*scope, kind).clear();
  }
  for (const auto& each : other.tickets_) {
    ElementTickets& made = make_tickets(*scopes.at(each->scope), each->kind, each->definition);
    for (const TicketPlace& place : each->places) made.make(place.ticket).wanted = place.wanted;
  }
  find_tickets();
}

TicketKey Evaluator::key_of(const ElementTickets& element, std::uint32_t ticket) const {
  const std::string& id = element.kind == Kind::risk ? program_.risks[element.definition].id
                          : element.kind == Kind::weakness
                              ? program_.weaknesses[element.definition].id
                              : program_.countermeasures[element.definition].id;
  return {program_.tickets[ticket].name, element.scope->element(id).str()};
}

}  // namespace riskd::engine
