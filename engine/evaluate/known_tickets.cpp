#include "engine/evaluate/known_tickets.hpp"

#include <algorithm>

#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/facts/rename.hpp"

namespace riskd::engine {

namespace {

// "api/" of "api/web.tls"; empty where the element is the product's.
std::string component_prefix(const std::string& element) {
  const std::size_t slash = element.find('/');
  return slash == std::string::npos ? "" : element.substr(0, slash + 1);
}

const std::string& id_of(const Program& program, Kind kind, std::uint32_t definition) {
  return kind == Kind::risk       ? program.risks[definition].id
         : kind == Kind::weakness ? program.weaknesses[definition].id
                                  : program.countermeasures[definition].id;
}

}  // namespace

KnownTickets::KnownTickets(const Basis& basis, const Scopes& scopes, const Elements& elements,
                           Values& values)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      scopes_(scopes),
      elements_(elements),
      values_(values) {}

void KnownTickets::copy(const KnownTickets& other) {
  for (const auto& scope : scopes_) {
    for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure})
      tickets_in(*scope, kind).clear();
  }
  for (const auto& each : other.tickets_) {
    ElementTickets& made = make(scopes_.twin(*each->scope), each->kind, each->definition);
    for (const TicketPlace& place : each->places) made.make(place.ticket).wanted = place.wanted;
  }
  read();
}

void KnownTickets::read() {
  for (const auto& each : tickets_) {
    for (TicketPlace& place : each->places) {
      place.facts.reset();
      place.known.reset();
    }
  }
  for (const auto& [key, facts] : basis_.product->tickets) read(key);
}

void KnownTickets::read(const TicketKey& key) {
  const NumberedTicket number = numbered(key);
  if (!number) return;
  TicketPlace& place = make(*number.scope, number.kind, number.definition).make(number.ticket);
  place.facts = facts_of(present_key(key));
  place.known.reset();
}

// Of all ids that the element had; null where nothing was said.
std::shared_ptr<const TicketFacts> KnownTickets::facts_of(const TicketKey& key) const {
  // The product keeps them: nobody else needs to.
  const auto kept = [](const TicketFacts& facts) {
    return std::shared_ptr<const TicketFacts>(std::shared_ptr<void>(), &facts);
  };
  const auto own = basis_.product->tickets.find(key);
  const auto end = basis_.product->tickets.end();
  std::shared_ptr<TicketFacts> merged;
  for (const TicketKey& former : former_keys(key)) {
    const auto found = basis_.product->tickets.find(former);
    if (found == end || former == key) continue;
    if (!merged) merged = std::make_shared<TicketFacts>(own == end ? TicketFacts{} : own->second);
    merge_tickets(*merged, found->second);
  }
  if (merged) return merged;
  return own == end ? nullptr : kept(own->second);
}

std::optional<KnownTicket> KnownTickets::find(const TicketKey& key) {
  auto facts = basis_.product->tickets.empty() ? nullptr : facts_of(key);
  if (!facts || facts->seen.empty()) return std::nullopt;
  return reader().read(std::move(facts));
}

const KnownTicket* KnownTickets::find(TicketPlace& place) {
  if (!place.facts || place.facts->seen.empty()) return nullptr;
  if (!place.known || basis_.trace != nullptr) place.known = reader().read(place.facts);
  return &*place.known;
}

const KnownTicket* KnownTickets::find(std::uint32_t ticket, const Instance& element) {
  ElementTickets* const tickets =
      tickets_in(*element.scope, program_.tickets[ticket].kind).find(element.definition);
  TicketPlace* const place = tickets == nullptr ? nullptr : tickets->find(ticket);
  return place == nullptr ? nullptr : find(*place);
}

const KnownTicket* KnownTickets::telling(const CountermeasureInstance& countermeasure) {
  ElementTickets* const tickets =
      countermeasure.scope->countermeasure_tickets.find(countermeasure.definition);
  if (tickets == nullptr) return nullptr;
  const KnownTicket* newest = nullptr;
  for (TicketPlace& place : tickets->places) {
    const KnownTicket* known = find(place);
    if (known == nullptr || known->own || known->is_deleted()) continue;
    if (newest == nullptr || is_older(newest->status->from, known->status->from)) newest = known;
  }
  return newest != nullptr && newest->said() ? newest : nullptr;
}

NumberedTicket KnownTickets::numbered(const TicketKey& key) const {
  NumberedTicket number;
  number.ticket = program_.template_by_name(key.ticket);
  if (number.ticket == no_index) return number;
  const ElementReference named = elements_.named(key.element);
  if (named.scope == nullptr) return number;
  number.scope = named.scope;
  number.kind = program_.tickets[number.ticket].kind;
  number.definition = named.of(number.kind);
  return number;
}

// The definition that a ticket's element is of, whether its component is there or not.
std::uint32_t KnownTickets::definition_of(const TicketKey& key, Kind kind) const {
  const std::size_t prefix = component_prefix(key.element).size();
  const auto found =
      dependencies_.elements_named.find(std::string_view(key.element).substr(prefix));
  if (found == dependencies_.elements_named.end()) return no_index;
  return kind == Kind::risk       ? found->second.risk
         : kind == Kind::weakness ? found->second.weakness
                                  : found->second.countermeasure;
}

// The keys under which the ticket was known while its element had other ids.
std::vector<TicketKey> KnownTickets::former_keys(const TicketKey& key) const {
  std::vector<TicketKey> former;
  const std::uint32_t ticket =
      dependencies_.former.empty() ? no_index : program_.template_by_name(key.ticket);
  if (ticket == no_index) return former;
  const Kind kind = program_.tickets[ticket].kind;
  for (const std::string& id : dependencies_.former_ids(kind, definition_of(key, kind)))
    former.push_back({key.ticket, component_prefix(key.element) + id});
  return former;
}

TicketKey KnownTickets::present_key(const TicketKey& key) const {
  const std::uint32_t ticket =
      dependencies_.former.empty() ? no_index : program_.template_by_name(key.ticket);
  if (ticket == no_index) return key;
  const Kind kind = program_.tickets[ticket].kind;
  const std::uint32_t element = definition_of(key, kind);
  if (element == no_index) return key;
  return {key.ticket, component_prefix(key.element) + id_of(program_, kind, element)};
}

TicketKey KnownTickets::present_ticket(TicketKey key) const {
  const std::size_t slash = key.element.find('/');
  if (slash != std::string::npos)
    key.element.replace(0, slash, present_component(*basis_.product, key.element.substr(0, slash)));
  return present_key(key);
}

TicketKey KnownTickets::key_of(const ElementTickets& element, std::uint32_t ticket) const {
  const std::string& id = id_of(program_, element.kind, element.definition);
  return {program_.tickets[ticket].name, element.scope->element(id).str()};
}

ElementTickets& KnownTickets::make(ScopeInstance& scope, Kind kind, std::uint32_t definition) {
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

}  // namespace riskd::engine
