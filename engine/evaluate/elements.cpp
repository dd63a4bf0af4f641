// The elements of the model: made from what applies, taken away, copied.
#include "engine/evaluate/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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
  field_missing_.reset();
  for (const auto& scope : scopes_) {
    point_at_facts(*scope, product);
    find_answers(*scope);
  }
  find_decisions();
  find_tickets();
  find_listings();
}

Evaluator::Evaluator(const Evaluator& other, const Product& product)
    : program_(other.program_),
      product_(&product),
      dependencies_(other.dependencies_),
      now_(other.now_),
      without_defaults_(other.without_defaults_),
      tests_(other.tests_),
      decision_ends_(other.decision_ends_),
      stale_ends_(other.stale_ends_),
      extremes_(other.extremes_),
      counters_(other.counters_),
      strange_tickets_(other.strange_tickets_),
      rating_(other.rating_) {
  std::map<const ScopeInstance*, ScopeInstance*> scopes;
  for (const auto& scope : other.scopes_) {
    scopes_.push_back(std::make_unique<ScopeInstance>(*scope));
    scopes[scope.get()] = scopes_.back().get();
    scopes_.back()->risks_by_id.clear();
    scopes_.back()->blocks.clear();
    point_at_facts(*scopes_.back(), product);
    find_answers(*scopes_.back());
  }
  for (const auto& from : other.blocks_.owned()) blocks_.copy(*from, *scopes.at(&from->scope()));
  find_decisions();
  copy_tickets(other, scopes);
  find_listings();
  for (auto& entry : tests_) {
    BoundTest& test = entry.second;
    index(test, true);
    const auto bring = [&]<typename T>(std::vector<T*>& reached) {
      for (T*& each : reached) {
        each = scopes.at(each->scope)->template place<T>(each->definition);
        each->results.add(*test.holds);
      }
    };
    bring(test.weaknesses);
    bring(test.countermeasures);
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
  for (const auto& block : blocks_.owned())
    block->each([](auto& element) { element.decided = nullptr; });
  for (const DecisionEntry& each : product_->decisions) enter_decision(each);
}

// A decision that is new in the facts, before or after its element is.
void Evaluator::enter_decision(const DecisionEntry& entry) {
  if (entry.first.aspect == "false-positive") ++false_positives_;
  const NamedElement named = element_named(entry.first.element);
  if (named.scope == nullptr) return;
  ScopeInstance& scope = *named.scope;
  const auto enter = [&]<typename T>(T*, std::uint32_t definition, FlatIndex<Decided>& decided) {
    if (definition == no_index) return;
    Decided* held = decided.find(definition);
    if (held == nullptr) {
      decided_.push_back(std::make_unique<Decided>());
      held = decided_.back().get();
      decided.set(definition, held);
      if (T* element = scope.place<T>(definition)) element->decided = held;
    }
    held->all.push_back(&entry);
    if (entry.first.aspect != "state") return;
    held->several_states = held->several_states || held->state != nullptr;
    held->state = &entry;
  };
  constexpr RiskInstance* risk = nullptr;
  constexpr WeaknessInstance* weakness = nullptr;
  constexpr CountermeasureInstance* measure = nullptr;
  enter(risk, named.risk, scope.decided_risks);
  enter(weakness, named.weakness, scope.decided_weaknesses);
  enter(measure, named.countermeasure, scope.decided_countermeasures);
}

Evaluator::NamedElement Evaluator::element_named(std::string_view element) {
  const std::size_t slash = element.find('/');
  const bool bare = slash == std::string_view::npos;
  NamedElement named;
  if (slash == 0) return named;  // a component has a name
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

RiskInstance* Evaluator::risk_named(std::string_view id) {
  const NamedElement named = element_named(id);
  if (named.scope == nullptr || named.risk == no_index) return nullptr;
  return named.scope->find<RiskInstance>(named.risk);
}

void Evaluator::build(const Evaluator* shadow_of) {
  for (const auto& [key, decided] : product_->decisions) {
    if (!decided.value.until) continue;
    const Instant end = start_of(Date{decided.value.until->days + 1});
    if (end > now_) decision_ends_.insert(end);
  }
  add_scopes();
  find_decisions();
  find_tickets();
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

// Places for the elements of a block, with what is known of them.
Block& Evaluator::make_block(ScopeInstance& scope, std::uint32_t number) {
  Block& block = blocks_.make(scope, number);
  const Shape& shape = dependencies_.shape;
  const auto name = [&](auto elements, std::span<const std::uint32_t> numbers,
                        const auto& definitions, const FlatIndex<Decided>& decided) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      elements[i].definition = numbers[i];
      elements[i].scope = &scope;
      elements[i].id = scope.element(definitions[numbers[i]].id);
      elements[i].decided = decided.find(numbers[i]);
    }
  };
  name(block.all<RiskInstance>(), shape.risks_of_block.of(number), program_.risks,
       scope.decided_risks);
  name(block.all<WeaknessInstance>(), shape.weaknesses_of_block.of(number), program_.weaknesses,
       scope.decided_weaknesses);
  name(block.all<CountermeasureInstance>(), shape.countermeasures_of_block.of(number),
       program_.countermeasures, scope.decided_countermeasures);
  if (!tests_.empty()) bring_tests(block);
  return block;
}

// Of an element that a pattern has which begins.
template <typename T>
T& Evaluator::place(Finder& in, ScopeInstance& scope, std::uint32_t definition) {
  if (T* known = in.place<T>(definition)) return *known;
  make_block(scope, place_in<T>(dependencies_.shape, definition).block);
  in.forget();
  return *in.place<T>(definition);
}

template <typename T>
void Evaluator::enter(T& element) {
  blocks_.enter(element);
  element.is_new = true;
}

namespace {

void empty(RiskInstance& risk) { risk.adjusted = false; }
// Results of tests that stay are kept.
void empty(WeaknessInstance& weakness) { weakness.tested = Tested::untested; }
void empty(CountermeasureInstance& measure) {
  measure.tested = Tested::untested;
  measure.state.reset();
}

}  // namespace

template <typename T>
void Evaluator::leave(T& element) {
  blocks_.leave(element);
  element.touched = false;
  element.last_tested = Tested::untested;
  element.forget();
  empty(element);
}

const std::vector<RiskInstance*>& Evaluator::risks_in(ScopeInstance& scope) {
  std::vector<RiskInstance*>& risks = scope.risks_by_id;
  if (risks.empty()) {
    scope.blocks.each([&](Block* block) {
      for (RiskInstance& risk : block->all<RiskInstance>()) {
        if (risk.is_there) risks.push_back(&risk);
      }
    });
    const auto& rank = dependencies_.shape.risk_rank;
    std::sort(risks.begin(), risks.end(), [&](const RiskInstance* a, const RiskInstance* b) {
      return rank[a->definition] < rank[b->definition];
    });
  }
  return risks;
}

const std::vector<RiskInstance*>& Evaluator::risks() {
  if (scopes_.size() == 1) return risks_in(product_scope());
  if (risks_by_id_.empty()) {
    for (RiskInstance* each : all_risks()) risks_by_id_.push_back(each);
    std::sort(risks_by_id_.begin(), risks_by_id_.end(),
              [](const RiskInstance* a, const RiskInstance* b) { return a->id < b->id; });
  }
  return risks_by_id_;
}

// The update that runs looks at every element that the pattern has, also those that were there.
void Evaluator::add_elements(ScopeInstance& scope, std::uint32_t pattern) {
  const auto seen = [&](auto& element) {
    if (watch_ != nullptr) watch_->brought(element);
  };
  scope.risks_by_id.clear();
  risks_by_id_.clear();
  const Shape& shape = dependencies_.shape;
  Block* const own = scope.blocks.find(pattern);
  Block& block = own != nullptr ? *own : make_block(scope, pattern);
  if (shape.shares_nothing[pattern]) {
    block.each([&](auto& element) {
      enter(element);
      seen(element);
    });
    return;
  }
  Finder in(scope);
  for (RiskInstance& risk : block.all<RiskInstance>()) {
    enter(risk);
    seen(risk);
    for (const std::uint32_t number : shape.weaknesses_of_risk.of(risk.definition)) {
      auto& weakness = place<WeaknessInstance>(in, scope, number);
      const bool begins = weakness.holders++ == 0;
      if (begins) enter(weakness);
      for (const Shape::Use& use : shape.uses_of_weakness.of(number)) {
        auto& measure = place<CountermeasureInstance>(in, scope, use.element);
        if (begins && measure.holders++ == 0) enter(measure);
        seen(measure);
      }
      seen(weakness);
    }
  }
}

// And at every one that the pattern had and that others have too.
void Evaluator::remove_elements(ScopeInstance& scope, std::uint32_t pattern) {
  scope.risks_by_id.clear();
  risks_by_id_.clear();
  Block& block = *scope.blocks.find(pattern);
  if (dependencies_.shape.shares_nothing[pattern]) {
    block.each([&](auto& element) { leave(element); });
    return;
  }
  for (RiskInstance& risk : block.all<RiskInstance>()) {
    for (WeaknessInstance* weakness : weaknesses_of(risk)) {
      const bool weakness_stays = --weakness->holders > 0;
      for (const auto& [use, measure] : uses_of(*weakness)) {
        if (weakness_stays || --measure->holders > 0)
          touch(*measure);
        else
          leave(*measure);
      }
      if (weakness_stays)
        touch(*weakness);
      else
        leave(*weakness);
    }
    leave(risk);
  }
}

void Evaluator::touch(const WeaknessInstance& weakness) {
  if (watch_ != nullptr) watch_->touched(weakness);
}

void Evaluator::touch(const CountermeasureInstance& countermeasure) {
  if (watch_ != nullptr) watch_->touched(countermeasure);
}

}  // namespace riskd::engine
