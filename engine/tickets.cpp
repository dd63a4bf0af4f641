// Which tickets should exist, by the templates; what is known of those that do.
#include <algorithm>
#include <set>

#include "engine/evaluator.hpp"
#include "engine/reconcile.hpp"

namespace riskd::engine {
namespace {

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
  return record;
}

bool later(const Provenance& a, const Provenance& b) {
  return std::tie(b.at, b.seq) < std::tie(a.at, a.seq);
}

}  // namespace

const StatusRow* Evaluator::status_row(const TicketFact& fact) {
  const StatusMap* map = program_.status_map(fact.kind);
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

bool is_mapped(const Program& program, const TicketFact& fact) {
  const Product nothing;
  const StatusRow* row = Evaluator(program, nothing, Instant{}).status_row(fact);
  return row != nullptr && row->when != no_node;
}

std::optional<KnownTicket> Evaluator::known_ticket(const TicketKey& key) {
  const auto it = product_->tickets.find(key);
  if (it == product_->tickets.end() || it->second.seen.empty()) return std::nullopt;
  const auto mapped = [&](const TicketFact& fact) {
    if (fact.deleted) return State::required;
    const StatusRow* row = status_row(fact);
    return row == nullptr ? State::required : row->state;
  };
  const auto closed = [&](const TicketFact& fact) {
    return fact.deleted || mapped(fact) != State::required;
  };
  KnownTicket known;
  known.facts = &it->second;
  known.newest = &it->second.seen.back();
  known.mapped = mapped(known.newest->value);
  known.open = !closed(known.newest->value);
  if (!known.open) {
    // Who closed it: the first word of the closed stretch that it is in. People delete, riskd does not.
    for (auto seen = it->second.seen.rbegin();
         seen != it->second.seen.rend() && closed(seen->value); ++seen) {
      known.closed_by_person = !seen->value.own || seen->value.deleted;
      known.closing = seen->from;
    }
  }
  return known;
}

std::vector<std::pair<std::string, Context>> Evaluator::elements_of(Kind kind) {
  std::vector<std::pair<std::string, Context>> elements;
  if (kind == Kind::risk) {
    for (RiskInstance* each : all_risks()) elements.emplace_back(each->id, context_of(*each));
  } else if (kind == Kind::weakness) {
    for (WeaknessInstance* each : all_weaknesses())
      elements.emplace_back(each->id, context_of(*each));
  } else {
    for (CountermeasureInstance* each : all_countermeasures())
      elements.emplace_back(each->id, context_of(*each));
  }
  std::sort(elements.begin(), elements.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return elements;
}

// Where a person closed the ticket, only a fact that is newer than the closing opens it again.
bool Evaluator::wants_reopen(const TicketTemplate& ticket, const KnownTicket& known,
                             const Context& context) {
  if (known.open || !holds(ticket.reopen, context)) return false;
  if (!known.closed_by_person) return true;
  const auto newer_result = [&](const auto& element) {
    bool newer = false;
    element.results.each(
        [&](const BoundResult& result) { newer = newer || later(result.from(), known.closing); });
    return newer;
  };
  const auto newer_decision = [&](const std::string& element) {
    const auto from = product_->decisions.lower_bound({element, ""});
    for (auto it = from; it != product_->decisions.end() && it->first.element == element; ++it) {
      if (later(it->second.from, known.closing)) return true;
    }
    return false;
  };
  if (ticket.kind == Kind::weakness)
    return newer_result(*context.weakness) || newer_decision(context.weakness->id);
  if (ticket.kind == Kind::countermeasure) {
    return newer_result(*context.countermeasure) || newer_decision(context.countermeasure->id);
  }
  bool newer = newer_decision(context.risk->id);
  for (const WeaknessInstance* weakness : weaknesses_of(*context.risk))
    newer = newer || newer_result(*weakness);
  return newer;
}

TicketRow Evaluator::ticket_row(const TicketKey& key, std::uint32_t definition, Desired desired,
                                const std::optional<KnownTicket>& known, std::string cause) const {
  TicketRow row;
  row.ticket = key.ticket;
  row.element = key.element;
  row.desired = desired;
  row.definition = definition;
  row.cause = std::move(cause);
  if (known) {
    row.known = true;
    row.is_open = known->open;
    row.tracker = known->newest->value.tracker;
    row.key = known->newest->value.key;
    row.status = known->newest->value.deleted          ? "deleted"
                 : known->newest->value.status.empty() ? known->newest->value.state
                                                       : known->newest->value.status;
  }
  return row;
}

// The ticket of an element of the model; nullopt where there is none and should be none.
std::optional<TicketRow> Evaluator::wanted_ticket(std::uint32_t definition,
                                                  const std::string& element,
                                                  const Context& context) {
  const TicketTemplate& ticket = program_.tickets[definition];
  const TicketKey key{ticket.name, element};
  const auto known = known_ticket(key);
  const auto row = [&](Desired desired, const char* clause) {
    return ticket_row(
        key, definition, desired, known,
        std::string(clause) + " when of `" + ticket.name + "` (" + place(ticket.place) + ")");
  };
  if (holds(ticket.close, context))
    return known ? std::optional(row(Desired::closed, "close")) : std::nullopt;
  if (!known) {
    return holds(ticket.open, context) ? std::optional(row(Desired::open, "open")) : std::nullopt;
  }
  if (wants_reopen(ticket, *known, context)) return row(Desired::open, "reopen");
  return ticket_row(key, definition, known->open ? Desired::open : Desired::closed, known,
                    "as it is");
}

// A known ticket of an element, or of a template, that is there no more.
std::optional<TicketRow> Evaluator::departed_ticket(const TicketKey& key) {
  const auto known = known_ticket(key);
  if (!known) return std::nullopt;
  const std::uint32_t definition = program_.template_by_name(key.ticket);
  const bool closes = definition != no_index && program_.tickets[definition].close != no_node;
  const bool stays_open = !closes && known->open;
  return ticket_row(key, definition, stays_open ? Desired::open : Desired::closed, known,
                    definition == no_index ? "the policy has no such ticket any more"
                                           : "its element has left the model");
}

std::vector<TicketRow> Evaluator::ticket_rows() {
  std::vector<TicketRow> rows;
  std::set<TicketKey> placed;
  for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
    const TicketTemplate& ticket = program_.tickets[i];
    for (const auto& [element, context] : elements_of(ticket.kind)) {
      placed.insert({ticket.name, element});
      if (auto row = wanted_ticket(i, element, context)) rows.push_back(std::move(*row));
    }
  }
  for (const auto& [key, facts] : product_->tickets) {
    if (placed.contains(key)) continue;
    if (auto row = departed_ticket(key)) rows.push_back(std::move(*row));
  }
  std::sort(rows.begin(), rows.end(), [](const TicketRow& a, const TicketRow& b) {
    return std::tie(a.ticket, a.element) < std::tie(b.ticket, b.element);
  });
  return rows;
}

}  // namespace riskd::engine
