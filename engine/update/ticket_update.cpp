#include "engine/update/ticket_update.hpp"

namespace riskd::engine {

TicketUpdate::TicketUpdate(Evaluator& evaluator, Touched& touched)
    : evaluator_(evaluator), touched_(touched) {
  const std::vector<TicketTemplate>& templates = evaluator.program().tickets;
  for (std::uint32_t i = 0; i < templates.size(); ++i) {
    if (templates[i].kind == Kind::risk)
      of_risks_.push_back(i);
    else if (templates[i].kind == Kind::weakness)
      of_weaknesses_.push_back(i);
    else
      of_measures_.push_back(i);
  }
}

void TicketUpdate::compute() {
  const Program& program = evaluator_.program();
  if (program.tickets.empty() && evaluator_.product().tickets.empty()) return;
  const Dependencies::ModelReads& reads = evaluator_.dependencies().model_reads;
  const bool all = (reads.tickets_read_far && touched_.is_model_touched()) ||
                   (reads.tickets_read_approval && touched_.approvals);
  for (std::uint32_t i = 0; i < program.tickets.size(); ++i) {
    if (all || touched_.templates.contains(i)) all_of(i);
  }
  if (!all) near_touched();
  for (const ElementAt& each : touched_.gone) of_gone(each);
  for (const TicketKey& key : touched_.tickets) of_key(key);
}

void TicketUpdate::finish() {
  for (Instance* each : settled_) each->tickets_settled = false;
  settled_.clear();
}

void TicketUpdate::all_of(std::uint32_t ticket) {
  const Kind kind = evaluator_.program().tickets[ticket].kind;
  const auto each = [&](const auto& all) {
    for (auto* element : all) settle(ticket, kind, *element, context_of(*element));
  };
  if (kind == Kind::risk)
    each(evaluator_.elements.all<RiskInstance>());
  else if (kind == Kind::weakness)
    each(evaluator_.elements.all<WeaknessInstance>());
  else
    each(evaluator_.elements.all<CountermeasureInstance>());
}

// A template's conditions read its element and the neighbours of it. Where no template is for elements of a kind, these
// need not be visited.
void TicketUpdate::near_touched() {
  const bool has_risks = !of_risks_.empty();
  const bool has_weaknesses = !of_weaknesses_.empty();
  const bool has_measures = !of_measures_.empty();
  const auto of_weakness = [&](WeaknessInstance& weakness) {
    if (has_weaknesses) of_element(Kind::weakness, weakness);
    if (!has_risks) return;
    for (RiskInstance* risk : risks_of(weakness)) of_element(Kind::risk, *risk);
  };
  for (const TouchedRisk& each : touched_.risks) {
    if (has_risks) of_element(Kind::risk, *each.instance);
    if (has_risks || has_weaknesses) {
      for (WeaknessInstance* weakness : weaknesses_of(*each.instance)) of_weakness(*weakness);
    }
    if (!has_measures) continue;
    for (const UseInRisk& use : uses_of(*each.instance))
      of_element(Kind::countermeasure, *use.countermeasure);
  }
  for (const TouchedWeakness& each : touched_.weaknesses) {
    of_weakness(*each.instance);
    if (!has_measures) continue;
    for (const auto& [use, measure] : uses_of(*each.instance))
      of_element(Kind::countermeasure, *measure);
  }
  for (const TouchedMeasure& each : touched_.measures) {
    if (has_measures) of_element(Kind::countermeasure, *each.instance);
    if (!has_risks && !has_weaknesses) continue;
    for (const auto& [use, weakness] : uses_of(*each.instance)) of_weakness(*weakness);
  }
}

// An element that was looked at in this update once is settled.
void TicketUpdate::of_element(Kind kind, Instance& element) {
  if (element.tickets_settled) return;
  element.tickets_settled = true;
  settled_.push_back(&element);
  const std::vector<std::uint32_t>& templates = templates_of(kind);
  if (templates.empty()) return;
  const Context context = context_of(kind, element);
  for (const std::uint32_t each : templates) settle(each, kind, element, context);
}

// One that left, or may have.
void TicketUpdate::of_gone(const ElementAt& element) {
  if (Instance* there = find_element(*element.scope, element.kind, element.definition))
    return of_element(element.kind, *there);
  ElementTickets* held = tickets_in(*element.scope, element.kind).find(element.definition);
  if (held == nullptr) return;
  for (TicketPlace& place : held->places) {
    settle(element, place.ticket,
           evaluator_.wanted_tickets.departed_wish(place.ticket,
                                                   evaluator_.known_tickets.find(place)));
  }
}

// A ticket that a fact is of.
void TicketUpdate::of_key(const TicketKey& key) {
  KnownTickets& tickets = evaluator_.known_tickets;
  if (const NumberedTicket number = tickets.numbered(key)) {
    Instance* element = find_element(*number.scope, number.kind, number.definition);
    if (element == nullptr) return of_gone({number.scope, number.kind, number.definition});
    return settle(number.ticket, number.kind, *element, context_of(number.kind, *element));
  }
  const TicketKey present = tickets.present_key(key);
  const auto known = tickets.find(present);
  settle(present,
         evaluator_.wanted_tickets.departed_wish(evaluator_.program().template_by_name(key.ticket),
                                                 known ? &*known : nullptr));
}

void TicketUpdate::settle(std::uint32_t ticket, Kind kind, Instance& element,
                          const Context& context) {
  const KnownTicket* known = evaluator_.known_tickets.find(ticket, element);
  settle({element.scope, kind, element.definition}, ticket,
         evaluator_.wanted_tickets.wish(ticket, known, context).desired);
}

void TicketUpdate::settle(const ElementAt& element, std::uint32_t ticket,
                          std::optional<Desired> now) {
  ElementTickets* held = tickets_in(*element.scope, element.kind).find(element.definition);
  TicketPlace* place = held == nullptr ? nullptr : held->find(ticket);
  const std::optional<Desired> before = place == nullptr ? std::nullopt : place->wanted;
  if (before == now) return;
  KnownTickets& tickets = evaluator_.known_tickets;
  if (held == nullptr) held = &tickets.make(*element.scope, element.kind, element.definition);
  held->make(ticket).wanted = now;
  report(tickets.key_of(*held, ticket), before, now);
}

void TicketUpdate::settle(const TicketKey& key, std::optional<Desired> now) {
  const std::optional<Desired> before = evaluator_.wanted_tickets.exchange(key, now);
  if (before != now) report(key, before, now);
}

void TicketUpdate::report(const TicketKey& key, std::optional<Desired> before,
                          std::optional<Desired> now) {
  // Of a ticket that was not there before, only that it should be open is news.
  if (now ? before || *now == Desired::open : *before == Desired::open)
    touched_.deltas.tickets.push_back({key.ticket, key.element, now.value_or(Desired::closed)});
}

}  // namespace riskd::engine
