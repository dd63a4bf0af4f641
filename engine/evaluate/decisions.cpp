#include "engine/evaluate/decisions.hpp"

#include <algorithm>

#include "engine/evaluate/scopes.hpp"

namespace riskd::engine {

std::optional<Instant> end_of(const DecisionFact& fact) {
  if (!fact.until) return std::nullopt;
  return start_of(Date{fact.until->days + 1});
}

Decisions::Decisions(const Basis& basis, const Scopes& scopes, const Elements& elements)
    : basis_(basis), dependencies_(basis.dependencies), scopes_(scopes), elements_(elements) {}

void Decisions::copy(const Decisions& other) {
  ends_ = other.ends_;
  read();
}

void Decisions::read() {
  decided_.clear();
  false_positives_ = 0;
  for (const auto& scope : scopes_) {
    scope->decided_risks.clear();
    scope->decided_weaknesses.clear();
    scope->decided_countermeasures.clear();
  }
  for (const auto& block : elements_.blocks().owned())
    block->each([](auto& element) { element.decided = nullptr; });
  for (const DecisionEntry& each : basis_.product->decisions) enter(each);
}

void Decisions::enter(const DecisionEntry& entry) {
  if (entry.first.aspect == "false-positive") ++false_positives_;
  const ElementReference named = elements_.named(entry.first.element);
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

const Stamped<DecisionFact>* Decisions::of(const Instance& element, std::string_view aspect) const {
  if (element.decided == nullptr) return nullptr;
  const DecisionEntry* entry =
      aspect == "state" ? element.decided->find_state() : element.decided->find(aspect);
  return entry == nullptr ? nullptr : holds_now(entry->second);
}

const Stamped<DecisionFact>* Decisions::false_positive(const std::string& test) const {
  const auto it = basis_.product->decisions.find({test, "false-positive"});
  return it == basis_.product->decisions.end() ? nullptr : holds_now(it->second);
}

const Stamped<DecisionFact>* Decisions::holds_now(const Stamped<DecisionFact>& decided) const {
  const std::optional<Instant> end = end_of(decided.value);
  return end && basis_.now >= *end ? nullptr : &decided;
}

namespace {

template <typename Elements, typename Name>
auto find_listed(const Elements& elements, const std::string& id, const Name& name) {
  const auto found = std::lower_bound(
      elements.begin(), elements.end(), id,
      [&](const auto& each, const std::string& wanted) { return name(each) < wanted; });
  return found != elements.end() && name(*found) == id ? found : elements.end();
}

}  // namespace

bool Decisions::is_approved(Kind kind, const Instance& element) const {
  if (!basis_.product->approval || scopes_.is_any_field_missing()) return false;
  const auto& elements = basis_.product->approval->value.elements;
  const auto lists = [&](const std::string& id) {
    return find_listed(elements, id, [](const std::string& each) { return each; }) !=
           elements.end();
  };
  if (lists(element.id)) return true;
  const auto former = dependencies_.former_ids(kind, element.definition);
  return std::any_of(former.begin(), former.end(),
                     [&](const std::string& id) { return lists(element.scope->element(id)); });
}

const SeenElement* Decisions::seen_of(Kind kind, const Instance& element) const {
  if (!basis_.product->approval) return nullptr;
  const auto& seen = basis_.product->approval->value.seen;
  const auto find = [&](const std::string& id) -> const SeenElement* {
    const auto found = find_listed(seen, id, [](const SeenElement& each) { return each.element; });
    return found == seen.end() ? nullptr : &*found;
  };
  const SeenElement* found = find(element.id);
  for (const std::string& id : dependencies_.former_ids(kind, element.definition)) {
    if (found == nullptr) found = find(element.scope->element(id));
  }
  return found;
}

void Decisions::await_ends() {
  for (const auto& [key, decided] : basis_.product->decisions) await_end(decided.value, basis_.now);
}

void Decisions::await_end(const DecisionFact& fact, Instant after) {
  const std::optional<Instant> end = end_of(fact);
  if (end && *end > after) ends_.insert(*end);
}

void Decisions::forget_end(const DecisionFact& fact) {
  const std::optional<Instant> end = end_of(fact);
  if (!end) return;
  const auto awaited = ends_.find(*end);
  if (awaited != ends_.end()) ends_.erase(awaited);
}

bool Decisions::pass_ends(Instant now) {
  if (ends_.empty() || *ends_.begin() > now) return false;
  ends_.erase(ends_.begin(), ends_.upper_bound(now));
  return true;
}

std::optional<Instant> Decisions::next_end() const {
  return ends_.empty() ? std::nullopt : std::optional(*ends_.begin());
}

}  // namespace riskd::engine
