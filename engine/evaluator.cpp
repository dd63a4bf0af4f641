#include "engine/evaluator.hpp"

#include <algorithm>
#include <cmath>

namespace riskd::engine {

Evaluator::Evaluator(const Program& program, const Product& product, Instant now,
                     const Evaluator* shadow_of, Trace* trace)
    : program_(program),
      product_(product),
      now_(now),
      without_defaults_(shadow_of != nullptr),
      trace_(trace) {
  build(shadow_of);
}

void Evaluator::build(const Evaluator* shadow_of) {
  auto own = std::make_unique<ScopeInstance>();
  own->answers = &product_.answers;
  own->fields = &product_.fields;
  scopes_.push_back(std::move(own));
  for (const auto& [id, component] : product_.components) {
    if (!component.exists()) continue;
    std::uint32_t type = no_index;
    for (std::uint32_t i = 0; i < program_.component_types.size(); ++i) {
      if (program_.component_types[i].id == component.type.value ||
          program_.component_types[i].name == component.type.value) {
        type = i;
        break;
      }
    }
    if (type == no_index) continue;  // of a type that this policy does not have
    auto scope = std::make_unique<ScopeInstance>();
    scope->component_type = type;
    scope->id = id;
    scope->answers = &component.answers;
    scope->fields = &component.fields;
    scopes_.push_back(std::move(scope));
  }
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    ScopeInstance& scope = *scopes_[s];
    Context context;
    if (!scope.is_product()) context.component = &scope;
    for (std::uint32_t i = 0; i < program_.patterns.size(); ++i) {
      const Pattern& pattern = program_.patterns[i];
      if (pattern.component_type != scope.component_type) continue;
      Value applies =
          pattern.when == no_node ? Value::truth(true) : as_truth(eval(pattern.when, context));
      if (shadow_of != nullptr) {
        // The shadow has the elements of what it shadows, whatever its own conditions say.
        for (const auto& [other, value] : shadow_of->scopes_[s]->patterns) {
          if (other == i && value.is_true()) build_elements(scope, i);
        }
      } else if (applies.is_true()) {
        build_elements(scope, i);
      }
      scope.patterns.emplace_back(i, applies);
    }
  }
  const auto by_id = [](const auto* a, const auto* b) { return a->id < b->id; };
  for (const auto& scope : scopes_) {
    std::sort(scope->risks.begin(), scope->risks.end(), by_id);
    risks_.insert(risks_.end(), scope->risks.begin(), scope->risks.end());
  }
  std::sort(risks_.begin(), risks_.end(), by_id);
  for (WeaknessInstance& weakness : weakness_store_) {
    std::sort(weakness.risks.begin(), weakness.risks.end(), by_id);
    std::sort(weakness.uses.begin(), weakness.uses.end(),
              [](const auto& a, const auto& b) { return a.second->id < b.second->id; });
  }
  for (CountermeasureInstance& each : countermeasure_store_) {
    std::sort(each.uses.begin(), each.uses.end(),
              [](const auto& a, const auto& b) { return a.second->id < b.second->id; });
  }
  for (RiskInstance& risk : risk_store_)
    std::sort(risk.weaknesses.begin(), risk.weaknesses.end(), by_id);
  if (shadow_of == nullptr) bind_results();
}

void Evaluator::build_elements(ScopeInstance& scope, std::uint32_t pattern) {
  for (const std::uint32_t risk_index : program_.patterns[pattern].risks) {
    const Risk& definition = program_.risks[risk_index];
    RiskInstance& risk = risk_store_.emplace_back();
    risk.definition = risk_index;
    risk.scope = &scope;
    risk.id = scope.element(definition.id);
    scope.risks.push_back(&risk);
    for (const std::uint32_t weakness_index : definition.weaknesses) {
      WeaknessInstance*& weakness = scope.weaknesses[weakness_index];
      if (weakness == nullptr) {
        weakness = &weakness_store_.emplace_back();
        weakness->definition = weakness_index;
        weakness->scope = &scope;
        weakness->id = scope.element(program_.weaknesses[weakness_index].id);
        for (const std::uint32_t use : program_.weaknesses[weakness_index].uses) {
          const std::uint32_t measure_index = program_.uses[use].countermeasure;
          CountermeasureInstance*& measure = scope.countermeasures[measure_index];
          if (measure == nullptr) {
            measure = &countermeasure_store_.emplace_back();
            measure->definition = measure_index;
            measure->scope = &scope;
            measure->id = scope.element(program_.countermeasures[measure_index].id);
          }
          weakness->uses.emplace_back(use, measure);
          measure->uses.emplace_back(use, weakness);
        }
      }
      weakness->risks.push_back(&risk);
      risk.weaknesses.push_back(weakness);
    }
  }
}

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
  return node == no_node ? absent : as_truth(eval(node, context)).is_true();
}

