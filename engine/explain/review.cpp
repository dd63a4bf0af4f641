#include "engine/explain/review.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/facts/resolve_names.hpp"
#include "engine/update/complete.hpp"

namespace riskd::engine {
namespace {

struct Shown {
  ReviewedElement element;
  bool approved = false;
  std::vector<std::string> changed;
  std::string because;
};

std::vector<Shown> shown(const Model& model) {
  std::vector<Shown> all;
  const auto add = [&](const auto& row, Kind kind, std::string because) {
    SeenElement seen = reviewed(row);
    all.push_back({{row.id, row.title, kind, std::move(seen.values)},
                   row.approved,
                   row.changed,
                   std::move(because)});
  };
  for (const RiskRow& row : model.risks) add(row, Kind::risk, "");
  for (const WeaknessRow& row : model.weaknesses) add(row, Kind::weakness, "");
  for (const CountermeasureRow& row : model.countermeasures)
    add(row, Kind::countermeasure, row.why);
  std::sort(all.begin(), all.end(),
            [](const Shown& a, const Shown& b) { return a.element.element < b.element.element; });
  return all;
}

std::string value_of(const std::vector<std::pair<std::string, std::string>>& values,
                     const std::string& name) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == values.end() ? "" : found->second;
}

// The present id of an element that was approved under an id that it had.
std::string present_id(const Program& program, const std::string& element) {
  const std::string found = resolve_element(program, element);
  return found.empty() ? element : found;
}

}  // namespace

Review review(const Program& program, const Product& product, const Model& model) {
  Review review;
  review.since = model.approval;
  review.missing_fields = model.missing_fields;
  std::map<std::string, const SeenElement*> seen;
  std::set<std::string> gone;
  if (product.approval) {
    for (const SeenElement& each : product.approval->value.seen)
      seen.emplace(present_id(program, each.element), &each);
    for (const std::string& each : product.approval->value.elements)
      gone.insert(present_id(program, each));
  }
  for (Shown& each : shown(model)) {
    const std::string& id = each.element.element;
    // Approval that waits for a field is there all the same.
    const bool approved = gone.erase(id) > 0;
    const auto then = seen.find(id);
    if (!approved) {
      review.added.push_back(std::move(each.element));
      continue;
    }
    std::vector<std::string> changed = each.changed;
    if (then != seen.end() && !each.approved) {
      // The row tells changes of approved elements only.
      for (const auto& [name, value] : each.element.values) {
        if (value_of(then->second->values, name) != value) changed.push_back(name);
      }
    }
    for (const std::string& name : changed) {
      review.changed.push_back(
          {id, each.element.title, name,
           then == seen.end() ? std::string() : value_of(then->second->values, name),
           value_of(each.element.values, name), each.because});
    }
    if (changed.empty()) review.unchanged.push_back(std::move(each.element));
  }
  review.removed.assign(gone.begin(), gone.end());
  return review;
}

std::string review_text(const Model& model, std::uint64_t policy) {
  std::string text = std::to_string(policy) + "\n";
  const auto add = [&](const std::string& part) {
    text += std::to_string(part.size()) + ":" + part;
  };
  for (const Shown& each : shown(model)) {
    add(each.element.element);
    add(each.element.title);
    for (const auto& [name, value] : each.element.values) {
      add(name);
      add(value);
    }
    text += "\n";
  }
  for (const std::string& field : model.missing_fields) add(field);
  return text;
}

ApproveFact approve(const Program& program, const Product& product, const Model& model,
                    const std::optional<std::vector<std::string>>& elements) {
  ApproveFact fact;
  fact.all = !elements;
  if (elements) {
    for (const std::string& each : *elements) fact.elements.push_back(present_id(program, each));
  }
  FactBody body = std::move(fact);
  complete(model, body);
  fact = std::move(std::get<ApproveFact>(body));
  if (!elements || !product.approval) return fact;
  const ApproveFact& before = product.approval->value;
  const std::set<std::string> chosen(fact.elements.begin(), fact.elements.end());
  for (const std::string& each : before.elements) {
    if (!chosen.contains(each)) fact.elements.push_back(each);
  }
  for (const SeenElement& each : before.seen) {
    if (!chosen.contains(each.element)) fact.seen.push_back(each);
  }
  std::sort(fact.elements.begin(), fact.elements.end());
  std::sort(fact.seen.begin(), fact.seen.end(),
            [](const SeenElement& a, const SeenElement& b) { return a.element < b.element; });
  return fact;
}

}  // namespace riskd::engine
