// The elements of the model: made from what applies, taken away, copied.
#include "engine/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/update.hpp"

namespace riskd::engine {

namespace {

// By id: within a scope the ranks have its order.
constexpr auto by_id = [](const auto* a, const auto* b) { return a->rank < b->rank; };
constexpr auto uses_by_id = [](const auto& a, const auto& b) {
  return a.second->rank < b.second->rank;
};

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

template <typename T, typename Less>
void insert_sorted(std::vector<T>& all, T item, Less less) {
  all.insert(std::upper_bound(all.begin(), all.end(), item, less), std::move(item));
}

template <typename T, typename Less>
void erase_sorted(std::vector<T>& all, const T& item, Less less) {
  auto it = std::lower_bound(all.begin(), all.end(), item, less);
  while (it != all.end() && *it != item) ++it;
  if (it != all.end()) all.erase(it);
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
}

Evaluator::Evaluator(const Evaluator& other, const Product& product)
    : program_(other.program_),
      product_(&product),
      dependencies_(other.dependencies_),
      now_(other.now_),
      without_defaults_(other.without_defaults_),
      tests_(other.tests_),
      decided_elements_(other.decided_elements_),
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
    point_at_facts(*scopes_.back(), product);
    find_answers(*scopes_.back());
  }
  const auto copy = [&](auto& store, const auto& from) {
    for (const auto& each : from) {
      store.push_back(std::make_unique<typename std::decay_t<decltype(*each)>>(*each));
      store.back()->scope = scopes.at(each->scope);
    }
  };
  copy(risk_store_, other.risk_store_);
  copy(weakness_store_, other.weakness_store_);
  copy(countermeasure_store_, other.countermeasure_store_);
  const auto point = [&](RiskInstance*& each) { each = risk_store_[each->slot].get(); };
  const auto point_weakness = [&](WeaknessInstance*& each) {
    each = weakness_store_[each->slot].get();
  };
  const auto point_measure = [&](CountermeasureInstance*& each) {
    each = countermeasure_store_[each->slot].get();
  };
  const auto point_results = [&](TestedElement& element) {
    const auto moved = [&](const BoundResult* result) {
      const TestResult& of = result->entry.result;
      return &*tests_.at({result->suite, {of.component, of.id, of.scope}}).holds;
    };
    const auto theirs = std::exchange(element.results, {});
    for (const BoundResult* each : theirs)
      element.results.insert(element.results.end(), moved(each));
    if (element.deciding != nullptr) element.deciding = moved(element.deciding);
  };
  for (const auto& scope : scopes_) {
    for (RiskInstance*& each : scope->risks) point(each);
    scope->risk_of.replace([&](auto* each) { return risk_store_[each->slot].get(); });
    scope->weaknesses.replace([&](auto* each) { return weakness_store_[each->slot].get(); });
    scope->countermeasures.replace(
        [&](auto* each) { return countermeasure_store_[each->slot].get(); });
  }
  for (const auto& risk : risk_store_) {
    for (WeaknessInstance*& each : risk->weaknesses) point_weakness(each);
    for (RiskUse& each : risk->uses) {
      point_weakness(each.weakness);
      point_measure(each.countermeasure);
    }
  }
  for (const auto& weakness : weakness_store_) {
    for (RiskInstance*& each : weakness->risks) point(each);
    for (auto& [use, each] : weakness->uses) point_measure(each);
    point_results(weakness->tests);
  }
  for (const auto& measure : countermeasure_store_) {
    for (auto& [use, each] : measure->uses) point_weakness(each);
    point_results(measure->tests);
  }
  for (auto& [key, test] : tests_) {
    test.key = &key;
    index(test, true);
    for (WeaknessInstance*& each : test.weaknesses) point_weakness(each);
    for (CountermeasureInstance*& each : test.countermeasures) point_measure(each);
  }
}

