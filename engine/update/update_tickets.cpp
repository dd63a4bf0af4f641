// Which tickets a change may open or close: where it ends.
#include "engine/update/update.hpp"

namespace riskd::engine {

// ── tickets ────────────────────────────────────────────────────────────────────────────────────

void Update::ticket(std::uint32_t definition, Kind kind, Instance& element,
                    const Context& context) {
  const KnownTicket* known = evaluator.known_ticket(definition, element);
  settle(*element.scope, kind, element.definition, definition,
         evaluator.wish(definition, known, context).desired);
}

// Keeps what is wanted now, and tells it where it is something else.
void Update::settle(ScopeInstance& scope, Kind kind, std::uint32_t element, std::uint32_t ticket,
                    std::optional<Desired> now) {
  ElementTickets* held = tickets_in(scope, kind).find(element);
  TicketPlace* place = held == nullptr ? nullptr : held->find(ticket);
  const std::optional<Desired> before = place == nullptr ? std::nullopt : place->wanted;
  if (before == now) return;
  if (held == nullptr) held = &evaluator.make_tickets(scope, kind, element);
  held->make(ticket).wanted = now;
  tell_ticket(evaluator.key_of(*held, ticket), before, now);
}

// One that has no number.
void Update::settle(const TicketKey& key, std::optional<Desired> now) {
  auto& strange = evaluator.strange_tickets_;
  const auto held = strange.find(key);
  const std::optional<Desired> before =
      held == strange.end() ? std::nullopt : std::optional(held->second);
  if (before == now) return;
  if (now)
    strange[key] = *now;
  else
    strange.erase(held);
  tell_ticket(key, before, now);
}

void Update::tell_ticket(const TicketKey& key, std::optional<Desired> before,
                         std::optional<Desired> now) {
  // Of a ticket that was not there before, only that it should be open is news.
  if (now ? before || *now == Desired::open : *before == Desired::open)
    deltas.tickets.push_back({key.ticket, key.element, now.value_or(Desired::closed)});
}

void Update::all_tickets(std::uint32_t definition) {
  const Kind kind = evaluator.program_.tickets[definition].kind;
  const auto each = [&](const auto& all) {
    for (auto* element : all) ticket(definition, kind, *element, evaluator.context_of(*element));
  };
  switch (kind) {
    case Kind::risk:
      return each(evaluator.all_risks());
    case Kind::weakness:
      return each(evaluator.all_weaknesses());
    default:
      return each(evaluator.all_countermeasures());
  }
}

void Update::compute_tickets() {
  const Program& program = evaluator.program_;
  if (program.tickets.empty() && evaluator.product_->tickets.empty()) return;
  const Dependencies& reads = evaluator.dependencies_;
  const bool moved =
      late || !risks.empty() || !weaknesses.empty() || !measures.empty() || !changed_risks.empty();
  const bool all = (reads.tickets_read_far && moved) || (reads.tickets_read_approval && approvals);
  for (std::uint32_t i = 0; i < program.tickets.size(); ++i) {
    if (all || templates.contains(i)) all_tickets(i);
  }
  if (!all) {
    // A template's conditions read its element and the neighbours of it.
    const auto near_risk = [&](RiskInstance& risk) { tickets_of(Kind::risk, risk); };
    const auto near_weakness = [&](WeaknessInstance& weakness) {
      tickets_of(Kind::weakness, weakness);
      for (RiskInstance* risk : risks_of(weakness)) near_risk(*risk);
    };
    const auto near_measure = [&](CountermeasureInstance& measure) {
      tickets_of(Kind::countermeasure, measure);
    };
    for (const auto& each : risks) {
      near_risk(*each.instance);
      for (WeaknessInstance* weakness : weaknesses_of(*each.instance)) near_weakness(*weakness);
      for (const UseInRisk& use : uses_of(*each.instance)) near_measure(*use.countermeasure);
    }
    for (const auto& each : weaknesses) {
      near_weakness(*each.instance);
      for (const auto& [use, measure] : uses_of(*each.instance)) near_measure(*measure);
    }
    for (const auto& each : measures) {
      near_measure(*each.instance);
      for (const auto& [use, weakness] : uses_of(*each.instance)) near_weakness(*weakness);
    }
  }
  for (const Element& each : gone) gone_element(each);
  for (const TicketKey& key : tickets) known_ticket(key);
}

// Of an element that was looked at in this update once, all was said.
void Update::tickets_of(Kind kind, Instance& element) {
  if (element.tickets_told) return;
  element.tickets_told = true;
  with_tickets.push_back(&element);
  std::optional<Context> context;
  for (std::uint32_t i = 0; i < evaluator.program_.tickets.size(); ++i) {
    if (evaluator.program_.tickets[i].kind != kind) continue;
    if (!context) context = evaluator.context_of(kind, element);
    ticket(i, kind, element, *context);
  }
}

// One that left, or may have.
void Update::gone_element(const Element& element) {
  if (Instance* there = find_element(*element.scope, element.kind, element.definition))
    return tickets_of(element.kind, *there);
  ElementTickets* held = tickets_in(*element.scope, element.kind).find(element.definition);
  if (held == nullptr) return;
  for (TicketPlace& place : held->places) {
    settle(*element.scope, element.kind, element.definition, place.ticket,
           evaluator.departed_wish(place.ticket, evaluator.known_ticket(place)));
  }
}

// A ticket that somebody told of.
void Update::known_ticket(const TicketKey& key) {
  const auto number = evaluator.numbered(key);
  if (number) {
    Instance* element = find_element(*number.scope, number.kind, number.definition);
    if (element == nullptr) return gone_element({number.scope, number.kind, number.definition});
    return ticket(number.ticket, number.kind, *element,
                  evaluator.context_of(number.kind, *element));
  }
  const TicketKey present = evaluator.present_key(key);
  const auto known = evaluator.known_ticket(present);
  settle(present, evaluator.departed_wish(number.ticket, known ? &*known : nullptr));
}

}  // namespace riskd::engine
