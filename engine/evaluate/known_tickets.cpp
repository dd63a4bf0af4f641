// What is known of tickets: whose word a status is, since when, and whether the ticket is open.
//
// A status is riskd's own from the observation that says riskd set it until another status is observed,
// or until the tracker names a person who set it. An own status opens or closes the ticket and says
// nothing about the work.
#include <algorithm>
#include <array>

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/rename.hpp"

namespace riskd::engine {
namespace {

// What a tracker counts as finished, where an observation does not tell: the statuses of Jira, Redmine and
// Azure DevOps as these ship, and any resolution of Jira.
bool is_closed_in_tracker(const TicketFact& fact) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> finished{
      {{"jira", "Done"},
       {"jira", "Closed"},
       {"jira", "Resolved"},
       {"redmine", "Closed"},
       {"redmine", "Rejected"},
       {"azure", "Done"},
       {"azure", "Closed"},
       {"azure", "Removed"}}};
  if (fact.closed) return *fact.closed;
  if (fact.state == "closed" || !fact.resolution.empty()) return true;
  const std::string& said = fact.status.empty() ? fact.state : fact.status;
  return std::any_of(finished.begin(), finished.end(), [&](const auto& each) {
    return fact.kind == each.first && said == each.second;
  });
}

Record record_of(const TicketFact& fact) {
  Record record;
  const auto set = [&](StatusSlot slot, const std::string& value) {
    if (!value.empty()) record.texts[static_cast<std::uint32_t>(slot)] = value;
  };
  set(StatusSlot::status, fact.status);
  set(StatusSlot::resolution, fact.resolution);
  set(StatusSlot::state, fact.state);
  set(StatusSlot::reason, fact.reason);
  record.lists[static_cast<std::uint32_t>(StatusSlot::labels)] = fact.labels;
  record.truths[static_cast<std::uint32_t>(StatusSlot::closed)] = is_closed_in_tracker(fact);
  return record;
}

}  // namespace

const StatusRow* Evaluator::status_row(const TicketFact& fact) {
  const StatusMap* map = program_.status_map(fact.kind, fact.map);
  // A map that the policy has lost: the kind's own reads its tickets.
  if (map == nullptr) map = program_.status_map(fact.kind);
  if (map == nullptr) return nullptr;
  const Record record = record_of(fact);
  Context context;
  context.record = &record;
  for (const StatusRow& row : map->rows) {
    if (!holds(row.when, context, true)) continue;
    if (trace_ != nullptr)
      ++trace_->status[{static_cast<std::uint32_t>(map - program_.status_maps.data()),
                        static_cast<std::uint32_t>(&row - map->rows.data())}];
    return &row;
  }
  return nullptr;
}

bool is_mapped(const Program& program, const TicketFact& fact,
               const std::vector<StatusSlot>& open) {
  const StatusMap* map = program.status_map(fact.kind, fact.map);
  if (map == nullptr) return false;
  Record record = record_of(fact);
  for (const StatusSlot slot : open) record.open.insert(static_cast<std::uint32_t>(slot));
  const Product nothing;
  Evaluator evaluator(program, nothing, Instant{});
  Context context;
  context.record = &record;
  return std::any_of(map->rows.begin(), map->rows.end(), [&](const StatusRow& row) {
    return row.when != no_node && !as_truth(evaluator.eval(row.when, context)).is_false();
  });
}

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

State Evaluator::mapped(const TicketFact& fact, bool* is_read) {
  const StatusRow* row = fact.deleted ? nullptr : status_row(fact);
  if (is_read != nullptr) *is_read = fact.deleted || (row != nullptr && row->when != no_node);
  return row == nullptr ? State::required : row->state;
}

bool Evaluator::is_closed(const TicketFact& fact) {
  return fact.deleted || is_closed_in_tracker(fact) || mapped(fact) != State::required;
}

