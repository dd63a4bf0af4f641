// The elements of the model: made from what applies, taken away, copied.
#include "engine/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/update.hpp"

namespace riskd::engine {

namespace {

void point_at_facts(ScopeInstance& scope, const Product& product) {
  if (scope.is_product()) {
    scope.answers = &product.answers;
    scope.fields = &product.fields;
  } else {
    const ComponentFacts& component = product.components.at(scope.id);
    scope.answers = &component.answers;
    scope.fields = &component.fields;
  }
}

}  // namespace

Evaluator::~Evaluator() = default;

Evaluator::Evaluator(const Program& program, const Product& product, Instant now,
                     const Evaluator* shadow_of, Trace* trace)
    : program_(program),
      product_(&product),
      dependencies_(*program.dependencies),
      now_(now),
      without_defaults_(shadow_of != nullptr),
      trace_(trace) {
  build(shadow_of);
}

void Evaluator::read_from(const Product& product) {
  product_ = &product;
  for (const auto& scope : scopes_) {
    point_at_facts(*scope, product);
    find_answers(*scope);
  }
  find_decisions();
}

Evaluator::Evaluator(const Evaluator& other, const Product& product)
    : program_(other.program_),
      product_(&product),
      dependencies_(other.dependencies_),
      now_(other.now_),
      without_defaults_(other.without_defaults_),
      risks_(other.risks_),
      weaknesses_(other.weaknesses_),
      countermeasures_(other.countermeasures_),
      tests_(other.tests_),
      decision_ends_(other.decision_ends_),
      stale_ends_(other.stale_ends_),
      extremes_(other.extremes_),
      counters_(other.counters_),
      tickets_(other.tickets_),
      rating_(other.rating_) {
  std::map<const ScopeInstance*, ScopeInstance*> scopes;
  for (const auto& scope : other.scopes_) {
    scopes_.push_back(std::make_unique<ScopeInstance>(*scope));
    scopes[scope.get()] = scopes_.back().get();
    scopes_.back()->risks_by_id.clear();
    point_at_facts(*scopes_.back(), product);
    find_answers(*scopes_.back());
  }
  // What the copied indexes still point at is not ours.
  const auto enter = [&](auto& pool, auto index_of) {
    for (auto* each : pool) {
      each->scope = scopes.at(each->scope);
      index_of(*each->scope).set(each->definition, each);
    }
  };
  const auto risks_at = [](ScopeInstance & scope) -> auto& { return scope.risks; };
  const auto weaknesses_at = [](ScopeInstance & scope) -> auto& { return scope.weaknesses; };
  const auto measures_at = [](ScopeInstance & scope) -> auto& { return scope.countermeasures; };
  enter(risks_, risks_at);
  enter(weaknesses_, weaknesses_at);
  enter(countermeasures_, measures_at);
  find_decisions();
  for (auto& entry : tests_) {
    BoundTest& test = entry.second;
    test.key = &entry.first;
    index(test, true);
    const auto bring = [&](auto& reached, auto index_of) {
      for (auto*& each : reached) {
        each = index_of(*scopes.at(each->scope)).find(each->definition);
        each->results.add(*test.holds);
      }
    };
    bring(test.weaknesses, weaknesses_at);
    bring(test.countermeasures, measures_at);
  }
}

// Which of the decisions are of elements of this policy.
void Evaluator::find_decisions() {
  decided_.clear();
  false_positives_ = 0;
  for (const auto& scope : scopes_) {
    scope->decided_risks.clear();
    scope->decided_weaknesses.clear();
    scope->decided_countermeasures.clear();
  }
  const auto forget = [](const auto& pool) {
    for (auto* each : pool) each->decided = nullptr;
  };
  forget(risks_);
  forget(weaknesses_);
  forget(countermeasures_);
  for (const DecisionEntry& each : product_->decisions) enter_decision(each);
}

// A decision that is new in the facts, before or after its element is.
void Evaluator::enter_decision(const DecisionEntry& entry) {
  if (entry.first.aspect == "false-positive") ++false_positives_;
  const NamedElement named = element_named(entry.first.element);
  if (named.scope == nullptr) return;
  const auto enter = [&](std::uint32_t definition, const auto& definitions, auto& decided,
                         const auto& instances) {
    // A decision is of the id that it names: an earlier one is of another element.
    if (definition == no_index || definitions[definition].id != named.id) return;
    Decided* held = decided.find(definition);
    if (held == nullptr) {
      decided_.push_back(std::make_unique<Decided>());
      held = decided_.back().get();
      decided.set(definition, held);
      if (auto* instance = instances.find(definition)) instance->decided = held;
    }
    held->all.push_back(&entry);
  };
  ScopeInstance& scope = *named.scope;
  enter(named.risk, program_.risks, scope.decided_risks, scope.risks);
  enter(named.weakness, program_.weaknesses, scope.decided_weaknesses, scope.weaknesses);
  enter(named.countermeasure, program_.countermeasures, scope.decided_countermeasures,
        scope.countermeasures);
}

Evaluator::NamedElement Evaluator::element_named(std::string_view element) {
  const std::size_t slash = element.find('/');
  const bool bare = slash == std::string_view::npos;
  NamedElement named;
  named.scope = scope_of(bare ? std::string_view() : element.substr(0, slash));
  if (named.scope == nullptr) return named;
  named.id = bare ? element : element.substr(slash + 1);
  const auto found = dependencies_.elements_named.find(named.id);
  if (found == dependencies_.elements_named.end()) return named;
  named.risk = found->second.risk;
  named.weakness = found->second.weakness;
  named.countermeasure = found->second.countermeasure;
  return named;
}

void Evaluator::build(const Evaluator* shadow_of) {
  for (const auto& [key, decided] : product_->decisions) {
    if (!decided.value.until) continue;
    const Instant end = start_of(Date{decided.value.until->days + 1});
    if (end > now_) decision_ends_.insert(end);
  }
  add_scopes();
  find_decisions();
  if (trace_ == nullptr) compute_conditions();
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    ScopeInstance& scope = *scopes_[s];
    const auto& patterns = dependencies_.patterns_in[Dependencies::scope_of(scope.component_type)];
    for (std::size_t slot = 0; slot < patterns.size(); ++slot) {
      if (trace_ != nullptr) scope.patterns[slot] = compute_applies(patterns[slot], scope);
      // The shadow has the elements of what it shadows, whatever its own conditions say.
      const Applies applying =
          shadow_of != nullptr ? shadow_of->scopes_[s]->patterns[slot] : scope.patterns[slot];
      if (applying == Applies::yes) add_elements(scope, patterns[slot]);
    }
  }
  if (shadow_of == nullptr) bind_results();
}