void Evaluator::build(const Evaluator* shadow_of) {
  for (const auto& [key, decided] : product_->decisions) {
    decided_elements_.insert(key.element);
    if (!decided.value.until) continue;
    const Instant end = start_of(Date{decided.value.until->days + 1});
    if (end > now_) decision_ends_.insert(end);
  }
  add_scopes();
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

template <typename T>
T& Evaluator::make(Store<T>& store, Store<T>& spare, std::uint32_t definition, std::uint32_t rank,
                   ScopeInstance& scope, const std::string& id) {
  if (spare.empty()) {
    store.push_back(std::make_unique<T>());
  } else {
    store.push_back(std::move(spare.back()));
    spare.pop_back();
  }
  T& made = *store.back();
  made.definition = definition;
  made.slot = static_cast<std::uint32_t>(store.size() - 1);
  made.rank = rank;
  made.scope = &scope;
  if (scope.is_product())
    made.id = id;
  else
    made.id = scope.element(id);
  made.is_new = true;
  made.decided = !decided_elements_.empty() && decided_elements_.contains(made.id);
  return made;
}

namespace {

void empty(RiskInstance& risk) {
  risk.weaknesses.clear();
  risk.uses.clear();
  risk.adjusted = false;
}
void empty(WeaknessInstance& weakness) {
  weakness.risks.clear();
  weakness.uses.clear();
  weakness.tests = {};
}
void empty(CountermeasureInstance& measure) {
  measure.uses.clear();
  measure.tests = {};
  measure.state.reset();
}

constexpr std::size_t spare_instances = 64;  // that are kept of each kind

}  // namespace

template <typename T>
void Evaluator::discard(Store<T>& store, Store<T>& spare, T& instance) {
  const std::uint32_t slot = instance.slot;
  std::swap(store[slot], store.back());
  store[slot]->slot = slot;
  if (spare.size() < spare_instances) {
    instance.forget();
    instance.touched = false;
    instance.last_tested = Tested::untested;
    empty(instance);
    spare.push_back(std::move(store.back()));
  }
  store.pop_back();
}

const std::vector<RiskInstance*>& Evaluator::risks() {
  if (risks_.empty()) {
    for (const auto& scope : scopes_)
      risks_.insert(risks_.end(), scope->risks.begin(), scope->risks.end());
    if (scopes_.size() > 1) {
      std::sort(risks_.begin(), risks_.end(),
                [](const RiskInstance* a, const RiskInstance* b) { return a->id < b->id; });
    }
  }
  return risks_;
}

std::vector<std::string> Evaluator::element_ids() const {
  std::vector<std::string> ids;
  const auto add = [&](const auto& store) {
    for (const auto& each : store) ids.push_back(each->id);
  };
  add(risk_store_);
  add(weakness_store_);
  add(countermeasure_store_);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// In id order: countermeasure, then weakness.
void Evaluator::order_uses(RiskInstance& risk) {
  risk.uses.clear();
  for (WeaknessInstance* weakness : risk.weaknesses) {
    for (const auto& [use, measure] : weakness->uses) risk.uses.push_back({use, measure, weakness});
  }
  std::sort(risk.uses.begin(), risk.uses.end(), [](const RiskUse& a, const RiskUse& b) {
    return std::tie(a.countermeasure->rank, a.weakness->rank) <
           std::tie(b.countermeasure->rank, b.weakness->rank);
  });
}

void Evaluator::add_elements(ScopeInstance& scope, std::uint32_t pattern) {
  risks_.clear();
  for (const std::uint32_t risk_index : program_.patterns[pattern].risks) {
    const Risk& definition = program_.risks[risk_index];
    RiskInstance& risk = make(risk_store_, spare_risks_, risk_index,
                              dependencies_.risk_rank[risk_index], scope, definition.id);
    for (const std::uint32_t weakness_index : definition.weaknesses) {
      WeaknessInstance* weakness = scope.weaknesses.find(weakness_index);
      if (weakness == nullptr) {
        const Weakness& weakness_definition = program_.weaknesses[weakness_index];
        weakness =
            &make(weakness_store_, spare_weaknesses_, weakness_index,
                  dependencies_.weakness_rank[weakness_index], scope, weakness_definition.id);
        scope.weaknesses.set(weakness_index, weakness);
        for (const std::uint32_t use : weakness_definition.uses) {
          const std::uint32_t index = program_.uses[use].countermeasure;
          CountermeasureInstance* measure = scope.countermeasures.find(index);
          if (measure == nullptr) {
            measure = &make(countermeasure_store_, spare_countermeasures_, index,
                            dependencies_.countermeasure_rank[index], scope,
                            program_.countermeasures[index].id);
            scope.countermeasures.set(index, measure);
          }
          insert_sorted(weakness->uses, {use, measure}, uses_by_id);
          insert_sorted(measure->uses, {use, weakness}, uses_by_id);
        }
      }
      insert_sorted(weakness->risks, &risk, by_id);
      insert_sorted(risk.weaknesses, weakness, by_id);
    }
    order_uses(risk);
    scope.risk_of.set(risk_index, &risk);
    insert_sorted(scope.risks, &risk, by_id);
  }
}

void Evaluator::remove_elements(ScopeInstance& scope, std::uint32_t pattern) {
  risks_.clear();
  for (const std::uint32_t risk_index : program_.patterns[pattern].risks) {
    RiskInstance& risk = *scope.risk_of.find(risk_index);
    scope.risk_of.erase(risk_index);
    erase_sorted(scope.risks, &risk, by_id);
    for (WeaknessInstance* weakness : risk.weaknesses) {
      erase_sorted(weakness->risks, &risk, by_id);
      if (!weakness->risks.empty()) continue;
      for (const auto& [use, measure] : weakness->uses) {
        erase_sorted(measure->uses, {use, weakness}, uses_by_id);
        if (!measure->uses.empty()) continue;
        scope.countermeasures.erase(measure->definition);
        discard(countermeasure_store_, spare_countermeasures_, *measure);
      }
      scope.weaknesses.erase(weakness->definition);
      discard(weakness_store_, spare_weaknesses_, *weakness);
    }
    discard(risk_store_, spare_risks_, risk);
  }
}

}  // namespace riskd::engine
