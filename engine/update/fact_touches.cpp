#include "engine/update/fact_touches.hpp"

#include <algorithm>
#include <variant>

#include "engine/facts/answers.hpp"

namespace riskd::engine {

void FactTouches::expect(const Fact& fact) {
  std::visit([&](const auto& body) { expect(body); }, fact.body);
}

// ── what facts touch ───────────────────────────────────────────────────────────────────────────

void FactTouches::expect(const ProductFact&) { touched_.everything = true; }

// An update is not made with these: they set the clock, and all is evaluated anew.
void FactTouches::expect(const ClockFact&) { touched_.everything = true; }

void FactTouches::expect(const AnswersFact& fact) {
  if (ScopeInstance* scope = evaluator_.scopes.named(fact.component)) answers(*scope, fact.answers);
}

void FactTouches::expect(const FieldsFact& fact) {
  if (ScopeInstance* scope = evaluator_.scopes.named(fact.component)) fields(*scope, fact.fields);
}

void FactTouches::expect(const ComponentFact& fact) {
  ScopeInstance* scope = evaluator_.scopes.named(fact.id);
  const bool stays = scope != nullptr && !fact.removed && fact.was.empty() &&
                     (fact.type.empty() || component_type_named(evaluator_.program(), fact.type) ==
                                               scope->component_type);
  if (!stays) {
    touched_.everything = true;
    return;
  }
  answers(*scope, fact.answers);
  fields(*scope, fact.fields);
}

void FactTouches::expect(const DecisionFact& fact) {
  const DecisionKey key{fact.element, aspect_of(fact)};
  const ElementReference named = evaluator_.elements.named(fact.element);
  if (named.scope != nullptr) touch(named);
  if (key.aspect == "false-positive") touch_decided(key);
  const DecisionEntry* held = earlier_decision(named, key);
  if (held == nullptr) {
    decided_.insert(key);
    return;
  }
  decided_again_.push_back(held);
  if (held->second.value.until && ending_.insert(held).second)
    evaluator_.decisions.forget_end(held->second.value);
}

void FactTouches::expect(const ApproveFact&) { touched_.approvals = true; }

void FactTouches::expect(const TicketFact& fact) {
  touched_.tickets.insert({fact.ticket, fact.element});
  touch(evaluator_.elements.named(fact.element));
}

void FactTouches::expect(const ToldFact& fact) {
  touched_.tickets.insert({fact.ticket, fact.element});
}

void FactTouches::expect(const ResultFact& fact) {
  const TestResult& result = fact.result;
  const auto& suites = evaluator_.product().suites;
  const auto suite = suites.find(fact.suite);
  if (suite != suites.end() && suite->second.source != fact.source) suites_.insert(fact.suite);
  BoundTest* test =
      evaluator_.tests.find(TestNamed{result.id, fact.suite, result.component, result.scope});
  if (test == nullptr) {
    const TestKey key(result.component, result.id, result.scope);
    if (tests_.insert({fact.suite, key}).second) evaluator_.tests.forget(fact.suite, key);
    return;
  }
  if (!test->reported) reported_.push_back(test);
  test->reported = true;
}

void FactTouches::expect(const RunFact& fact) { suites_.insert(fact.suite); }

void FactTouches::expect(const SuiteFact& fact) { suites_.insert(fact.suite); }

void FactTouches::answers(ScopeInstance& scope,
                          const std::vector<std::pair<std::string, RawValue>>& values) {
  for (const auto& [id, value] : values) {
    const std::uint32_t question = question_named(evaluator_.program(), scope.component_type, id);
    if (question != no_index)
      cells_.touch_answer(scope, question, evaluator_.scopes.answered(question, scope));
  }
}

void FactTouches::fields(ScopeInstance& scope,
                         const std::vector<std::pair<std::string, RawValue>>& values) {
  const std::vector<Field>& all = evaluator_.program().fields;
  for (const auto& [name, value] : values) {
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      const Field& field = all[i];
      const bool is_named = field.name == name ||
                            std::find(field.was.begin(), field.was.end(), name) != field.was.end();
      if (!is_named || (field.kind == Kind::product) != scope.is_product()) continue;
      cells_.touch_field(scope, i);
      touched_.approvals = touched_.approvals || field.required;
    }
  }
}

void FactTouches::touch(const ElementReference& named) {
  for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
    if (named.of(kind) != no_index)
      touched_.elements.push_back({named.scope, kind, named.of(kind)});
  }
}