template <typename T, typename Definition>
T& Evaluator::make(Pool<T>& pool, ScopeInstance& scope, FlatIndex<T>& index,
                   const FlatIndex<Decided>& decided, std::uint32_t number,
                   const Definition& definition) {
  T& made = pool.take();
  made.definition = number;
  made.scope = &scope;
  made.id = scope.element(definition.id);
  made.is_new = true;
  made.decided = decided.find(number);
  index.set(number, &made);
  return made;
}

namespace {

void empty(RiskInstance& risk) { risk.adjusted = false; }
void empty(WeaknessInstance& weakness) {
  weakness.results.clear();
  weakness.tested = Tested::untested;
}
void empty(CountermeasureInstance& measure) {
  measure.results.clear();
  measure.tested = Tested::untested;
  measure.state.reset();
}

}  // namespace

template <typename T>
void Evaluator::discard(Pool<T>& pool, FlatIndex<T>& index, T& instance) {
  index.erase(instance.definition);
  instance.definition = no_index;
  instance.touched = false;
  instance.last_tested = Tested::untested;
  instance.forget();
  empty(instance);
  pool.give_back(instance);
}

const std::vector<RiskInstance*>& Evaluator::risks_in(ScopeInstance& scope) {
  std::vector<RiskInstance*>& risks = scope.risks_by_id;
  if (risks.size() != scope.risks.size()) {
    risks.clear();
    scope.risks.each([&](RiskInstance* risk) { risks.push_back(risk); });
    const auto& rank = dependencies_.shape.risk_rank;
    std::sort(risks.begin(), risks.end(), [&](const RiskInstance* a, const RiskInstance* b) {
      return rank[a->definition] < rank[b->definition];
    });
  }
  return risks;
}

