// What facts, and time, touch directly: where a change begins.
#include <algorithm>
#include <type_traits>

#include "engine/facts/answers.hpp"
#include "engine/update/update.hpp"

namespace riskd::engine {

// ── what facts touch ───────────────────────────────────────────────────────────────────────────

// Gives where the facts have the answer, if there is one and its place is known.
const Stamped<RawValue>* Update::answers(
    ScopeInstance& scope, const std::vector<std::pair<std::string, RawValue>>& values) {
  const Stamped<RawValue>* place = nullptr;
  for (const auto& [id, value] : values) {
    const std::uint32_t question = question_named(evaluator.program_, scope.component_type, id);
    if (question == no_index) continue;
    const Stamped<RawValue>* given = evaluator.answer(question, scope);
    answered.push_back({&scope, question, given != nullptr});
    if (values.size() == 1 && evaluator.program_.questions[question].was.empty()) place = given;
  }
  return place;
}

void Update::fields(ScopeInstance& scope,
                    const std::vector<std::pair<std::string, RawValue>>& values) {
  for (const auto& [name, value] : values) {
    for (std::uint32_t i = 0; i < evaluator.program_.fields.size(); ++i) {
      const Field& field = evaluator.program_.fields[i];
      const bool named = field.name == name ||
                         std::find(field.was.begin(), field.was.end(), name) != field.was.end();
      if (!named || (field.kind == Kind::product) != scope.is_product()) continue;
      set_fields.emplace_back(&scope, i);
      approvals = approvals || field.required;
    }
  }
}

void Update::look_at(const NamedElement& named) {
  const auto look = [&](std::uint32_t definition, Kind kind) {
    if (definition != no_index) elements.push_back({named.scope, kind, definition});
  };
  look(named.risk, Kind::risk);
  look(named.weakness, Kind::weakness);
  look(named.countermeasure, Kind::countermeasure);
}

void Update::element(std::string_view id) { look_at(evaluator.element_named(id)); }

KnownPlace Update::expect(const Fact& fact) {
  KnownPlace place;
  const auto visit = [&](const auto& body) {
    using Body = std::decay_t<decltype(body)>;
    if constexpr (std::is_same_v<Body, ProductFact>) {
      everything = true;
    } else if constexpr (std::is_same_v<Body, AnswersFact>) {
      if (ScopeInstance* scope = evaluator.scope_of(body.component))
        place.answer = answers(*scope, body.answers);
    } else if constexpr (std::is_same_v<Body, FieldsFact>) {
      if (ScopeInstance* scope = evaluator.scope_of(body.component)) fields(*scope, body.fields);
    } else if constexpr (std::is_same_v<Body, ComponentFact>) {
      ScopeInstance* scope = evaluator.scope_of(body.id);
      const bool stays =
          scope != nullptr && !body.removed && body.was.empty() &&
          (body.type.empty() ||
           component_type_named(evaluator.program_, body.type) == scope->component_type);
      if (!stays) {
        everything = true;
        return;
      }
      answers(*scope, body.answers);
      fields(*scope, body.fields);
    } else if constexpr (std::is_same_v<Body, DecisionFact>) {
      place.decision = decide(body);
    } else if constexpr (std::is_same_v<Body, ApproveFact>) {
      approvals = true;
    } else if constexpr (std::is_same_v<Body, TicketFact>) {
      tickets.insert({body.ticket, body.element});
      element(body.element);
    } else if constexpr (std::is_same_v<Body, ToldFact>) {
      tickets.insert({body.ticket, body.element});
    } else if constexpr (std::is_same_v<Body, ResultFact>) {
      place.test = result(body);
    } else if constexpr (std::is_same_v<Body, RunFact> || std::is_same_v<Body, SuiteFact>) {
      suites.insert(body.suite);
    }
  };
  std::visit(visit, fact.body);
  return place;
}

// Gives where the facts have what was said of the test before.
const std::vector<KeptEntry>* Update::result(const ResultFact& fact) {
  const TestResult& result = fact.result;
  const auto suite = evaluator.product_->suites.find(fact.suite);
  if (suite != evaluator.product_->suites.end() && suite->second.source != fact.source)
    suites.insert(fact.suite);
  const auto known =
      evaluator.tests_.find(TestNamed{result.id, fact.suite, result.component, result.scope});
  if (known == evaluator.tests_.end()) {
    tests.insert({fact.suite, {result.component, result.id, result.scope}});
    return nullptr;
  }
  BoundTest& test = known->second;
  if (!test.told) told.push_back(&test);
  test.told = true;
  return test.said;
}

// Gives where the facts have an earlier decision of the same.
const Stamped<DecisionFact>* Update::decide(const DecisionFact& fact) {
  const DecisionEntry* held = nullptr;
  const std::string aspect = aspect_of(fact);
  const NamedElement named = evaluator.element_named(fact.element);
  const auto look = [&](std::uint32_t definition, const FlatIndex<Decided>& decided_of) {
    const Decided* of_element = definition == no_index ? nullptr : decided_of.find(definition);
    if (held == nullptr && of_element != nullptr) held = of_element->find(aspect);
  };
  if (named.scope != nullptr) {
    look(named.countermeasure, named.scope->decided_countermeasures);
    look(named.risk, named.scope->decided_risks);
    look(named.weakness, named.scope->decided_weaknesses);
    look_at(named);
  }
  // An earlier id of the element leads to decisions of its own.
  if (held != nullptr && held->first.element != fact.element) held = nullptr;
  if (held == nullptr) {
    const DecisionKey key{fact.element, aspect};
    const auto known = evaluator.product_->decisions.find(key);
    if (known != evaluator.product_->decisions.end())
      held = &*known;
    else
      decided.insert(key);
  }
  if (aspect == "false-positive") decision_of({fact.element, aspect});
  if (held == nullptr) return nullptr;
  decided_again.push_back(held);
  if (!held->second.value.until || !ending.insert(held).second) return &held->second;
  const Instant end = start_of(Date{held->second.value.until->days + 1});
  const auto waiting = evaluator.decision_ends_.find(end);
  if (waiting != evaluator.decision_ends_.end()) evaluator.decision_ends_.erase(waiting);
  return &held->second;
}

void Update::decision_of(const DecisionKey& key) {
  if (key.aspect != "false-positive") return element(key.element);
  // Of "zap:10202" or "api/zap:10202", every test that has the id.
  const std::size_t colon = key.element.find(':');
  if (colon == std::string::npos) return;
  const std::size_t slash = key.element.rfind('/', colon);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const std::string source = key.element.substr(begin, colon - begin);
  const std::string id = key.element.substr(colon + 1);
  for (auto& [test_key, test] : evaluator.tests_) {
    const TestResult& result = test.holds->result();
    const bool named = result.id == id || std::find(result.aliases.begin(), result.aliases.end(),
                                                    id) != result.aliases.end();
    if (test.holds->source == source && named) move(test);
  }
}

void Update::move(BoundTest& test) {
  if (test.moving) return;
  test.moving = true;
  moving.push_back(&test);
}

// ── time ───────────────────────────────────────────────────────────────────────────────────────

void Update::pass_time(Instant now) {
  const Instant before = evaluator.now_;
  for (const DecisionKey& key : decided) {
    const DecisionEntry& entry = *evaluator.product_->decisions.find(key);
    evaluator.enter_decision(entry);
    decided_again.push_back(&entry);
  }
  std::sort(decided_again.begin(), decided_again.end());
  decided_again.erase(std::unique(decided_again.begin(), decided_again.end()), decided_again.end());
  for (const DecisionEntry* each : decided_again) {
    if (!each->second.value.until) continue;
    const Instant end = start_of(Date{each->second.value.until->days + 1});
    if (end > before) evaluator.decision_ends_.insert(end);
  }
  evaluator.now_ = now;
  if (!evaluator.decision_ends_.empty() && *evaluator.decision_ends_.begin() <= now) {
    evaluator.decision_ends_.erase(evaluator.decision_ends_.begin(),
                                   evaluator.decision_ends_.upper_bound(now));
    for (const auto& [key, held] : evaluator.product_->decisions) {
      if (!held.value.until) continue;
      const Instant end = start_of(Date{held.value.until->days + 1});
      if (end > before && end <= now) decision_of(key);
    }
  }
  if (!evaluator.stale_ends_.empty() && *evaluator.stale_ends_.begin() <= now) {
    evaluator.stale_ends_.erase(evaluator.stale_ends_.begin(),
                                evaluator.stale_ends_.upper_bound(now));
    for (auto& [key, test] : evaluator.tests_) {
      if (!test.stale_at || *test.stale_at > now) continue;
      test.stale_at.reset();
      test.holds->stale = true;
      for (const WeaknessInstance* each : test.weaknesses) evaluator.touch(*each);
      for (const CountermeasureInstance* each : test.countermeasures) evaluator.touch(*each);
    }
  }
  if (date_of(before) != date_of(now))
    notify(evaluator.dependencies_.of_today, evaluator.product_scope());
}

}  // namespace riskd::engine
