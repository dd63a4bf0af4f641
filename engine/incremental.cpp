// One change: facts come in, the cells that they touch are computed again, and what came out
// differently is told. Along Program::dependencies, in this order:
//
//   questions and early lets, by rank · patterns · the elements that they bring and take away ·
//   what tests say of elements · elements, with their neighbours · late lets and ratings · tickets
//
// A cell of the first two, and each group as a whole, goes no further where it comes out as it was.
#include <algorithm>
#include <tuple>

#include "engine/evaluator.hpp"
#include "engine/update.hpp"

namespace riskd::engine {

Evaluator::Update& Evaluator::pending() {
  if (!pending_) pending_ = std::make_unique<Update>(*this);
  return *pending_;
}

void Evaluator::expect(const Fact& fact) { pending().expect(fact); }

Deltas Evaluator::update(Instant now) {
  pending();
  const std::unique_ptr<Update> update = std::move(pending_);
  // What touches elements from now on finds its way here.
  running_ = update.get();
  Deltas deltas = update->run(std::max(now, now_));
  running_ = nullptr;
  return deltas;
}

void Evaluator::touch(const WeaknessInstance& weakness) {
  if (running_ != nullptr)
    running_->elements.push_back({weakness.scope, Kind::weakness, weakness.definition});
}

void Evaluator::touch(const CountermeasureInstance& countermeasure) {
  if (running_ != nullptr) {
    running_->elements.push_back(
        {countermeasure.scope, Kind::countermeasure, countermeasure.definition});
  }
}

// ── what facts touch ───────────────────────────────────────────────────────────────────────────

void Evaluator::Update::answers(ScopeInstance& scope,
                                const std::vector<std::pair<std::string, RawValue>>& values) {
  const std::string prefix = scope.is_product() ? "" : std::to_string(scope.component_type) + ":";
  for (const auto& [id, value] : values) {
    const auto found = of.program_.question_by_id.find(prefix.empty() ? id : prefix + id);
    if (found == of.program_.question_by_id.end()) continue;
    const std::uint32_t question = found->second;
    const bool known = std::any_of(answered.begin(), answered.end(), [&](const Answered& each) {
      return each.scope == &scope && each.question == question;
    });
    if (!known) answered.push_back({&scope, question, of.answered(question, scope)});
  }
}

void Evaluator::Update::fields(ScopeInstance& scope,
                               const std::vector<std::pair<std::string, RawValue>>& values) {
  for (const auto& [name, value] : values) {
    for (std::uint32_t i = 0; i < of.program_.fields.size(); ++i) {
      const Field& field = of.program_.fields[i];
      if (field.name != name || (field.kind == Kind::product) != scope.is_product()) continue;
      set_fields.emplace_back(&scope, i);
      approvals = approvals || field.required;
    }
  }
}

void Evaluator::Update::element(const std::string& id) {
  const std::size_t slash = id.find('/');
  ScopeInstance* scope =
      of.scope_of(slash == std::string::npos ? std::string() : id.substr(0, slash));
  if (scope == nullptr) return;
  const std::string bare = slash == std::string::npos ? id : id.substr(slash + 1);
  const auto look = [&](const auto& by_id, Kind kind) {
    const auto found = by_id.find(bare);
    if (found != by_id.end()) elements.push_back({scope, kind, found->second});
  };
  look(of.program_.risk_by_id, Kind::risk);
  look(of.program_.weakness_by_id, Kind::weakness);
  look(of.program_.countermeasure_by_id, Kind::countermeasure);
}

void Evaluator::Update::expect(const Fact& fact) {
  const auto visit = [&](const auto& body) {
    using Body = std::decay_t<decltype(body)>;
    if constexpr (std::is_same_v<Body, AnswersFact>) {
      if (ScopeInstance* scope = of.scope_of(body.component)) answers(*scope, body.answers);
    } else if constexpr (std::is_same_v<Body, FieldsFact>) {
      if (ScopeInstance* scope = of.scope_of(body.component)) fields(*scope, body.fields);
    } else if constexpr (std::is_same_v<Body, ComponentFact>) {
      ScopeInstance* scope = of.scope_of(body.id);
      const bool stays =
          scope != nullptr && !body.removed &&
          (body.type.empty() || of.program_.component_types[scope->component_type].id == body.type);
      if (!stays) {
        everything = true;
        return;
      }
      answers(*scope, body.answers);
      fields(*scope, body.fields);
    } else if constexpr (std::is_same_v<Body, DecisionFact>) {
      decide(body);
    } else if constexpr (std::is_same_v<Body, ApproveFact>) {
      approvals = true;
    } else if constexpr (std::is_same_v<Body, TicketFact>) {
      tickets.insert({body.ticket, body.element});
      element(body.element);
    } else if constexpr (std::is_same_v<Body, ToldFact>) {
      tickets.insert({body.ticket, body.element});
    } else if constexpr (std::is_same_v<Body, ResultFact>) {
      const TestResult& result = body.result;
      const auto suite = of.product_->suites.find(body.suite);
      if (suite != of.product_->suites.end() && suite->second.source != body.source)
        suites.insert(body.suite);
      tests.insert({body.suite, {result.component, result.id, result.scope}});
    } else if constexpr (std::is_same_v<Body, RunFact> || std::is_same_v<Body, SuiteFact>) {
      suites.insert(body.suite);
    }
  };
  std::visit(visit, fact.body);
}

void Evaluator::Update::decide(const DecisionFact& fact) {
  const DecisionKey key{fact.element, std::string(aspect_of(fact))};
  if (decided.insert(key).second) {
    const auto old = of.product_->decisions.find(key);
    if (old != of.product_->decisions.end() && old->second.value.until) {
      const Instant end = start_of(Date{old->second.value.until->days + 1});
      const auto known = of.decision_ends_.find(end);
      if (known != of.decision_ends_.end()) of.decision_ends_.erase(known);
    }
  }
  decision_of(key);
}

void Evaluator::Update::decision_of(const DecisionKey& key) {
  if (key.aspect != "false-positive") return element(key.element);
  // Of "zap:10202" or "api/zap:10202", every test that has the id.
  const std::size_t colon = key.element.find(':');
  if (colon == std::string::npos) return;
  const std::size_t slash = key.element.rfind('/', colon);
  const std::string source =
      key.element.substr(slash == std::string::npos ? 0 : slash + 1,
                         colon - (slash == std::string::npos ? 0 : slash + 1));
  const std::string id = key.element.substr(colon + 1);
  for (auto& [test_key, test] : of.tests_) {
    const TestResult& result = test.holds->entry.result;
    const bool named = result.id == id || std::find(result.aliases.begin(), result.aliases.end(),
                                                    id) != result.aliases.end();
    if (test.holds->source == source && named) move(test);
  }
}

void Evaluator::Update::move(BoundTest& test) {
  if (test.moving) return;
  test.moving = true;
  moving.push_back(&test);
}

// ── time ───────────────────────────────────────────────────────────────────────────────────────

void Evaluator::Update::pass_time(Instant now) {
  const Instant before = of.now_;
  for (const DecisionKey& key : decided) {
    const auto held = of.product_->decisions.find(key);
    if (held == of.product_->decisions.end() || !held->second.value.until) continue;
    const Instant end = start_of(Date{held->second.value.until->days + 1});
    if (end > before) of.decision_ends_.insert(end);
  }
  of.now_ = now;
  if (!of.decision_ends_.empty() && *of.decision_ends_.begin() <= now) {
    of.decision_ends_.erase(of.decision_ends_.begin(), of.decision_ends_.upper_bound(now));
    for (const auto& [key, held] : of.product_->decisions) {
      if (!held.value.until) continue;
      const Instant end = start_of(Date{held.value.until->days + 1});
      if (end > before && end <= now) decision_of(key);
    }
  }
  if (!of.stale_ends_.empty() && *of.stale_ends_.begin() <= now) {
    of.stale_ends_.erase(of.stale_ends_.begin(), of.stale_ends_.upper_bound(now));
    for (auto& [key, test] : of.tests_) {
      if (!test.stale_at || *test.stale_at > now) continue;
      test.stale_at.reset();
      test.holds->stale = true;
      for (const WeaknessInstance* each : test.weaknesses) of.touch(*each);
      for (const CountermeasureInstance* each : test.countermeasures) of.touch(*each);
    }
  }
  if (date_of(before) != date_of(now)) notify(of.dependencies_.of_today, of.product_scope());
}

// ── questions, lets, patterns ──────────────────────────────────────────────────────────────────

// Every scope in which a cell of scopes of `type` may read what `source` said.
template <typename Visit>
void Evaluator::Update::each_scope(const Cell& cell, std::uint32_t type, bool any_component,
                                   ScopeInstance& source, const Visit& visit) {
  const auto fits = [&](const ScopeInstance& scope) {
    return any_component ? !scope.is_product() : scope.component_type == type;
  };
  if (!source.is_product() && !cell.across) {
    if (fits(source)) visit(source);
    if (!any_component && type == no_index) visit(of.product_scope());
    return;
  }
  if (!any_component && type == no_index) return visit(of.product_scope());
  for (const auto& scope : of.scopes_) {
    if (fits(*scope)) visit(*scope);
  }
}

void Evaluator::Update::notify(const Cell& cell, ScopeInstance& source) {
  const Program& program = of.program_;
  const auto element = [&](Kind kind) {
    const auto visit = [&](ScopeInstance& scope) {
      elements.push_back({&scope, kind, cell.index});
    };
    if (source.is_product() || cell.across) {
      for (const auto& scope : of.scopes_) visit(*scope);
    } else {
      visit(source);
      visit(of.product_scope());
    }
  };
  switch (cell.kind) {
    case Cell::Kind::question:
      each_scope(cell, program.questions[cell.index].component_type, false, source,
                 [&](ScopeInstance& scope) {
                   queue.insert(
                       {of.dependencies_.question_rank[cell.index], cell.kind, cell.index, &scope});
                 });
      return;
    case Cell::Kind::let:
      if (of.dependencies_.is_late[cell.index]) {
        late = true;
        return;
      }
      each_scope(
          cell, no_index, program.lets[cell.index].kind == Kind::component, source,
          [&](ScopeInstance& scope) {
            queue.insert({of.dependencies_.let_rank[cell.index], cell.kind, cell.index, &scope});
          });
      return;
    case Cell::Kind::pattern:
      each_scope(cell, program.patterns[cell.index].component_type, false, source,
                 [&](ScopeInstance& scope) { patterns.emplace_back(&scope, cell.index); });
      return;
    case Cell::Kind::rating:
      late = true;
      return;
    case Cell::Kind::risk:
      return element(Kind::risk);
    case Cell::Kind::weakness:
      return element(Kind::weakness);
    case Cell::Kind::countermeasure:
      return element(Kind::countermeasure);
    case Cell::Kind::every_risk:
      all_elements = true;
      return;
    case Cell::Kind::ticket:
      templates.insert(cell.index);
      return;
  }
}

void Evaluator::Update::notify(const std::vector<Cell>& cells, ScopeInstance& source) {
  for (const Cell& cell : cells) notify(cell, source);
}

// `force`: somebody answered it, or no longer does, or it is a text, whose value shows no change.
void Evaluator::Update::compute_question(std::uint32_t index, ScopeInstance& scope, bool force) {
  const std::uint32_t slot = of.dependencies_.question_slot[index];
  const std::uint8_t before = scope.questions[slot];
  std::optional<Value> wide;
  if (before == question_code::wide) {
    const auto held = scope.wide.find(slot);
    wide = held->second;
    scope.wide.erase(held);
  }
  const Applies was_asked = scope.asked[slot];
  scope.questions[slot] = question_code::unset;
  const Value now = of.question(index, scope);
  const std::uint8_t after = scope.questions[slot];
  force = force || was_asked != scope.asked[slot];
  if (!force && before == after && (!wide || *wide == now)) return;
  const Readers& readers = of.dependencies_.of_question[index];
  notify(readers.any, scope);
  const auto is_choice = [](std::uint8_t code) { return code < limits::choices; };
  if (is_choice(before) && is_choice(after) && !force) {
    for (const std::uint8_t code : {before, after}) {
      if (code < readers.by_value.size()) notify(readers.by_value[code], scope);
    }
    return;
  }
  for (const auto& cells : readers.by_value) notify(cells, scope);
}

void Evaluator::Update::compute_let(std::uint32_t index, ScopeInstance& scope) {
  const Value* known = scope.lets.find(index);
  const bool is_text = of.program_.lets[index].type.base == Base::text;
  // Nobody has read it: whoever waits for it was told by what it reads.
  const std::optional<Value> before = known == nullptr ? std::nullopt : std::optional(*known);
  scope.lets.erase(index);
  Context context;
  if (!scope.is_product()) context.component = &scope;
  const Value now = of.eval(of.program_.lets[index].value, context);
  scope.lets.set(index, now);
  if (is_text || !before || !(*before == now)) notify(of.dependencies_.of_let[index], scope);
}

void Evaluator::Update::compute_conditions() {
  for (const Answered& each : answered) {
    const bool is_answered = of.answered(each.question, *each.scope);
    const bool is_text = of.program_.questions[each.question].type.base == Base::text;
    compute_question(each.question, *each.scope, is_text || is_answered != each.before);
  }
  for (const auto& [scope, field] : set_fields) notify(of.dependencies_.of_field[field], *scope);
  while (!queue.empty()) {
    const auto [rank, kind, index, scope] = *queue.begin();
    queue.erase(queue.begin());
    if (kind == Cell::Kind::question)
      compute_question(index, *scope, false);
    else
      compute_let(index, *scope);
  }
  std::sort(patterns.begin(), patterns.end());
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  for (const auto& [scope, index] : patterns) {
    Applies& held = scope->patterns[of.dependencies_.pattern_slot[index]];
    const Applies now = of.compute_applies(index, *scope);
    if (now == held) continue;
    const bool was_or_is_undecided = now == Applies::undecided || held == Applies::undecided;
    if (was_or_is_undecided && of.dependencies_.lets_read_undecided) late = true;
    if (now == Applies::yes) begins.emplace_back(scope, index);
    if (held == Applies::yes) ends.emplace_back(scope, index);
    held = now;
  }
}

// ── elements come and go ───────────────────────────────────────────────────────────────────────

template <typename Visit>
void Evaluator::Update::each_definition(std::uint32_t pattern, const Visit& visit) const {
  const Program& program = of.program_;
  for (const std::uint32_t risk : program.patterns[pattern].risks) {
    visit(Kind::risk, risk);
    for (const std::uint32_t weakness : program.risks[risk].weaknesses) {
      visit(Kind::weakness, weakness);
      for (const std::uint32_t use : program.weaknesses[weakness].uses)
        visit(Kind::countermeasure, program.uses[use].countermeasure);
    }
  }
}

void Evaluator::Update::change_elements() {
  if (begins.empty() && ends.empty()) return;
  // A test that is about an element which comes or goes may reach others now.
  const auto about = [&](const Evaluator::TestsAbout& by_definition, std::uint32_t index) {
    const auto found = by_definition.find(index);
    if (found == by_definition.end()) return;
    for (BoundTest* test : found->second) move(*test);
  };
  for (const auto* flips : {&begins, &ends}) {
    for (const InScope& flip : *flips) {
      each_definition(flip.second, [&](Kind kind, std::uint32_t index) {
        elements.push_back({flip.first, kind, index});
        if (kind == Kind::weakness) about(of.about_weakness_, index);
        if (kind == Kind::countermeasure) about(of.about_countermeasure_, index);
      });
    }
  }
  for (BoundTest* test : moving) of.withdraw(*test);
  for (const auto& [scope, pattern] : begins) of.add_elements(*scope, pattern);
  for (const auto& [scope, pattern] : ends) {
    for (const std::uint32_t index : of.program_.patterns[pattern].risks) {
      const RiskInstance& risk = *scope->risk_of.find(index);
      RiskChange change;
      change.id = risk.id;
      change.ended = true;
      deltas.risks.push_back(std::move(change));
      of.forget_extreme(risk);
      if (of.program_.tickets.empty() && of.product_->tickets.empty()) continue;
      gone.insert(risk.id);
      for (const WeaknessInstance* weakness : risk.weaknesses) {
        gone.insert(weakness->id);
        for (const auto& [use, measure] : weakness->uses) gone.insert(measure->id);
      }
    }
    of.remove_elements(*scope, pattern);
  }
}

void Evaluator::Update::bind_tests() {
  // Those that are bound anew first: one of which nothing holds any more is no test to be moved.
  const auto bind = [&](const TestOf& key, const SuiteFacts& suite, const std::vector<Run>& runs) {
    const auto known = of.tests_.find(key);
    if (known != of.tests_.end() && known->second.moving) std::erase(moving, &known->second);
    of.bind_result(key, suite, runs);
  };
  for (const std::string& name : suites) {
    const SuiteFacts& suite = of.product_->suites.at(name);
    const std::vector<Run> runs = runs_of(suite);
    for (const auto& [key, listed] : suite.tests) bind({name, key}, suite, runs);
  }
  for (const TestOf& key : tests) {
    if (suites.contains(key.suite)) continue;
    const SuiteFacts& suite = of.product_->suites.at(key.suite);
    bind(key, suite, suite.runs.empty() ? std::vector<Run>{} : runs_of(suite));
  }
  for (BoundTest* test : moving) {
    test->moving = false;
    of.withdraw(*test);
    of.reach(*test);
  }
}

// ── elements ───────────────────────────────────────────────────────────────────────────────────

bool Evaluator::Update::take(RiskInstance* risk) {
  if (risk == nullptr || risk->touched) return false;
  risk->touched = true;
  risks.push_back({risk, risk->inherent, risk->current, risk->projected});
  return true;
}

bool Evaluator::Update::take(WeaknessInstance* weakness) {
  if (weakness == nullptr || weakness->touched) return false;
  weakness->touched = true;
  weaknesses.push_back({weakness, weakness->last_tested});
  return true;
}

bool Evaluator::Update::take(CountermeasureInstance* measure) {
  if (measure == nullptr || measure->touched) return false;
  measure->touched = true;
  measures.push_back({measure, measure->state, measure->last_tested});
  return true;
}

void Evaluator::Update::take_all() {
  for (const auto& each : of.risk_store_) take(each.get());
  for (const auto& each : of.weakness_store_) take(each.get());
  for (const auto& each : of.countermeasure_store_) take(each.get());
}

// What the touched elements are read by, as far as the policy reads at all.
void Evaluator::Update::close_over() {
  const Dependencies& reads = of.dependencies_;
  for (const Element& each : elements) {
    if (each.kind == Kind::risk) take(each.scope->risk_of.find(each.definition));
    if (each.kind == Kind::weakness) take(each.scope->weaknesses.find(each.definition));
    if (each.kind == Kind::countermeasure) take(each.scope->countermeasures.find(each.definition));
  }
  if (all_elements || (approvals && reads.elements_read_approval) ||
      (reads.elements_read_far && (late || !deltas.risks.empty() || !risks.empty() ||
                                   !weaknesses.empty() || !measures.empty()))) {
    return take_all();
  }
  std::size_t risk = 0, weakness = 0, measure = 0;
  while (risk < risks.size() || weakness < weaknesses.size() || measure < measures.size()) {
    for (; measure < measures.size(); ++measure) {
      for (const auto& [use, held_by] : measures[measure].instance->uses) {
        if (reads.weaknesses_read_measures) take(held_by);
        for (RiskInstance* each : held_by->risks) take(each);
      }
    }
    for (; weakness < weaknesses.size(); ++weakness) {
      for (RiskInstance* each : weaknesses[weakness].instance->risks) take(each);
      if (!reads.measures_read_weaknesses) continue;
      for (const auto& [use, each] : weaknesses[weakness].instance->uses) take(each);
    }
    for (; risk < risks.size(); ++risk) {
      if (!reads.measures_read_risks) continue;
      for (WeaknessInstance* each : risks[risk].instance->weaknesses) {
        take(each);
        for (const auto& [use, used] : each->uses) take(used);
      }
    }
  }
}

void Evaluator::Update::compute_elements() {
  for (const auto& each : weaknesses) of.settle(each.instance->tests);
  for (const auto& each : measures) of.settle(each.instance->tests);
  for (const auto& each : risks) {
    each.instance->forget();
    each.instance->adjusted = false;
  }
  for (const auto& each : weaknesses) each.instance->forget();
  for (const auto& each : measures) {
    each.instance->forget();
    each.instance->state.reset();
  }
  const bool moved =
      late || !risks.empty() || !weaknesses.empty() || !measures.empty() || !deltas.risks.empty();
  if (moved || approvals) of.forget_late();
  if (of.dependencies_.elements_read_far) of.extremes_.clear();

  for (const auto& [measure, state, tested] : measures) {
    of.state(*measure);
    StateChange change{measure->id, std::nullopt, std::nullopt};
    if (measure->is_new || state != measure->state) change.state = measure->state;
    if (tested != measure->tests.tested) change.tested = measure->tests.tested;
    if (change.state || change.tested) deltas.states.push_back(std::move(change));
  }
  for (const auto& [weakness, tested] : weaknesses) {
    if (tested != weakness->tests.tested)
      deltas.states.push_back({weakness->id, std::nullopt, weakness->tests.tested});
  }
  for (const auto& [risk, inherent, current, projected] : risks) {
    of.adjust(*risk);
    of.enter_extremes(*risk, inherent, current, projected);
    RiskChange change;
    change.id = risk->id;
    if (risk->is_new) {
      change.whole = true;
    } else {
      if (risk->inherent != inherent) change.inherent = risk->inherent;
      if (risk->projected != projected) change.projected = risk->projected;
      if (risk->current != current) {
        change.current = risk->current;
        std::string band = band_name(of.program_, risk->current);
        if (band != band_name(of.program_, current)) change.band = std::move(band);
      }
      if (!change.inherent && !change.current && !change.projected) continue;
    }
    deltas.risks.push_back(std::move(change));
  }
  const double rating = of.rating();
  deltas.rating = rating;
  deltas.rating_changed = rating != of.rating_;
  of.rating_ = rating;
}

// ── tickets ────────────────────────────────────────────────────────────────────────────────────

void Evaluator::Update::ticket(std::uint32_t definition, const Instance& instance,
                               const Context& context) {
  const TicketKey key{of.program_.tickets[definition].name, instance.id};
  if (!placed.insert(key).second) return;
  const auto row = of.wanted_ticket(definition, instance.id, context);
  settle(key, row ? std::optional(row->desired) : std::nullopt);
}

// Tells what is desired now, where it is something else.
void Evaluator::Update::settle(const TicketKey& key, std::optional<Desired> now) {
  const auto held = of.tickets_.find(key);
  const std::optional<Desired> before =
      held == of.tickets_.end() ? std::nullopt : std::optional(held->second);
  if (before == now) return;
  if (now) {
    of.tickets_[key] = *now;
    // Of a ticket that was not there before, only that it should be open is news.
    if (before || *now == Desired::open) deltas.tickets.push_back({key.ticket, key.element, *now});
  } else {
    of.tickets_.erase(held);
    if (*before == Desired::open)
      deltas.tickets.push_back({key.ticket, key.element, Desired::closed});
  }
}

void Evaluator::Update::all_tickets(std::uint32_t definition) {
  const auto each = [&](const auto& store) {
    for (const auto& instance : store) ticket(definition, *instance, of.context_of(*instance));
  };
  switch (of.program_.tickets[definition].kind) {
    case Kind::risk:
      return each(of.risk_store_);
    case Kind::weakness:
      return each(of.weakness_store_);
    default:
      return each(of.countermeasure_store_);
  }
}

void Evaluator::Update::compute_tickets() {
  const Program& program = of.program_;
  if (program.tickets.empty() && of.product_->tickets.empty()) return;
  const Dependencies& reads = of.dependencies_;
  const bool moved =
      late || !risks.empty() || !weaknesses.empty() || !measures.empty() || !deltas.risks.empty();
  const bool all = (reads.tickets_read_far && moved) || (reads.tickets_read_approval && approvals);
  for (std::uint32_t i = 0; i < program.tickets.size(); ++i) {
    if (all || templates.contains(i)) all_tickets(i);
  }
  if (!all) {
    // A template's conditions read its element and the neighbours of it.
    const auto near_risk = [&](RiskInstance& risk) {
      tickets_of(Kind::risk, risk, of.context_of(risk));
    };
    const auto near_weakness = [&](WeaknessInstance& weakness) {
      tickets_of(Kind::weakness, weakness, of.context_of(weakness));
      for (RiskInstance* risk : weakness.risks) near_risk(*risk);
    };
    const auto near_measure = [&](CountermeasureInstance& measure) {
      tickets_of(Kind::countermeasure, measure, of.context_of(measure));
    };
    for (const auto& each : risks) {
      near_risk(*each.instance);
      for (WeaknessInstance* weakness : each.instance->weaknesses) {
        near_weakness(*weakness);
        for (const auto& [use, measure] : weakness->uses) near_measure(*measure);
      }
    }
    for (const auto& each : weaknesses) {
      near_weakness(*each.instance);
      for (const auto& [use, measure] : each.instance->uses) near_measure(*measure);
    }
    for (const auto& each : measures) {
      near_measure(*each.instance);
      for (const auto& [use, weakness] : each.instance->uses) near_weakness(*weakness);
    }
  }
  for (const std::string& element : gone) {
    for (const TicketTemplate& each : program.tickets) tickets.insert({each.name, element});
  }
  for (const TicketKey& key : tickets) known_ticket(key);
}

void Evaluator::Update::tickets_of(Kind kind, const Instance& instance, const Context& context) {
  for (std::uint32_t i = 0; i < of.program_.tickets.size(); ++i) {
    if (of.program_.tickets[i].kind == kind) ticket(i, instance, context);
  }
}

// A ticket that somebody told of, or whose element left.
void Evaluator::Update::known_ticket(const TicketKey& key) {
  if (placed.contains(key)) return;
  const std::uint32_t definition = of.program_.template_by_name(key.ticket);
  if (definition != no_index) {
    const std::size_t slash = key.element.find('/');
    const std::string component =
        slash == std::string::npos ? std::string() : key.element.substr(0, slash);
    const std::string bare =
        slash == std::string::npos ? key.element : key.element.substr(slash + 1);
    if (ScopeInstance* scope = of.scope_of(component)) {
      const auto look = [&](const auto& by_id, const auto& instances) {
        const auto index = by_id.find(bare);
        if (index == by_id.end()) return false;
        auto* found = instances.find(index->second);
        if (found == nullptr || found->id != key.element) return false;
        ticket(definition, *found, of.context_of(*found));
        return true;
      };
      const Kind kind = of.program_.tickets[definition].kind;
      if (kind == Kind::risk       ? look(of.program_.risk_by_id, scope->risk_of)
          : kind == Kind::weakness ? look(of.program_.weakness_by_id, scope->weaknesses)
                                   : look(of.program_.countermeasure_by_id, scope->countermeasures))
        return;
    }
  }
  const auto row = of.departed_ticket(key);
  settle(key, row ? std::optional(row->desired) : std::nullopt);
}

// ── the whole ──────────────────────────────────────────────────────────────────────────────────

Deltas Evaluator::Update::run(Instant now) {
  const bool whole = everything || of.dependencies_.conditions_read_model;
  if (whole) {
    of.now_ = now;
    return of.rebuild();
  }
  pass_time(now);
  if (!decided.empty()) {
    for (const Element& each : elements) mark_decided(each);
  }
  compute_conditions();
  change_elements();
  bind_tests();
  close_over();
  compute_elements();
  compute_tickets();
  finish();
  return std::move(deltas);
}

void Evaluator::Update::mark_decided(const Element& each) {
  const auto mark = [&](const auto& instances) {
    if (auto* found = instances.find(each.definition)) found->decided = true;
  };
  if (each.kind == Kind::risk) mark(each.scope->risk_of);
  if (each.kind == Kind::weakness) mark(each.scope->weaknesses);
  if (each.kind == Kind::countermeasure) mark(each.scope->countermeasures);
}

void Evaluator::Update::finish() {
  const auto leave = [](auto& touched) {
    for (auto& each : touched) each.instance->touched = each.instance->is_new = false;
  };
  leave(risks);
  leave(weaknesses);
  leave(measures);
  for (const auto& each : weaknesses) each.instance->last_tested = each.instance->tests.tested;
  for (const auto& each : measures) each.instance->last_tested = each.instance->tests.tested;
  of.sort(deltas);
}

}  // namespace riskd::engine