const std::vector<RiskInstance*>& Evaluator::risks() {
  if (scopes_.size() == 1) return risks_in(product_scope());
  if (risks_by_id_.size() != risks_.size()) {
    risks_by_id_.clear();
    for (RiskInstance* each : risks_) risks_by_id_.push_back(each);
    std::sort(risks_by_id_.begin(), risks_by_id_.end(),
              [](const RiskInstance* a, const RiskInstance* b) { return a->id < b->id; });
  }
  return risks_by_id_;
}

std::vector<std::string> Evaluator::element_ids() const {
  std::vector<std::string> ids;
  const auto add = [&](const auto& pool) {
    for (const auto* each : pool) ids.push_back(each->id.str());
  };
  add(risks_);
  add(weaknesses_);
  add(countermeasures_);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// The update that runs looks at every element that the pattern has, also those that were there.
void Evaluator::add_elements(ScopeInstance& scope, std::uint32_t pattern) {
  const auto seen = [&](auto& element) {
    if (running_ != nullptr) running_->take(&element);
  };
  scope.risks_by_id.clear();
  risks_by_id_.clear();
  for (const std::uint32_t risk : program_.patterns[pattern].risks) {
    seen(make(risks_, scope, scope.risks, scope.decided_risks, risk, program_.risks[risk]));
    for (const std::uint32_t index : dependencies_.shape.weaknesses_of_risk.of(risk)) {
      WeaknessInstance* weakness = scope.weaknesses.find(index);
      if (weakness == nullptr) {
        weakness = &make(weaknesses_, scope, scope.weaknesses, scope.decided_weaknesses, index,
                         program_.weaknesses[index]);
        for (const Shape::Use& use : dependencies_.shape.uses_of_weakness.of(index)) {
          CountermeasureInstance* measure = scope.countermeasures.find(use.element);
          if (measure == nullptr) {
            measure =
                &make(countermeasures_, scope, scope.countermeasures, scope.decided_countermeasures,
                      use.element, program_.countermeasures[use.element]);
          }
          ++measure->holders;
          seen(*measure);
        }
      } else {
        for (const auto& [use, measure] : uses_of(*weakness)) seen(*measure);
      }
      ++weakness->holders;
      seen(*weakness);
    }
  }
}

// And at every one that the pattern had and that others have too.
void Evaluator::remove_elements(ScopeInstance& scope, std::uint32_t pattern) {
  scope.risks_by_id.clear();
  risks_by_id_.clear();
  for (const std::uint32_t index : program_.patterns[pattern].risks) {
    RiskInstance& risk = *scope.risks.find(index);
    for (WeaknessInstance* weakness : weaknesses_of(risk)) {
      const bool weakness_stays = --weakness->holders > 0;
      for (const auto& [use, measure] : uses_of(*weakness)) {
        if (weakness_stays || --measure->holders > 0)
          touch(*measure);
        else
          discard(countermeasures_, scope.countermeasures, *measure);
      }
      if (weakness_stays)
        touch(*weakness);
      else
        discard(weaknesses_, scope.weaknesses, *weakness);
    }
    discard(risks_, scope.risks, risk);
  }
}

}  // namespace riskd::engine
