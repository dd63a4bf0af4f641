#include "engine/evaluate/states.hpp"

#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/known_tickets.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

States::States(const Basis& basis, const Decisions& decisions, KnownTickets& tickets,
               Values& values)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      decisions_(decisions),
      tickets_(tickets),
      values_(values) {}

namespace {

// The states that a decision gives whatever the ticket says.
std::optional<State> above_ticket(const Stamped<DecisionFact>* decided) {
  if (decided == nullptr) return std::nullopt;
  switch (decided->value.state) {
    case DecisionState::rejected:
      return State::rejected;
    case DecisionState::not_applicable:
      return State::not_applicable;
    case DecisionState::implemented:
      return State::implemented;
    case DecisionState::required:
    case DecisionState::recommended:
    case DecisionState::not_implemented:
    case DecisionState::accepted:
    case DecisionState::false_positive:
    case DecisionState::set:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<State> below_ticket(const Stamped<DecisionFact>* decided) {
  if (decided == nullptr) return std::nullopt;
  if (decided->value.state == DecisionState::required) return State::required;
  if (decided->value.state == DecisionState::recommended) return State::recommended;
  return std::nullopt;
}

}  // namespace

State States::of(CountermeasureInstance& countermeasure) {
  if (countermeasure.state) return *countermeasure.state;
  const Stamped<DecisionFact>* decided = decisions_.of(countermeasure, "state");
  auto held = above_ticket(decided);
  if (!held) {
    if (const KnownTicket* ticket = deciding_ticket(countermeasure, decided)) held = ticket->mapped;
  }
  if (!held) held = demanded_by(decided, countermeasure);
  countermeasure.state = held;
  return *held;
}

State States::demanded(CountermeasureInstance& countermeasure) {
  const Stamped<DecisionFact>* decided = decisions_.of(countermeasure, "state");
  const auto held = above_ticket(decided);
  return held ? *held : demanded_by(decided, countermeasure);
}

State States::demanded_by(const Stamped<DecisionFact>* decided,
                          CountermeasureInstance& countermeasure) {
  if (const auto held = below_ticket(decided)) return *held;
  return is_required(countermeasure) ? State::required : State::recommended;
}

bool States::is_required(CountermeasureInstance& countermeasure) {
  const Shape::Requires fixed =
      dependencies_.shape.requires_of_countermeasure[countermeasure.definition];
  if (fixed == Shape::Requires::asked || basis_.trace != nullptr)
    return requiring(countermeasure).has_value();
  return fixed == Shape::Requires::always;
}

std::optional<std::pair<std::uint32_t, RiskInstance*>> States::requiring(
    CountermeasureInstance& countermeasure) {
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    const Shape::Requires required = dependencies_.shape.requires_of_use[use];
    if (required == Shape::Requires::never) continue;
    for (RiskInstance* risk : risks_of(*weakness)) {
      if (required == Shape::Requires::always && basis_.trace == nullptr)
        return std::pair(use, risk);
      Context context = context_of(*risk);
      context.weakness = weakness;
      context.countermeasure = &countermeasure;
      context.use = use;
      if (values_.holds(program_.uses[use].required, context)) return std::pair(use, risk);
    }
  }
  return std::nullopt;
}

// Whether the security team's word outranks that of the ticket: that the work is not done, whatever the
// ticket says; and that a countermeasure is required, where the ticket was refused before that, or was closed
// once more after riskd had opened it again and no test shows the work.
bool States::outranks(const Stamped<DecisionFact>* decided, const KnownTicket& ticket,
                      Tested tested) {
  if (decided == nullptr) return false;
  if (decided->value.state == DecisionState::not_implemented) return true;
  if (decided->value.state != DecisionState::required ||
      !is_older(ticket.status->from, decided->from))
    return false;
  if (ticket.mapped != State::implemented) return true;
  return ticket.closing != nullptr && tested != Tested::passed &&
         tickets_.reader().was_reopened(ticket);
}

// The ticket that gives a countermeasure its state, if one does.
const KnownTicket* States::deciding_ticket(const CountermeasureInstance& measure,
                                           const Stamped<DecisionFact>* decided) {
  const KnownTicket* ticket = tickets_.telling(measure);
  return ticket != nullptr && outranks(decided, *ticket, measure.tested) ? nullptr : ticket;
}

StateReason States::why(CountermeasureInstance& countermeasure) {
  const Stamped<DecisionFact>* decided = decisions_.of(countermeasure, "state");
  const auto by_decision = [&] {
    std::string why =
        "decided " + std::string(to_string(decided->value.state)) + ": " + decided->value.reason;
    if (decided->value.until) why += ", until " + to_string(*decided->value.until);
    const std::string by = decided->from.poster.empty() ? "" : " by " + decided->from.poster;
    return StateReason{why, "decided" + by + ", " + to_display(decided->from.at),
                       decided->value.reason, "", decided->from};
  };
  if (above_ticket(decided)) return by_decision();
  if (const KnownTicket* known = deciding_ticket(countermeasure, decided)) {
    const TicketFact& said = known->status->value;
    const std::string by = said.by.empty() ? "" : " by " + sanitize_outside(said.by, 100);
    return {"ticket " + said.tracker + " " + known->newest->value.key + " is " +
                shown_status(said) + by,
            said.tracker + " " + known->newest->value.key + " " +
                (said.status.empty() ? said.state : said.status) + by + ", " +
                to_display(known->status->from.at),
            said.remark, ""};
  }
  return below_ticket(decided) ? by_decision() : why_by_rule(countermeasure);
}

StateReason States::why_by_rule(CountermeasureInstance& countermeasure) {
  const auto proposed = [&](const char* word, std::uint32_t use, const RiskInstance& risk) {
    const std::string& pattern = program_.patterns[program_.risks[risk.definition].pattern].id;
    return StateReason{std::string(word) + " by " + pattern, "", "",
                       print_place(program_, program_.uses[use].place)};
  };
  if (const auto found = requiring(countermeasure))
    return proposed("required", found->first, *found->second);
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    for (const RiskInstance* risk : risks_of(*weakness)) return proposed("recommended", use, *risk);
    break;
  }
  return {"recommended", "", "", ""};
}

