#include "engine/evaluate/model.hpp"

#include <algorithm>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {
namespace {

template <typename Row>
const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  const auto it =
      std::lower_bound(rows.begin(), rows.end(), id,
                       [](const Row& row, std::string_view name) { return row.id < name; });
  return it != rows.end() && it->id == id ? &*it : nullptr;
}

}  // namespace

std::string band_name(const Program& program, double rating) {
  if (program.bands.enumeration == no_index) return "";
  const auto& steps = program.enums[program.bands.enumeration].steps;
  std::string name = steps.front().name;
  for (const EnumStep& step : steps) {
    if (rating >= step.number) name = step.name;
  }
  return name;
}

namespace {

template <typename Row>
void sort_by_id(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
}

void sort_once(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

const RiskRow* Model::risk(std::string_view id) const { return find_row(risks, id); }
const WeaknessRow* Model::weakness(std::string_view id) const { return find_row(weaknesses, id); }
const CountermeasureRow* Model::countermeasure(std::string_view id) const {
  return find_row(countermeasures, id);
}

const TicketRow* Model::ticket(std::string_view name, std::string_view element) const {
  for (const TicketRow& row : tickets) {
    if (row.ticket == name && row.element == element) return &row;
  }
  return nullptr;
}

RiskRow Evaluator::describe(RiskInstance& risk) {
  const Risk& definition = program_.risks[risk.definition];
  adjust(risk);
  RiskRow row;
  row.id = risk.id;
  row.title = definition.title;
  row.pattern = risk.scope->element(program_.patterns[definition.pattern].id);
  row.component = risk.scope->id;
  row.definition = risk.definition;
  row.inherent = risk.inherent;
  row.current = risk.current;
  row.projected = risk.projected;
  row.band = band_name(program_, risk.current);
  row.steps = steps(risk);
  row.approved = approved(risk);
  for (std::uint32_t i = 0; i < program_.attributes.size(); ++i) {
    const Attribute& attribute_definition = program_.attributes[i];
    if (attribute_definition.kind != Kind::risk || attribute_definition.type.base == Base::text)
      continue;
    row.attributes.push_back(
        {attribute_definition.name,
         print_value(program_, attribute_definition.type, attribute(i, context_of(risk)))});
  }
  if (const auto* accepted = decision(risk, "accepted")) {
    row.accepted_until = accepted->value.until;
    row.reason = accepted->value.reason;
    row.acceptance = acceptance(risk, *accepted);
  }
  for (const WeaknessInstance* weakness : weaknesses_of(risk)) {
    RiskWeakness held{
        weakness->id, program_.weaknesses[weakness->definition].cwe, weakness->tested, {}};
    for (const auto& [use, measure] : uses_of(*weakness))
      held.countermeasures.push_back(measure->id);
    row.weaknesses.push_back(std::move(held));
  }
  row.changed = changed_since_approval(risk, reviewed(row));
  return row;
}

AcceptanceRow Evaluator::acceptance(RiskInstance& risk, const Stamped<DecisionFact>& accepted) {
  AcceptanceRow row;
  row.from = accepted.from;
  row.inherent = accepted.value.accepted_inherent;
  row.is_exceeded = row.inherent && risk.inherent > *row.inherent;
  for (const WeaknessInstance* weakness : weaknesses_of(risk)) {
    weakness->results.each([&](const BoundResult& result) {
      if (result.verdict == Verdict::failed && is_older(accepted.from, result.from()))
        row.failed_since.push_back(result.result().id);
    });
  }
  sort_once(row.failed_since);
  return row;
}

// The attributes that the approval saw otherwise; none where it is not approved, or nobody knows what it
// saw.
template <typename T>
std::vector<std::string> Evaluator::changed_since_approval(const T& element,
                                                           const SeenElement& now) const {
  std::vector<std::string> changed;
  const SeenElement* then = approved(element) ? seen_at_approval(element) : nullptr;
  if (then == nullptr) return changed;
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

void Evaluator::describe(Model& model) {
  for (RiskInstance* risk : risks()) model.risks.push_back(describe(*risk));
  for (WeaknessInstance* each : all_weaknesses()) {
    WeaknessInstance& weakness = *each;
    const Weakness& definition = program_.weaknesses[weakness.definition];
    WeaknessRow row;
    row.id = weakness.id;
    row.title = definition.title;
    row.component = weakness.scope->id;
    row.cwe = definition.cwe;
    row.definition = weakness.definition;
    row.tested = weakness.tested;
    row.approved = approved(weakness);
    row.failures = failing_tests(weakness.results);
    for (const FailingTest& test : row.failures) row.failing_tests.push_back(test.id);
    sort_once(row.failing_tests);
    if (const BoundResult* newest = deciding(weakness.results, weakness.tested)) {
      row.run = newest->suite + (newest->run.empty() ? "" : " " + newest->run);
      row.run_url = newest->entry->url;
    }
    row.changed = changed_since_approval(weakness, reviewed(row));
    model.weaknesses.push_back(std::move(row));
  }
  for (CountermeasureInstance* each : all_countermeasures()) {
    CountermeasureInstance& measure = *each;
    const Countermeasure& definition = program_.countermeasures[measure.definition];
    CountermeasureRow row;
    row.id = measure.id;
    row.title = definition.title;
    row.component = measure.scope->id;
    row.guide = definition.guide;
    row.standards = definition.standards;
    row.definition = measure.definition;
    row.state = state(measure);
    StateReason reason = why(measure);
    row.demanded = demanded(measure);
    row.why = std::move(reason.why);
    row.reason = std::move(reason.reason);
    row.decided = std::move(reason.decided);
    row.place = std::move(reason.place);
    row.tested = measure.tested;
    row.approved = approved(measure);
    for (const auto& [use, weakness] : uses_of(measure)) {
      for (RiskInstance* risk : risks_of(*weakness))
        row.mitigates = std::max(row.mitigates, share(use, *risk, *weakness, measure));
    }
    row.changed = changed_since_approval(measure, reviewed(row));
    model.countermeasures.push_back(std::move(row));
  }
  sort_by_id(model.risks);
  sort_by_id(model.weaknesses);
  sort_by_id(model.countermeasures);
}

Model Evaluator::model() {
  Model model;
  model.product = product_->id;
  model.title = product_->title.value.empty() ? product_->id : product_->title.value;
  model.now = now_;
  model.policy = program_.hash;
  model.missing_fields = missing_fields();
  if (product_->approval) model.approval = product_->approval->from;
  describe(model);
  model.rating = rating();
  model.band = band_name(program_, model.rating);
  model.approved = product_->approval.has_value() && model.missing_fields.empty() &&
                   std::all_of(model.countermeasures.begin(), model.countermeasures.end(),
                               [](const CountermeasureRow& row) {
                                 return row.state != State::required || row.approved;
                               });
  model.tickets = ticket_rows();
  trace_ = nullptr;  // from here on it is read why, not what
  describe_questions(model);
  model.unmatched = unmatched(model.undecided);
  model.tests = test_counts(model.unmatched);
  model.next_change = next_change();
  return model;
}

Model evaluate(const Program& program, const Product& product, Instant now, Trace* trace) {
  Evaluator evaluator(program, product, now, nullptr, trace);
  return evaluator.model();
}

SeenElement reviewed(const RiskRow& row) {
  SeenElement seen{row.id, {{"inherent", print_number(row.inherent)}}};
  for (const AttributeRow& each : row.attributes) seen.values.emplace_back(each.name, each.value);
  return seen;
}

SeenElement reviewed(const WeaknessRow& row) {
  SeenElement seen{row.id, {}};
  if (row.cwe != 0) seen.values.emplace_back("cwe", "CWE-" + std::to_string(row.cwe));
  return seen;
}

SeenElement reviewed(const CountermeasureRow& row) {
  return {row.id,
          {{"state", std::string(to_string(row.demanded))},
           {"mitigates", print_number(row.mitigates * 100) + "%"}}};
}

std::vector<SeenElement> reviewed(const Model& model) {
  std::vector<SeenElement> all;
  for (const RiskRow& row : model.risks) all.push_back(reviewed(row));
  for (const WeaknessRow& row : model.weaknesses) all.push_back(reviewed(row));
  for (const CountermeasureRow& row : model.countermeasures) all.push_back(reviewed(row));
  std::sort(all.begin(), all.end(),
            [](const SeenElement& a, const SeenElement& b) { return a.element < b.element; });
  return all;
}

std::vector<std::string> approvable(const Model& model) {
  std::vector<std::string> ids;
  for (const RiskRow& row : model.risks) ids.push_back(row.id);
  for (const WeaknessRow& row : model.weaknesses) ids.push_back(row.id);
  for (const CountermeasureRow& row : model.countermeasures) ids.push_back(row.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace riskd::engine