// The earlier decision of the same element, under the same id, and aspect; null where there is none.
const DecisionEntry* FactTouches::earlier_decision(const ElementReference& named,
                                                   const DecisionKey& key) const {
  const DecisionEntry* held = nullptr;
  const auto look = [&](std::uint32_t definition, const FlatIndex<Decided>& decided_of) {
    const Decided* of_element = definition == no_index ? nullptr : decided_of.find(definition);
    if (held == nullptr && of_element != nullptr) held = of_element->find(key.aspect);
  };
  if (named.scope != nullptr) {
    look(named.countermeasure, named.scope->decided_countermeasures);
    look(named.risk, named.scope->decided_risks);
    look(named.weakness, named.scope->decided_weaknesses);
  }
  // An earlier id of the element leads to decisions of its own.
  if (held != nullptr && held->first.element == key.element) return held;
  const auto& decisions = evaluator_.product().decisions;
  const auto known = decisions.find(key);
  return known == decisions.end() ? nullptr : &*known;
}

void FactTouches::touch_decided(const DecisionKey& key) {
  if (key.aspect != "false-positive") return touch(evaluator_.elements.named(key.element));
  // Of "zap:10202" or "api/zap:10202", every test that has the id.
  const std::size_t colon = key.element.find(':');
  if (colon == std::string::npos) return;
  const std::size_t slash = key.element.rfind('/', colon);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const std::string source = key.element.substr(begin, colon - begin);
  const std::string id = key.element.substr(colon + 1);
  for (auto& [test_key, test] : evaluator_.tests.all()) {
    const TestResult result = test.holds->result();
    const bool is_named = result.id == id || std::find(result.aliases.begin(), result.aliases.end(),
                                                       id) != result.aliases.end();
    if (test.holds->source == source && is_named) touched_.move(test);
  }
}

// ── time ───────────────────────────────────────────────────────────────────────────────────────

void FactTouches::pass_time(Instant now) {
  const Instant before = evaluator_.basis.now;
  const auto& decisions = evaluator_.product().decisions;
  for (const DecisionKey& key : decided_) {
    const DecisionEntry& entry = *decisions.find(key);
    evaluator_.decisions.enter(entry);
    decided_again_.push_back(&entry);
  }
  std::sort(decided_again_.begin(), decided_again_.end());
  decided_again_.erase(std::unique(decided_again_.begin(), decided_again_.end()),
                       decided_again_.end());
  for (const DecisionEntry* each : decided_again_)
    evaluator_.decisions.await_end(each->second.value, before);
  evaluator_.basis.now = now;
  if (evaluator_.decisions.pass_ends(now)) {
    for (const auto& [key, held] : decisions) {
      const std::optional<Instant> end = end_of(held.value);
      if (end && *end > before && *end <= now) touch_decided(key);
    }
  }
  evaluator_.tests.pass_time(now);
  if (date_of(before) != date_of(now))
    cells_.touch(evaluator_.dependencies().of_today, evaluator_.scopes.product());
}

// ── tests ──────────────────────────────────────────────────────────────────────────────────────

void FactTouches::bind_tests() {
  BoundTests& all = evaluator_.tests;
  const auto& suites = evaluator_.product().suites;
  // Bind these first. A test may lose its result here, and then it need not be moved.
  const auto bind = [&](const TestOf& of) {
    const SuiteFacts& suite = suites.find(of.suite)->second;
    const Runs runs = suite.runs.empty() ? Runs{} : runs_of(suite);
    all.bind(of.suite, suite, runs, *suite.tests.find(of.test));
  };
  for (BoundTest* test : reported_) {
    test->reported = false;
    if (suites_.contains(test->key->suite)) continue;
    if (test->moving) std::erase(touched_.moving, test);
    bind(TestOf(*test->key));
  }
  if (!suites_.empty()) {
    std::erase_if(touched_.moving,
                  [&](const BoundTest* test) { return suites_.contains(test->key->suite); });
  }
  for (const std::string& name : suites_) all.bind_suite(name);
  for (const TestOf& key : tests_) {
    if (!suites_.contains(key.suite)) bind(key);
  }
  for (BoundTest* test : touched_.moving) {
    test->moving = false;
    all.withdraw(*test);
    all.reach(*test);
  }
}

void FactTouches::reset() {
  clear_all(decided_again_, ending_, decided_, suites_, tests_, reported_);
}

}  // namespace riskd::engine
