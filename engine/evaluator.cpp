// States, decisions, ratings: what an element is, of what its facts and the policy say.
#include "engine/evaluator.hpp"

#include <algorithm>
#include <cmath>

namespace riskd::engine {

Context Evaluator::context_of(RiskInstance& risk) {
  Context context;
  if (!risk.scope->is_product()) context.component = risk.scope;
  context.risk = &risk;
  return context;
}

// Where an element of a weakness or countermeasure is read alone, the first of its risks stands for all.
Context Evaluator::context_of(WeaknessInstance& weakness) {
  Context context;
  if (!weakness.scope->is_product()) context.component = weakness.scope;
  context.weakness = &weakness;
  if (!weakness.risks.empty()) context.risk = weakness.risks.front();
  return context;
}

Context Evaluator::context_of(CountermeasureInstance& countermeasure) {
  Context context;
  if (!countermeasure.uses.empty()) context = context_of(*countermeasure.uses.front().second);
  if (!countermeasure.scope->is_product()) context.component = countermeasure.scope;
  context.countermeasure = &countermeasure;
  return context;
}

bool Evaluator::holds(NodeId node, const Context& context, bool absent) {
  if (node == no_node) return absent;
  const Verity verity = quick(node, context.component);
  if (verity != Verity::beyond) return verity == Verity::yes;
  return as_truth(eval(node, context)).is_true();
}

// A trace is to see all that is read: then there is no short way.
Verity Evaluator::quick(NodeId node, const ScopeInstance* component) const {
  if (trace_ != nullptr) return Verity::beyond;
  return dependencies_.conditions.of(node, bytes_of(*scopes_.front()),
                                     component == nullptr ? ScopeBytes{} : bytes_of(*component));
}

Applies Evaluator::truth_of(NodeId node, ScopeInstance& scope) {
  const Verity verity = quick(node, scope.is_product() ? nullptr : &scope);
  if (verity != Verity::beyond) return applies_of(verity);
  Context context;
  if (!scope.is_product()) context.component = &scope;
  const Value value = as_truth(eval(node, context));
  return value.is_true() ? Applies::yes : value.is_false() ? Applies::no : Applies::undecided;
}

const Stamped<DecisionFact>* Evaluator::decision(const std::string& element,
                                                 const std::string& aspect) const {
  const auto it = product_->decisions.find({element, aspect});
  if (it == product_->decisions.end()) return nullptr;
  const auto& until = it->second.value.until;
  return until && now_ >= start_of(Date{until->days + 1}) ? nullptr : &it->second;
}

std::optional<Instant> Evaluator::next_change() const {
  std::optional<Instant> next;
  const auto at = [&](Instant moment) {
    if (!next || moment < *next) next = moment;
  };
  if (!decision_ends_.empty()) at(*decision_ends_.begin());
  if (!stale_ends_.empty()) at(*stale_ends_.begin());
  const auto is_in_use = [&](const Cell& cell) {
    const auto has = [&](const auto& all) { return !all.empty(); };
    switch (cell.kind) {
      case Cell::Kind::pattern: {
        const std::uint32_t type = program_.patterns[cell.index].component_type;
        return std::any_of(scopes_.begin(), scopes_.end(),
                           [&](const auto& scope) { return scope->component_type == type; });
      }
      case Cell::Kind::risk:
      case Cell::Kind::every_risk:
        return has(risk_store_);
      case Cell::Kind::weakness:
        return has(weakness_store_);
      case Cell::Kind::countermeasure:
        return has(countermeasure_store_);
      default:
        return true;
    }
  };
  const auto& readers = dependencies_.of_today;
  if (std::any_of(readers.begin(), readers.end(), is_in_use))
    at(start_of(Date{date_of(now_).days + 1}));
  return next;
}

std::vector<std::string> Evaluator::missing_fields() const {
  std::vector<std::string> missing;
  for (const Field& field : program_.fields) {
    if (!field.required || field.default_value != no_node) continue;
    for (const auto& scope : scopes_) {
      if (scope->is_product() != (field.kind == Kind::product)) continue;
      const auto it = scope->fields->find(field.name);
      if (it == scope->fields->end() || std::holds_alternative<std::monostate>(it->second.value)) {
        missing.push_back(scope->element(field.name));
      }
    }
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

bool Evaluator::approved(const std::string& element) const {
  if (!product_->approval || !missing_fields().empty()) return false;
  const auto& elements = product_->approval->value.elements;
  return std::find(elements.begin(), elements.end(), element) != elements.end();
}

std::string Evaluator::place(const Place& at) const {
  return program_.files[at.file] + ":" + std::to_string(at.line);
}

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
    default:
      return std::nullopt;
  }
}

std::optional<State> below_ticket(const Stamped<DecisionFact>* decided) {
  if (decided == nullptr) return std::nullopt;
  if (decided->value.state == DecisionState::required) return State::required;
  if (decided->value.state == DecisionState::recommended) return State::recommended;
  return std::nullopt;
}

}  // namespace

// The ticket of a countermeasure that says more than that work is not finished.
std::optional<KnownTicket> Evaluator::telling_ticket(const CountermeasureInstance& countermeasure) {
  if (product_->tickets.empty()) return std::nullopt;
  for (const TicketTemplate& ticket : program_.tickets) {
    if (ticket.kind != Kind::countermeasure) continue;
    auto known = known_ticket({ticket.name, countermeasure.id});
    if (known && known->mapped != State::required) return known;
  }
  return std::nullopt;
}

