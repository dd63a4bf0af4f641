#include "engine/model.hpp"

#include <algorithm>

#include "engine/apply.hpp"
#include "engine/evaluator.hpp"

namespace riskd::engine {
namespace {

template <typename Row>
const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  const auto it =
      std::lower_bound(rows.begin(), rows.end(), id,
                       [](const Row& row, std::string_view name) { return row.id < name; });
  return it != rows.end() && it->id == id ? &*it : nullptr;
}

std::string band_name(const Program& program, double rating) {
  if (program.bands.enumeration == no_index) return "";
  const auto& steps = program.enums[program.bands.enumeration].steps;
  std::string name = steps.front().name;
  for (const EnumStep& step : steps) {
    if (rating >= step.number) name = step.name;
  }
  return name;
}

template <typename Row>
void sort_by_id(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
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

void Evaluator::describe(Model& model) {
  for (RiskInstance* risk : risks_) {
    const Risk& definition = program_.risks[risk->definition];
    adjust(*risk);
    RiskRow row;
    row.id = risk->id;
    row.title = definition.title;
    row.pattern = risk->scope->element(program_.patterns[definition.pattern].id);
    row.component = risk->scope->id;
    row.definition = risk->definition;
    row.inherent =
        program_.inherent == no_index ? 0 : rating_of(program_.inherent, context_of(*risk));
    row.current = risk->current;
    row.projected = risk->projected;
    row.band = band_name(program_, risk->current);
    row.steps = risk->steps;
    row.approved = approved(risk->id);
    for (std::uint32_t i = 0; i < program_.attributes.size(); ++i) {
      const Attribute& attribute_definition = program_.attributes[i];
      if (attribute_definition.kind != Kind::risk || attribute_definition.type.base == Base::text)
        continue;
      row.attributes.push_back(
          {attribute_definition.name,
           print_value(program_, attribute_definition.type, attribute(i, context_of(*risk)))});
    }
    if (const auto* accepted = decision(risk->id, "accepted")) {
      row.accepted_until = accepted->value.until;
      row.reason = accepted->value.reason;
    }
    for (const WeaknessInstance* weakness : risk->weaknesses) {
      RiskWeakness held{weakness->id, {}};
      for (const auto& [use, measure] : weakness->uses) held.countermeasures.push_back(measure->id);
      row.weaknesses.push_back(std::move(held));
    }
    model.risks.push_back(std::move(row));
  }
  for (WeaknessInstance& weakness : weakness_store_) {
    const Weakness& definition = program_.weaknesses[weakness.definition];
    WeaknessRow row;
    row.id = weakness.id;
    row.title = definition.title;
    row.component = weakness.scope->id;
    row.cwe = definition.cwe;
    row.definition = weakness.definition;
    row.tested = weakness.tests.tested;
    row.approved = approved(weakness.id);
    for (const BoundResult& result : weakness.tests.results) {
      if (result.verdict == Verdict::failed) row.failing_tests.push_back(result.entry->result.id);
    }
    std::sort(row.failing_tests.begin(), row.failing_tests.end());
    row.failing_tests.erase(std::unique(row.failing_tests.begin(), row.failing_tests.end()),
                            row.failing_tests.end());
    if (const BoundResult* deciding = weakness.tests.deciding) {
      row.run = deciding->suite + (deciding->entry->run.empty() ? "" : " " + deciding->entry->run);
      row.run_url = deciding->entry->url;
    }
    model.weaknesses.push_back(std::move(row));
  }
  for (CountermeasureInstance& measure : countermeasure_store_) {
    const Countermeasure& definition = program_.countermeasures[measure.definition];
    CountermeasureRow row;
    row.id = measure.id;
    row.title = definition.title;
    row.component = measure.scope->id;
    row.guide = definition.guide;
    row.standards = definition.standards;
    row.definition = measure.definition;
    row.state = state(measure);
    row.why = measure.why;
    row.reason = measure.reason;
    row.tested = measure.tests.tested;
    row.approved = approved(measure.id);
    for (const auto& [use, weakness] : measure.uses) {
      for (RiskInstance* risk : weakness->risks)
        row.mitigates = std::max(row.mitigates, share(use, *risk, *weakness, measure));
    }
    model.countermeasures.push_back(std::move(row));
  }
  sort_by_id(model.risks);
  sort_by_id(model.weaknesses);
  sort_by_id(model.countermeasures);
}

Model Evaluator::model() {
  Model model;
  model.product = product_.id;
  model.title = product_.title.value.empty() ? product_.id : product_.title.value;
  model.now = now_;
  model.policy = program_.hash;
  model.missing_fields = missing_fields();
  describe(model);
  model.rating = program_.product_rating == no_index ? 0 : rating_of(program_.product_rating, {});
  model.band = band_name(program_, model.rating);
  model.approved = product_.approval.has_value() && model.missing_fields.empty() &&
                   std::all_of(model.countermeasures.begin(), model.countermeasures.end(),
                               [](const CountermeasureRow& row) {
                                 return row.state != State::required || row.approved;
                               });
  model.tickets = ticket_rows();
  model.unmatched = unmatched_;
  std::sort(model.unmatched.begin(), model.unmatched.end(),
            [](const Unmatched& a, const Unmatched& b) {
              return std::tie(a.id, a.suite) < std::tie(b.id, b.suite);
            });
  trace_ = nullptr;  // from here on it is read why, not what
  describe_questions(model);
  model.next_change = next_change_;
  return model;
}

Model evaluate(const Program& program, const Product& product, Instant now, Trace* trace) {
  Evaluator evaluator(program, product, now, nullptr, trace);
  return evaluator.model();
}

std::vector<std::string> approvable(const Model& model) {
  std::vector<std::string> ids;
  for (const RiskRow& row : model.risks) ids.push_back(row.id);
  for (const WeaknessRow& row : model.weaknesses) ids.push_back(row.id);
  for (const CountermeasureRow& row : model.countermeasures) ids.push_back(row.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

namespace {

template <typename Row, typename Visit>
void each_pair(const std::vector<Row>& before, const std::vector<Row>& after, Visit visit) {
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    if (b == after.end() || (a != before.end() && a->id < b->id))
      visit(&*a++, static_cast<const Row*>(nullptr));
    else if (a == before.end() || b->id < a->id)
      visit(static_cast<const Row*>(nullptr), &*b++);
    else
      visit(&*a++, &*b++);
  }
}

void ticket_differences(const Model& before, const Model& after, Deltas& deltas) {
  for (const TicketRow& row : after.tickets) {
    const TicketRow* old = before.ticket(row.ticket, row.element);
    // Of a ticket that was not there before, only that it should be open is news.
    if (old == nullptr ? row.desired == Desired::open : old->desired != row.desired) {
      deltas.tickets.push_back({row.ticket, row.element, row.desired});
    }
  }
  for (const TicketRow& row : before.tickets) {
    if (row.desired == Desired::open && after.ticket(row.ticket, row.element) == nullptr) {
      deltas.tickets.push_back({row.ticket, row.element, Desired::closed});
    }
  }
  std::sort(deltas.tickets.begin(), deltas.tickets.end(),
            [](const TicketChange& a, const TicketChange& b) {
              return std::tie(a.ticket, a.element) < std::tie(b.ticket, b.element);
            });
}

}  // namespace

Deltas difference(const Model& before, const Model& after) {
  Deltas deltas;
  deltas.rating = after.rating;
  deltas.rating_changed = before.rating != after.rating;
  each_pair(before.risks, after.risks, [&](const RiskRow* a, const RiskRow* b) {
    RiskChange change;
    change.id = b != nullptr ? b->id : a->id;
    change.now = b;
    change.whole = a == nullptr;
    change.ended = b == nullptr;
    if (a != nullptr && b != nullptr) {
      if (a->inherent != b->inherent) change.inherent = b->inherent;
      if (a->current != b->current) change.current = b->current;
      if (a->projected != b->projected) change.projected = b->projected;
      if (a->band != b->band) change.band = b->band;
      if (!change.inherent && !change.current && !change.projected && !change.band) return;
    }
    deltas.risks.push_back(std::move(change));
  });
  each_pair(before.weaknesses, after.weaknesses, [&](const WeaknessRow* a, const WeaknessRow* b) {
    if (b == nullptr || (a == nullptr ? b->tested == Tested::untested : a->tested == b->tested))
      return;
    deltas.states.push_back({b->id, std::nullopt, b->tested});
  });
  each_pair(before.countermeasures, after.countermeasures,
            [&](const CountermeasureRow* a, const CountermeasureRow* b) {
              if (b == nullptr || (a != nullptr && a->state == b->state && a->tested == b->tested))
                return;
              StateChange change{b->id, std::nullopt, std::nullopt};
              if (a == nullptr || a->state != b->state) change.state = b->state;
              if (a == nullptr ? b->tested != Tested::untested : a->tested != b->tested)
                change.tested = b->tested;
              deltas.states.push_back(std::move(change));
            });
  std::sort(deltas.states.begin(), deltas.states.end(),
            [](const StateChange& a, const StateChange& b) { return a.id < b.id; });
  ticket_differences(before, after, deltas);
  return deltas;
}

Deltas apply(const Program& program, LiveProduct& product, const std::vector<Fact>& facts,
             Instant now, Trace* trace) {
  for (const Fact& fact : facts) fold(product.facts, fact);
  Model model = evaluate(program, product.facts, now, trace);
  const Model before = std::exchange(product.model, std::move(model));
  return difference(before, product.model);
}

}  // namespace riskd::engine
