#include "engine/evaluate/elements.hpp"

#include <algorithm>

#include "engine/evaluate/bound_tests.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/scopes.hpp"

namespace riskd::engine {

Elements::Elements(const Basis& basis, const Scopes& scopes, BoundTests& tests)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      scopes_(scopes),
      tests_(tests) {}

void Elements::copy(const Elements& other) {
  for (const auto& from : other.blocks_.owned()) blocks_.copy(*from, scopes_.twin(from->scope()));
}

// Places for the elements of a block, with what is known of them.
Block& Elements::make_block(ScopeInstance& scope, std::uint32_t number) {
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
  if (!tests_.empty()) tests_.bring_to(block);
  return block;
}

// Of an element that a pattern has which begins.
template <typename T>
T& Elements::place(Finder& in, ScopeInstance& scope, std::uint32_t definition) {
  if (T* known = in.place<T>(definition)) return *known;
  make_block(scope, place_in<T>(dependencies_.shape, definition).block);
  in.forget();
  return *in.place<T>(definition);
}

template <typename T>
void Elements::enter(T& element) {
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
void Elements::leave(T& element) {
  blocks_.leave(element);
  element.touched = false;
  element.last_tested = Tested::untested;
  element.forget();
  empty(element);
}

void Elements::forget_order(ScopeInstance& scope) {
  scope.risks_by_id.clear();
  risks_by_id_.clear();
}

// The update that runs looks at every element that the pattern has, also those that were there.
void Elements::add(ScopeInstance& scope, std::uint32_t pattern) {
  const auto seen = [&](auto& element) {
    if (watch_ != nullptr) watch_->brought(element);
  };
  forget_order(scope);
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
void Elements::remove(ScopeInstance& scope, std::uint32_t pattern) {
  forget_order(scope);
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

void Elements::touch(const WeaknessInstance& weakness) const {
  if (watch_ != nullptr) watch_->touched(weakness);
}

void Elements::touch(const CountermeasureInstance& countermeasure) const {
  if (watch_ != nullptr) watch_->touched(countermeasure);
}

const std::vector<RiskInstance*>& Elements::risks_in(ScopeInstance& scope) {
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

const std::vector<RiskInstance*>& Elements::risks() {
  if (scopes_.size() == 1) return risks_in(scopes_.product());
  if (risks_by_id_.empty()) {
    for (RiskInstance* each : all<RiskInstance>()) risks_by_id_.push_back(each);
    std::sort(risks_by_id_.begin(), risks_by_id_.end(),
              [](const RiskInstance* a, const RiskInstance* b) { return a->id < b->id; });
  }
  return risks_by_id_;
}

std::vector<std::pair<std::string, Context>> Elements::of_kind(Kind kind) const {
  std::vector<std::pair<std::string, Context>> elements;
  if (kind == Kind::risk) {
    for (RiskInstance* each : all<RiskInstance>())
      elements.emplace_back(each->id, context_of(*each));
  } else if (kind == Kind::weakness) {
    for (WeaknessInstance* each : all<WeaknessInstance>())
      elements.emplace_back(each->id, context_of(*each));
  } else {
    for (CountermeasureInstance* each : all<CountermeasureInstance>())
      elements.emplace_back(each->id, context_of(*each));
  }
  std::sort(elements.begin(), elements.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return elements;
}

ElementReference Elements::named(std::string_view id) const {
  const std::size_t slash = id.find('/');
  const bool bare = slash == std::string_view::npos;
  ElementReference named;
  if (slash == 0) return named;  // a component has a name
  named.scope = scopes_.named(bare ? std::string_view() : id.substr(0, slash));
  if (named.scope == nullptr) return named;
  if (!bare) id.remove_prefix(slash + 1);
  const auto found = dependencies_.elements_named.find(id);
  if (found == dependencies_.elements_named.end()) return named;
  named.risk = found->second.risk;
  named.weakness = found->second.weakness;
  named.countermeasure = found->second.countermeasure;
  return named;
}

RiskInstance* Elements::risk_named(std::string_view id) const {
  const ElementReference found = named(id);
  if (found.scope == nullptr || found.risk == no_index) return nullptr;
  return found.scope->find<RiskInstance>(found.risk);
}

std::string Elements::present_id(std::string_view id, Kind kind) const {
  const std::size_t slash = id.find('/');
  std::string prefix;
  if (slash != std::string_view::npos) {
    prefix = present_component(*basis_.product, std::string(id.substr(0, slash))) + "/";
    id.remove_prefix(slash + 1);
  }
  const auto found = dependencies_.elements_named.find(id);
  if (found == dependencies_.elements_named.end()) return prefix + std::string(id);
  const auto& [risk, weakness, countermeasure] = found->second;  // definitions
  if (kind == Kind::risk && risk != no_index) return prefix + program_.risks[risk].id;
  if (kind == Kind::weakness && weakness != no_index)
    return prefix + program_.weaknesses[weakness].id;
  if (kind == Kind::countermeasure && countermeasure != no_index)
    return prefix + program_.countermeasures[countermeasure].id;
  return prefix + std::string(id);
}

std::vector<std::string> Elements::ids(const Elements* today) const {
  std::vector<std::string> ids;
  const auto add = [&](const auto& all, Kind kind) {
    for (const auto* each : all) {
      ids.push_back(today == nullptr ? each->id.str() : today->present_id(each->id.str(), kind));
    }
  };
  add(all<RiskInstance>(), Kind::risk);
  add(all<WeaknessInstance>(), Kind::weakness);
  add(all<CountermeasureInstance>(), Kind::countermeasure);
  std::sort(ids.begin(), ids.end());
  return ids;
}

Context context_of(RiskInstance& risk) {
  Context context;
  if (!risk.scope->is_product()) context.component = risk.scope;
  context.risk = &risk;
  return context;
}

Context context_of(WeaknessInstance& weakness) {
  Context context;
  if (!weakness.scope->is_product()) context.component = weakness.scope;
  context.weakness = &weakness;
  for (RiskInstance* risk : risks_of(weakness)) {
    context.risk = risk;
    break;
  }
  return context;
}

Context context_of(CountermeasureInstance& countermeasure) {
  Context context;
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    context = context_of(*weakness);
    break;
  }
  if (!countermeasure.scope->is_product()) context.component = countermeasure.scope;
  context.countermeasure = &countermeasure;
  return context;
}

Context context_of(Kind kind, Instance& element) {
  if (kind == Kind::risk) return context_of(static_cast<RiskInstance&>(element));
  if (kind == Kind::weakness) return context_of(static_cast<WeaknessInstance&>(element));
  return context_of(static_cast<CountermeasureInstance&>(element));
}

Context context_of(ScopeInstance& scope) {
  Context context;
  if (!scope.is_product()) context.component = &scope;
  return context;
}

Context own_context(Kind kind, const Context& context) {
  if (kind == Kind::risk) return context_of(*context.risk);
  if (kind == Kind::weakness) return context_of(*context.weakness);
  return context_of(*context.countermeasure);
}

Instance* instance_of(Kind kind, const Context& context) {
  if (kind == Kind::risk) return context.risk;
  if (kind == Kind::weakness) return context.weakness;
  return context.countermeasure;
}

}  // namespace riskd::engine
