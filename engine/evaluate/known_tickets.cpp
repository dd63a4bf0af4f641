// What is known of tickets, by their keys: under all ids that their elements had.
#include <algorithm>

#include "engine/evaluate/evaluator.hpp"
#include "engine/facts/rename.hpp"

namespace riskd::engine {
namespace {

// "api/" of "api/web.tls"; empty where the element is the product's.
std::string component_prefix(const std::string& element) {
  const std::size_t slash = element.find('/');
  return slash == std::string::npos ? "" : element.substr(0, slash + 1);
}

}  // namespace

// The definition that a ticket's element is of, whether its component is there or not.
std::uint32_t Evaluator::definition_of(const TicketKey& key, Kind kind) const {
  const std::size_t prefix = component_prefix(key.element).size();
  const auto found =
      dependencies_.elements_named.find(std::string_view(key.element).substr(prefix));
  if (found == dependencies_.elements_named.end()) return no_index;
  return kind == Kind::risk       ? found->second.risk
         : kind == Kind::weakness ? found->second.weakness
                                  : found->second.countermeasure;
}

// The keys under which the ticket was known while its element had other ids.
std::vector<TicketKey> Evaluator::former_keys(const TicketKey& key) const {
  std::vector<TicketKey> former;
  const std::uint32_t ticket =
      dependencies_.former.empty() ? no_index : program_.template_by_name(key.ticket);
  if (ticket == no_index) return former;
  const Kind kind = program_.tickets[ticket].kind;
  for (const std::string& id : dependencies_.former_ids(kind, definition_of(key, kind)))
    former.push_back({key.ticket, component_prefix(key.element) + id});
  return former;
}

TicketKey Evaluator::present_key(const TicketKey& key) const {
  const std::uint32_t ticket =
      dependencies_.former.empty() ? no_index : program_.template_by_name(key.ticket);
  if (ticket == no_index) return key;
  const Kind kind = program_.tickets[ticket].kind;
  const std::uint32_t element = definition_of(key, kind);
  if (element == no_index) return key;
  const std::string& id = kind == Kind::risk       ? program_.risks[element].id
                          : kind == Kind::weakness ? program_.weaknesses[element].id
                                                   : program_.countermeasures[element].id;
  return {key.ticket, component_prefix(key.element) + id};
}

// Of all ids that the element had; null where nothing was said.
std::shared_ptr<const TicketFacts> Evaluator::ticket_facts(const TicketKey& key) {
  // The product keeps them: nobody else needs to.
  const auto kept = [](const TicketFacts& facts) {
    return std::shared_ptr<const TicketFacts>(std::shared_ptr<void>(), &facts);
  };
  const auto own = product_->tickets.find(key);
  const auto end = product_->tickets.end();
  std::shared_ptr<TicketFacts> merged;
  for (const TicketKey& former : former_keys(key)) {
    const auto found = product_->tickets.find(former);
    if (found == end || former == key) continue;
    if (!merged) merged = std::make_shared<TicketFacts>(own == end ? TicketFacts{} : own->second);
    merge_tickets(*merged, found->second);
  }
  if (merged) return merged;
  return own == end ? nullptr : kept(own->second);
}

std::optional<KnownTicket> Evaluator::known_ticket(const TicketKey& key) {
  auto facts = product_->tickets.empty() ? nullptr : ticket_facts(key);
  if (!facts || facts->seen.empty()) return std::nullopt;
  return reader().read(std::move(facts));
}

const KnownTicket* Evaluator::known_ticket(TicketPlace& place) {
  if (!place.facts || place.facts->seen.empty()) return nullptr;
  if (!place.known || trace_ != nullptr) place.known = reader().read(place.facts);
  return &*place.known;
}

const KnownTicket* Evaluator::known_ticket(std::uint32_t ticket, const Instance& element) {
  ElementTickets* const tickets =
      tickets_in(*element.scope, program_.tickets[ticket].kind).find(element.definition);
  TicketPlace* const place = tickets == nullptr ? nullptr : tickets->find(ticket);
  return place == nullptr ? nullptr : known_ticket(*place);
}

// Of the tickets of a countermeasure the one whose status is newest, if a person set it: where a template
// more makes two tickets of it, the last word counts. Null where there is none.
const KnownTicket* Evaluator::telling_ticket(const CountermeasureInstance& countermeasure) {
  ElementTickets* const tickets =
      countermeasure.scope->countermeasure_tickets.find(countermeasure.definition);
  if (tickets == nullptr) return nullptr;
  const KnownTicket* newest = nullptr;
  for (TicketPlace& place : tickets->places) {
    const KnownTicket* known = known_ticket(place);
    if (known == nullptr || known->own || known->is_deleted()) continue;
    if (newest == nullptr || is_older(newest->status->from, known->status->from)) newest = known;
  }
  return newest != nullptr && newest->said() ? newest : nullptr;
}

}  // namespace riskd::engine