const Stamped<DecisionFact>* Evaluator::decision(const std::string& element,
                                                 const std::string& aspect) {
  const auto it = product_.decisions.find({element, aspect});
  if (it == product_.decisions.end()) return nullptr;
  if (const auto& until = it->second.value.until) {
    const Instant end = start_of(Date{until->days + 1});
    if (now_ >= end) return nullptr;
    changes_at(end);
  }
  return &it->second;
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
  if (!product_.approval || !missing_fields().empty()) return false;
  const auto& elements = product_.approval->value.elements;
  return std::find(elements.begin(), elements.end(), element) != elements.end();
}

std::string Evaluator::place(const Place& at) const {
  return program_.files[at.file] + ":" + std::to_string(at.line);
}

State Evaluator::state(CountermeasureInstance& countermeasure) {
  if (countermeasure.state) return *countermeasure.state;
  const Stamped<DecisionFact>* decided = decision(countermeasure.id, "state");
  const auto held =
      decided == nullptr ? std::optional<DecisionState>() : std::optional(decided->value.state);
  const auto settle_on = [&](State state, std::string why, std::string because) {
    countermeasure.state = state;
    countermeasure.why = std::move(why);
    countermeasure.because = std::move(because);
    return state;
  };
  const auto by_decision = [&](State state) {
    countermeasure.reason = decided->value.reason;
    std::string why =
        "decided " + std::string(to_string(decided->value.state)) + ": " + decided->value.reason;
    if (decided->value.until) why += ", until " + to_string(*decided->value.until);
    return settle_on(state, why,
                     "decided" +
                         (decided->from.poster.empty() ? "" : " by " + decided->from.poster) +
                         ", " + to_display(decided->from.at));
  };
  // 1: a decision that stands above the ticket
  if (held == DecisionState::rejected) return by_decision(State::rejected);
  if (held == DecisionState::not_applicable) return by_decision(State::not_applicable);
  if (held == DecisionState::implemented) return by_decision(State::implemented);
  // 2: the ticket
  if (held != DecisionState::not_implemented) {
    for (const TicketTemplate& ticket : program_.tickets) {
      if (ticket.kind != Kind::countermeasure) continue;
      const auto known = known_ticket({ticket.name, countermeasure.id});
      if (!known || known->mapped == State::required) continue;
      const TicketFact& fact = known->newest->value;
      std::string status = fact.status.empty() ? fact.state : fact.status;
      const std::string said =
          fact.tracker + " " + fact.key + " " + status + ", " + to_display(known->newest->from.at);
      if (const std::string& how = fact.resolution.empty() ? fact.reason : fact.resolution;
          !how.empty() && how != status) {
        status += " (" + how + ")";
      }
      return settle_on(known->mapped, "ticket " + fact.tracker + " " + fact.key + " is " + status,
                       said);
    }
  }
  // 3: a decision below it
  if (held == DecisionState::required) return by_decision(State::required);
  if (held == DecisionState::recommended) return by_decision(State::recommended);
  // 4: what the policy proposes
  for (const auto& [use, weakness] : countermeasure.uses) {
    for (RiskInstance* risk : weakness->risks) {
      Context context = context_of(*risk);
      context.weakness = weakness;
      context.countermeasure = &countermeasure;
      context.use = use;
      if (!holds(program_.uses[use].required, context)) continue;
      const std::string& pattern = program_.patterns[program_.risks[risk->definition].pattern].id;
      return settle_on(State::required,
                       "required by " + pattern + " (" + place(program_.uses[use].place) + ")", "");
    }
  }
  std::string why = "recommended";
  if (!countermeasure.uses.empty() && !countermeasure.uses.front().second->risks.empty()) {
    const auto& [use, weakness] = countermeasure.uses.front();
    const std::string& pattern =
        program_.patterns[program_.risks[weakness->risks.front()->definition].pattern].id;
    why += " by " + pattern + " (" + place(program_.uses[use].place) + ")";
  }
  return settle_on(State::recommended, why, "");
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
  std::map<std::uint32_t, Value>* memo = &product_scope().ratings;
  Context own;
  if (rating.kind == Kind::risk) {
    if (context.risk == nullptr) return 0;
    memo = &context.risk->memo.ratings;
    own = context_of(*context.risk);
  } else if (rating.kind == Kind::component) {
    if (context.component == nullptr) return 0;
    memo = &context.component->ratings;
    own.component = context.component;
  } else if (rating.kind == Kind::weakness) {
    if (context.weakness == nullptr) return 0;
    memo = &context.weakness->memo.ratings;
    own = context_of(*context.weakness);
  } else if (rating.kind == Kind::countermeasure) {
    if (context.countermeasure == nullptr) return 0;
    memo = &context.countermeasure->memo.ratings;
    own = context_of(*context.countermeasure);
  }
  const Value value = memoised(*memo, index, rating.value, own);
  if (assumed != nullptr) *assumed = value.is_unknown() && std::isfinite(value.hi);
  if (value.is_none() || !std::isfinite(value.hi)) return 0;
  return std::clamp(value.hi, 0.0, 100.0);
}

}  // namespace riskd::engine
