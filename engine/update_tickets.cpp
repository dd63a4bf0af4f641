// Which tickets a change may open or close: where it ends.
#include "engine/update.hpp"

namespace riskd::engine {

// ── tickets ────────────────────────────────────────────────────────────────────────────────────

void Evaluator::Update::ticket(std::uint32_t definition, const Instance& instance,
                               const Context& context) {
  const TicketKey key{of.program_.tickets[definition].name, instance.id};
  if (!placed.insert(key).second) return;
  const auto row = of.wanted_ticket(definition, instance.id, context);
  settle(key, row ? std::optional(row->desired) : std::nullopt);
}

// Tells what is desired now, where it is something else.
void Evaluator::Update::settle(const TicketKey& key, std::optional<Desired> now) {
  const auto held = of.tickets_.find(key);
  const std::optional<Desired> before =
      held == of.tickets_.end() ? std::nullopt : std::optional(held->second);
  if (before == now) return;
  if (now) {
    of.tickets_[key] = *now;
    // Of a ticket that was not there before, only that it should be open is news.
    if (before || *now == Desired::open) deltas.tickets.push_back({key.ticket, key.element, *now});
  } else {
    of.tickets_.erase(held);
    if (*before == Desired::open)
      deltas.tickets.push_back({key.ticket, key.element, Desired::closed});
  }
}

void Evaluator::Update::all_tickets(std::uint32_t definition) {
  const auto each = [&](const auto& store) {
    for (const auto& instance : store) ticket(definition, *instance, of.context_of(*instance));
  };
  switch (of.program_.tickets[definition].kind) {
    case Kind::risk:
      return each(of.risk_store_);
    case Kind::weakness:
      return each(of.weakness_store_);
    default:
      return each(of.countermeasure_store_);
  }
}

void Evaluator::Update::compute_tickets() {
  const Program& program = of.program_;
  if (program.tickets.empty() && of.product_->tickets.empty()) return;
  const Dependencies& reads = of.dependencies_;
  const bool moved =
      late || !risks.empty() || !weaknesses.empty() || !measures.empty() || !deltas.risks.empty();
  const bool all = (reads.tickets_read_far && moved) || (reads.tickets_read_approval && approvals);
  for (std::uint32_t i = 0; i < program.tickets.size(); ++i) {
    if (all || templates.contains(i)) all_tickets(i);
  }
  if (!all) {
    // A template's conditions read its element and the neighbours of it.
    const auto near_risk = [&](RiskInstance& risk) {
      tickets_of(Kind::risk, risk, of.context_of(risk));
    };
    const auto near_weakness = [&](WeaknessInstance& weakness) {
      tickets_of(Kind::weakness, weakness, of.context_of(weakness));
      for (RiskInstance* risk : weakness.risks) near_risk(*risk);
    };
    const auto near_measure = [&](CountermeasureInstance& measure) {
      tickets_of(Kind::countermeasure, measure, of.context_of(measure));
    };
    for (const auto& each : risks) {
      near_risk(*each.instance);
      for (WeaknessInstance* weakness : each.instance->weaknesses) {
        near_weakness(*weakness);
        for (const auto& [use, measure] : weakness->uses) near_measure(*measure);
      }
    }
    for (const auto& each : weaknesses) {
      near_weakness(*each.instance);
      for (const auto& [use, measure] : each.instance->uses) near_measure(*measure);
    }
    for (const auto& each : measures) {
      near_measure(*each.instance);
      for (const auto& [use, weakness] : each.instance->uses) near_weakness(*weakness);
    }
  }
  for (const std::string& element : gone) {
    for (const TicketTemplate& each : program.tickets) tickets.insert({each.name, element});
  }
  for (const TicketKey& key : tickets) known_ticket(key);
}

void Evaluator::Update::tickets_of(Kind kind, const Instance& instance, const Context& context) {
  for (std::uint32_t i = 0; i < of.program_.tickets.size(); ++i) {
    if (of.program_.tickets[i].kind == kind) ticket(i, instance, context);
  }
}

// A ticket that somebody told of, or whose element left.
void Evaluator::Update::known_ticket(const TicketKey& key) {
  if (placed.contains(key)) return;
  const std::uint32_t definition = of.program_.template_by_name(key.ticket);
  if (definition != no_index) {
    const std::size_t slash = key.element.find('/');
    const std::string component =
        slash == std::string::npos ? std::string() : key.element.substr(0, slash);
    const std::string bare =
        slash == std::string::npos ? key.element : key.element.substr(slash + 1);
    if (ScopeInstance* scope = of.scope_of(component)) {
      const auto look = [&](const auto& by_id, const auto& instances) {
        const auto index = by_id.find(bare);
        if (index == by_id.end()) return false;
        auto* found = instances.find(index->second);
        if (found == nullptr || found->id != key.element) return false;
        ticket(definition, *found, of.context_of(*found));
        return true;
      };
      const Kind kind = of.program_.tickets[definition].kind;
      if (kind == Kind::risk       ? look(of.program_.risk_by_id, scope->risk_of)
          : kind == Kind::weakness ? look(of.program_.weakness_by_id, scope->weaknesses)
                                   : look(of.program_.countermeasure_by_id, scope->countermeasures))
        return;
    }
  }
  const auto row = of.departed_ticket(key);
  settle(key, row ? std::optional(row->desired) : std::nullopt);
}

}  // namespace riskd::engine