std::uint8_t States::code(CountermeasureInstance& countermeasure) {
  const State held = of(countermeasure);
  return basis_.projecting ? once_done(held) : static_cast<std::uint8_t>(held);
}

std::uint8_t States::code(Tested tested, bool has_test) const {
  return basis_.projecting ? once_done(tested, has_test) : static_cast<std::uint8_t>(tested);
}

ElementBytes States::bytes(const Context& context, unsigned read) {
  ElementBytes bytes;
  const Shape& shape = dependencies_.shape;
  CountermeasureInstance* const measure = context.countermeasure;
  const WeaknessInstance* const weakness = context.weakness;
  const auto reads = [&](ElementBytes::Of of, const Instance* element) {
    return element != nullptr && (read >> of & 1) != 0;
  };
  const auto approved = [&](ElementBytes::Of of, const auto* element) {
    if (reads(of, element)) bytes.codes[of] = decisions_.approved(*element) ? 1 : 0;
  };
  if (reads(ElementBytes::state, measure)) bytes.codes[ElementBytes::state] = code(*measure);
  if (reads(ElementBytes::countermeasure_tested, measure)) {
    bytes.codes[ElementBytes::countermeasure_tested] =
        code(measure->tested, shape.countermeasure_has_test[measure->definition]);
  }
  if (reads(ElementBytes::weakness_tested, weakness)) {
    bytes.codes[ElementBytes::weakness_tested] =
        code(weakness->tested, shape.weakness_has_test[weakness->definition]);
  }
  approved(ElementBytes::risk_approved, context.risk);
  approved(ElementBytes::weakness_approved, weakness);
  approved(ElementBytes::countermeasure_approved, measure);
  return bytes;
}

}  // namespace riskd::engine