// The first use, in the order of weaknesses and risks, that requires the countermeasure.
std::optional<std::pair<std::uint32_t, RiskInstance*>> Evaluator::requiring(
    CountermeasureInstance& countermeasure) {
  for (const auto& [use, weakness] : countermeasure.uses) {
    if (program_.uses[use].required == no_node) continue;
    for (RiskInstance* risk : weakness->risks) {
      Context context = context_of(*risk);
      context.weakness = weakness;
      context.countermeasure = &countermeasure;
      context.use = use;
      if (holds(program_.uses[use].required, context)) return std::pair(use, risk);
    }
  }
  return std::nullopt;
}

State Evaluator::state(CountermeasureInstance& countermeasure) {
  if (countermeasure.state) return *countermeasure.state;
  const Stamped<DecisionFact>* decided = decision(countermeasure, "state");
  auto held = above_ticket(decided);
  if (!held && (decided == nullptr || decided->value.state != DecisionState::not_implemented)) {
    if (const auto ticket = telling_ticket(countermeasure)) held = ticket->mapped;
  }
  if (!held) held = below_ticket(decided);
  if (!held) held = requiring(countermeasure) ? State::required : State::recommended;
  countermeasure.state = held;
  return *held;
}

StateReason Evaluator::why(CountermeasureInstance& countermeasure) {
  const Stamped<DecisionFact>* decided = decision(countermeasure, "state");
  const auto by_decision = [&] {
    std::string why =
        "decided " + std::string(to_string(decided->value.state)) + ": " + decided->value.reason;
    if (decided->value.until) why += ", until " + to_string(*decided->value.until);
    const std::string by = decided->from.poster.empty() ? "" : " by " + decided->from.poster;
    return StateReason{why, "decided" + by + ", " + to_display(decided->from.at),
                       decided->value.reason};
  };
  if (above_ticket(decided)) return by_decision();
  if (decided == nullptr || decided->value.state != DecisionState::not_implemented) {
    if (const auto known = telling_ticket(countermeasure)) {
      const TicketFact& fact = known->newest->value;
      std::string status = fact.status.empty() ? fact.state : fact.status;
      const std::string said =
          fact.tracker + " " + fact.key + " " + status + ", " + to_display(known->newest->from.at);
      if (const std::string& how = fact.resolution.empty() ? fact.reason : fact.resolution;
          !how.empty() && how != status) {
        status += " (" + how + ")";
      }
      return {"ticket " + fact.tracker + " " + fact.key + " is " + status, said, ""};
    }
  }
  if (below_ticket(decided)) return by_decision();
  const auto proposed = [&](const char* word, std::uint32_t use, const RiskInstance& risk) {
    const std::string& pattern = program_.patterns[program_.risks[risk.definition].pattern].id;
    return StateReason{
        std::string(word) + " by " + pattern + " (" + place(program_.uses[use].place) + ")", "",
        ""};
  };
  if (const auto found = requiring(countermeasure))
    return proposed("required", found->first, *found->second);
  const auto& uses = countermeasure.uses;
  if (uses.empty() || uses.front().second->risks.empty()) return {"recommended", "", ""};
  return proposed("recommended", uses.front().first, *uses.front().second->risks.front());
}

double Evaluator::rating() {
  return program_.product_rating == no_index ? 0 : rating_of(program_.product_rating, {});
}

double Evaluator::share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
                        CountermeasureInstance& countermeasure, bool* assumed) {
  const NodeId node = program_.uses[use].mitigates;
  if (node == no_node) return 0;
  Context context = context_of(risk);
  context.weakness = &weakness;
  context.countermeasure = &countermeasure;
  context.use = use;
  const Value value = eval(node, context);
  if (value.is_none()) return 0;
  if (value.known()) return std::clamp(value.lo, 0.0, 1.0);
  if (assumed != nullptr) *assumed = true;
  // The default 0%, moved to the nearest end of the range.
  return std::clamp(std::clamp(0.0, value.lo, value.hi), 0.0, 1.0);
}

double Evaluator::rating_of(std::uint32_t index, const Context& context, bool* assumed) {
  const Rating& rating = program_.ratings[index];
  Memo* memo = &product_scope().ratings;
  Context own;
  if (rating.kind == Kind::component) {
    if (context.component == nullptr) return 0;
    memo = &context.component->ratings;
    own.component = context.component;
  } else if (rating.kind != Kind::product) {
    Instance* instance = instance_of(rating.kind, context);
    if (instance == nullptr) return 0;
    memo = &instance->ratings;
    own = own_context(rating.kind, context);
  }
  const Value* known = memo->find(index);
  const Value value = known != nullptr ? *known : eval_present(rating.value, own);
  if (known == nullptr) memo->set(index, value);
  if (assumed != nullptr) *assumed = value.is_unknown() && std::isfinite(value.hi);
  if (value.is_none() || !std::isfinite(value.hi)) return 0;
  return std::clamp(value.hi, 0.0, 100.0);
}

// Of the element of `kind` alone that `context` holds.
Context Evaluator::own_context(Kind kind, const Context& context) {
  if (kind == Kind::risk) return context_of(*context.risk);
  if (kind == Kind::weakness) return context_of(*context.weakness);
  return context_of(*context.countermeasure);
}

}  // namespace riskd::engine
