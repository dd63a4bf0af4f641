#include "engine/evaluate/model.hpp"

#include <algorithm>

#include "engine/evaluate/describe.hpp"

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

Model evaluate(const Program& program, const Product& product, Instant now, Trace* trace) {
  Evaluator evaluator(program, product, now, nullptr, trace);
  return model_of(evaluator);
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
