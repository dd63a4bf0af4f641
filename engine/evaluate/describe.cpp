#include "engine/evaluate/describe.hpp"

#include <algorithm>

#include "engine/evaluate/print.hpp"

namespace riskd::engine {

namespace {

template <typename Row>
void sort_by_id(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
}

void sort_once(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

AcceptanceRow acceptance(const RiskInstance& risk, const Stamped<DecisionFact>& accepted) {
  AcceptanceRow row;
  row.from = accepted.from;
  row.inherent = accepted.value.accepted_inherent;
  row.is_exceeded = row.inherent && risk.inherent > *row.inherent;
  for (const WeaknessInstance* weakness : weaknesses_of(risk)) {
    weakness->results.each([&](const BoundResult& result) {
      if (result.verdict == Verdict::failed && is_older(accepted.from, result.from()))
        row.failed_since.push_back(result.id());
    });
  }
  sort_once(row.failed_since);
  return row;
}

// The attributes that the approval saw otherwise; none where it is not approved, or nobody knows what it saw. `row` is
// of the element, and complete but for this.
template <typename T, typename Row>
std::vector<std::string> changed_since_approval(const Evaluator& evaluator, const T& element,
                                                const Row& row) {
  std::vector<std::string> changed;
  const Decisions& decisions = evaluator.decisions;
  const SeenElement* then =
      decisions.approved(element) ? decisions.seen_at_approval(element) : nullptr;
  if (then == nullptr) return changed;
  const SeenElement now = reviewed(row);
  const auto differ = [&](const auto& these, const auto& others) {
    for (const auto& value : these) {
      if (std::find(others.begin(), others.end(), value) == others.end())
        changed.push_back(value.first);
    }
  };
  differ(now.values, then->values);
  differ(then->values, now.values);
  sort_once(changed);
  return changed;
}

WeaknessRow describe(const Evaluator& evaluator, const WeaknessInstance& weakness) {
  const Weakness& definition = evaluator.program().weaknesses[weakness.definition];
  WeaknessRow row;
  row.id = weakness.id;
  row.title = definition.title;
  row.component = weakness.scope->id;
  row.cwe = definition.cwe;
  row.definition = weakness.definition;
  row.tested = weakness.tested;
  row.approved = evaluator.decisions.approved(weakness);
  row.failures = failing_tests(weakness.results);
  for (const FailingTest& test : row.failures) row.failing_tests.push_back(test.id);
  sort_once(row.failing_tests);
  if (const BoundResult* newest = deciding(weakness.results, weakness.tested)) {
    row.run = newest->suite + (newest->run.empty() ? "" : " " + newest->run);
    row.run_url = newest->listing.said->url;
  }
  row.changed = changed_since_approval(evaluator, weakness, row);
  return row;
}

CountermeasureRow describe(Evaluator& evaluator, CountermeasureInstance& measure) {
  const Countermeasure& definition = evaluator.program().countermeasures[measure.definition];
  CountermeasureRow row;
  row.id = measure.id;
  row.title = definition.title;
  row.component = measure.scope->id;
  row.guide = definition.guide;
  row.standards = definition.standards;
  row.definition = measure.definition;
  row.state = evaluator.states.of(measure);
  StateReason reason = evaluator.states.why(measure);
  row.demanded = evaluator.states.demanded(measure);
  row.why = std::move(reason.why);
  row.reason = std::move(reason.reason);
  row.decided = std::move(reason.decided);
  row.place = std::move(reason.place);
  row.tested = measure.tested;
  row.approved = evaluator.decisions.approved(measure);
  for (const auto& [use, weakness] : uses_of(measure)) {
    for (RiskInstance* risk : risks_of(*weakness))
      row.mitigates =
          std::max(row.mitigates, evaluator.ratings.share(use, *risk, *weakness, measure));
  }
  row.changed = changed_since_approval(evaluator, measure, row);
  return row;
}

}  // namespace

RiskRow describe_rating(Evaluator& evaluator, RiskInstance& risk) {
  const Program& program = evaluator.program();
  evaluator.ratings.adjust(risk);
  RiskRow row;
  row.id = risk.id;
  row.title = program.risks[risk.definition].title;
  row.definition = risk.definition;
  row.inherent = risk.inherent;
  row.current = risk.current;
  row.projected = risk.projected;
  row.band = band_name(program, risk.current);
  row.steps = evaluator.ratings.steps(risk);
  const auto weaknesses = weaknesses_of(risk);
  row.weaknesses.reserve(weaknesses.most());
  for (const WeaknessInstance* weakness : weaknesses) {
    const int cwe = program.weaknesses[weakness->definition].cwe;
    RiskWeakness& held =
        row.weaknesses.emplace_back(RiskWeakness{weakness->id, cwe, weakness->tested, {}});
    const auto uses = uses_of(*weakness);
    held.countermeasures.reserve(uses.most());
    for (const auto& [use, measure] : uses) held.countermeasures.push_back(measure->id);
  }
  return row;
}

RiskRow describe(Evaluator& evaluator, RiskInstance& risk) {
  const Program& program = evaluator.program();
  RiskRow row = describe_rating(evaluator, risk);
  row.pattern = risk.scope->element(program.patterns[program.risks[risk.definition].pattern].id);
  row.component = risk.scope->id;
  row.approved = evaluator.decisions.approved(risk);
  const Context context = context_of(risk);
  for (std::uint32_t i = 0; i < program.attributes.size(); ++i) {
    const Attribute& attribute = program.attributes[i];
    if (attribute.kind != Kind::risk || attribute.type.base == Base::text) continue;
    row.attributes.push_back({attribute.name, print_value(program, attribute.type,
                                                          evaluator.values.attribute(i, context))});
  }
  if (const auto* accepted = evaluator.decisions.of(risk, "accepted")) {
    row.accepted_until = accepted->value.until;
    row.reason = accepted->value.reason;
    row.acceptance = acceptance(risk, *accepted);
  }
  row.changed = changed_since_approval(evaluator, risk, row);
  return row;
}

Model model_of(Evaluator& evaluator) {
  const Product& product = evaluator.product();
  Model model;
  model.product = product.id;
  model.title = product.title.value.empty() ? product.id : product.title.value;
  model.now = evaluator.basis.now;
  model.policy = evaluator.program().hash;
  model.missing_fields = evaluator.scopes.missing_fields();
  if (product.approval) model.approval = product.approval->from;
  for (RiskInstance* risk : evaluator.elements.risks())
    model.risks.push_back(describe(evaluator, *risk));
  for (WeaknessInstance* weakness : evaluator.elements.all<WeaknessInstance>())
    model.weaknesses.push_back(describe(evaluator, *weakness));
  for (CountermeasureInstance* measure : evaluator.elements.all<CountermeasureInstance>())
    model.countermeasures.push_back(describe(evaluator, *measure));
  sort_by_id(model.risks);
  sort_by_id(model.weaknesses);
  sort_by_id(model.countermeasures);
  model.rating = evaluator.values.product_rating();
  model.band = band_name(evaluator.program(), model.rating);
  model.approved = product.approval.has_value() && model.missing_fields.empty() &&
                   std::all_of(model.countermeasures.begin(), model.countermeasures.end(),
                               [](const CountermeasureRow& row) {
                                 return row.state != State::required || row.approved;
                               });
  model.tickets = evaluator.wanted_tickets.rows();
  // From here on it is read why, not what: nobody counts that.
  const Reading untraced(evaluator.basis, false, nullptr);
  describe_open(evaluator, model);
  describe_tests(evaluator, model);
  model.next_change = evaluator.next_change();
  return model;
}

}  // namespace riskd::engine
