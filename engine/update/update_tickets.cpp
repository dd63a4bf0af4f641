// Which tickets a change may open or close: where it ends.
#include "engine/update/update.hpp"

namespace riskd::engine {

// ── tickets ────────────────────────────────────────────────────────────────────────────────────

void Update::ticket(std::uint32_t definition, const Instance& instance, const Context& context) {
  const TicketKey key{evaluator.program_.tickets[definition].name, instance.id};
  if (!placed.insert(key).second) return;
  const auto row = evaluator.wanted_ticket(definition, instance.id, context);
  settle(key, row ? std::optional(row->desired) : std::nullopt);
}

// Tells what is desired now, where it is something else.
void Update::settle(const TicketKey& key, std::optional<Desired> now) {
  const auto held = evaluator.tickets_.find(key);
  const std::optional<Desired> before =
      held == evaluator.tickets_.end() ? std::nullopt : std::optional(held->second);
  if (before == now) return;
  if (now) {
    evaluator.tickets_[key] = *now;
    // Of a ticket that was not there before, only that it should be open is news.
    if (before || *now == Desired::open) deltas.tickets.push_back({key.ticket, key.element, *now});
  } else {
    evaluator.tickets_.erase(held);
    if (*before == Desired::open)
      deltas.tickets.push_back({key.ticket, key.element, Desired::closed});
  }
}

void Update::all_tickets(std::uint32_t definition) {
  const auto each = [&](const auto& all) {
    for (auto* instance : all) ticket(definition, *instance, evaluator.context_of(*instance));
  };
  switch (evaluator.program_.tickets[definition].kind) {
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
    const auto near_risk = [&](RiskInstance& risk) {
      tickets_of(Kind::risk, risk, evaluator.context_of(risk));
    };
    const auto near_weakness = [&](WeaknessInstance& weakness) {
      tickets_of(Kind::weakness, weakness, evaluator.context_of(weakness));
      for (RiskInstance* risk : risks_of(weakness)) near_risk(*risk);
    };
    const auto near_measure = [&](CountermeasureInstance& measure) {
      tickets_of(Kind::countermeasure, measure, evaluator.context_of(measure));
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
  for (const std::string& element : gone) {
    for (const TicketTemplate& each : program.tickets) tickets.insert({each.name, element});
  }
  for (const TicketKey& key : tickets) known_ticket(key);
}

void Update::tickets_of(Kind kind, const Instance& instance, const Context& context) {
  for (std::uint32_t i = 0; i < evaluator.program_.tickets.size(); ++i) {
    if (evaluator.program_.tickets[i].kind == kind) ticket(i, instance, context);
  }
}

// A ticket that somebody told of, or whose element left.
void Update::known_ticket(const TicketKey& key) {
  if (placed.contains(key)) return;
  const std::uint32_t definition = evaluator.program_.template_by_name(key.ticket);
  const NamedElement named = evaluator.element_named(key.element);
  if (definition != no_index && named.scope != nullptr) {
    const auto look = [&](const auto& find, std::uint32_t index) {
      auto* found = index == no_index ? nullptr : find(index);
      if (found == nullptr) return false;
      ticket(definition, *found, evaluator.context_of(*found));
      return true;
    };
    const ScopeInstance& scope = *named.scope;
    const Kind kind = evaluator.program_.tickets[definition].kind;
    const auto risk = [&](std::uint32_t index) { return scope.find<RiskInstance>(index); };
    const auto weakness = [&](std::uint32_t index) { return scope.find<WeaknessInstance>(index); };
    const auto measure = [&](std::uint32_t index) {
      return scope.find<CountermeasureInstance>(index);
    };
    if (kind == Kind::risk       ? look(risk, named.risk)
        : kind == Kind::weakness ? look(weakness, named.weakness)
                                 : look(measure, named.countermeasure))
      return;
  }
  const TicketKey present = evaluator.present_key(key);
  if (!(present == key) && !placed.insert(present).second) return;
  const auto row = evaluator.departed_ticket(present);
  settle(present, row ? std::optional(row->desired) : std::nullopt);
}

}  // namespace riskd::engine