// Whether `now` repeats the status of `before`, which was observed just before it. What riskd writes of a
// status that a person had set stays the person's; so does what is read again of riskd's own, unless the
// tracker names a person.
bool Evaluator::says_the_same(const TicketFact& before, const TicketFact& now) {
  const auto status = [](const TicketFact& of) {
    return std::tie(of.tracker, of.status, of.resolution, of.state, of.reason, of.deleted);
  };
  if (status(before) != status(now)) return false;
  if (!now.own && !now.by.empty() && now.by != before.by) return false;
  if (before.closed && now.closed && before.closed != now.closed) return false;
  // A label may be what the map reads.
  return before.labels == now.labels || mapped(before) == mapped(now);
}

// The place in `seen` of the first observation of the status that the one at `index` says.
std::size_t Evaluator::first_of_status(const TicketFacts& facts, std::size_t index) {
  while (index > 0 && says_the_same(facts.seen[index - 1].value, facts.seen[index].value)) --index;
  return index;
}

std::optional<KnownTicket> Evaluator::known_ticket(const TicketKey& key) {
  auto facts = product_->tickets.empty() ? nullptr : ticket_facts(key);
  if (!facts || facts->seen.empty()) return std::nullopt;
  return read_ticket(std::move(facts));
}

const KnownTicket* Evaluator::known_ticket(TicketPlace& place) {
  if (!place.facts || place.facts->seen.empty()) return nullptr;
  if (!place.known || trace_ != nullptr) place.known = read_ticket(place.facts);
  return &*place.known;
}

const KnownTicket* Evaluator::known_ticket(std::uint32_t ticket, const Instance& element) {
  if (element.tickets == nullptr) return nullptr;
  TicketPlace* const place = element.tickets->find(ticket);
  return place == nullptr ? nullptr : known_ticket(*place);
}

// `facts` saw it once at least.
KnownTicket Evaluator::read_ticket(std::shared_ptr<const TicketFacts> facts) {
  KnownTicket known;
  known.facts = std::move(facts);
  const auto& seen = known.facts->seen;
  known.newest = &seen.back();
  known.mapped = mapped(known.newest->value, &known.is_read);
  std::size_t first = first_of_status(*known.facts, seen.size() - 1);
  known.status = &seen[first];
  // Where the tracker does not tell, what riskd said of its own write holds.
  known.open = !is_closed(known.newest->value) &&
               (known.newest->value.closed || !known.status->value.closed.value_or(false));
  known.own = known.status->value.own && !known.is_deleted();
  if (known.open || known.own) return known;
  known.closing = known.status;
  while (first > 0 && is_closed(seen[first - 1].value)) {
    const std::size_t before = first_of_status(*known.facts, first - 1);
    if (seen[before].value.own && !seen[before].value.deleted) break;
    known.closing = &seen[before];
    first = before;
  }
  return known;
}

// Whether riskd opened the ticket again once, after a person had closed it and before this closing.
bool Evaluator::was_reopened(const KnownTicket& known) {
  const auto& seen = known.facts->seen;
  auto end = static_cast<std::size_t>(known.closing - seen.data());
  while (end > 0) {
    const std::size_t first = first_of_status(*known.facts, end - 1);
    const bool opened = seen[first].value.own && !is_closed(seen[first].value);
    if (opened && first > 0 && is_closed(seen[first - 1].value)) {
      const TicketFact& closed = seen[first_of_status(*known.facts, first - 1)].value;
      if (!closed.own || closed.deleted) return true;
    }
    end = first;
  }
  return false;
}

// Of the tickets of a countermeasure the one whose status is newest, if a person set it: where a template
// more makes two tickets of it, the last word counts. Null where there is none.
const KnownTicket* Evaluator::telling_ticket(const CountermeasureInstance& countermeasure) {
  if (countermeasure.tickets == nullptr) return nullptr;
  const KnownTicket* newest = nullptr;
  for (TicketPlace& place : countermeasure.tickets->places) {
    const KnownTicket* known = known_ticket(place);
    if (known == nullptr || known->own || known->is_deleted()) continue;
    if (newest == nullptr || is_older(newest->status->from, known->status->from)) newest = known;
  }
  return newest != nullptr && newest->said() ? newest : nullptr;
}

}  // namespace riskd::engine
