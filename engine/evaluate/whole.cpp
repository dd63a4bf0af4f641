// Everything at once: for a product that is evaluated for the first time, or anew. And how elements are
// named, here and in an evaluation of another policy or of an earlier state.
#include <algorithm>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

void Evaluator::compute_all() {
  for (RiskInstance* risk : all_risks()) {
    adjust(*risk);
    risk->is_new = false;
  }
  for (WeaknessInstance* weakness : all_weaknesses()) {
    weakness->last_tested = weakness->tested;
    weakness->is_new = false;
  }
  for (CountermeasureInstance* measure : all_countermeasures()) {
    state(*measure);
    measure->last_tested = measure->tested;
    measure->is_new = false;
  }
  rating_ = rating();
  compute_tickets();
}

void Evaluator::take_over(Evaluator& fresh) {
  scopes_.swap(fresh.scopes_);
  std::swap(blocks_, fresh.blocks_);
  risks_by_id_.swap(fresh.risks_by_id_);
  decided_.swap(fresh.decided_);
  std::swap(false_positives_, fresh.false_positives_);
  tests_.swap(fresh.tests_);
  std::swap(staying_, fresh.staying_);
  std::swap(moving_, fresh.moving_);
  decision_ends_.swap(fresh.decision_ends_);
  stale_ends_.swap(fresh.stale_ends_);
  extremes_.swap(fresh.extremes_);
  counters_.swap(fresh.counters_);
  tickets_.swap(fresh.tickets_);
  strange_tickets_.swap(fresh.strange_tickets_);
  rating_ = fresh.rating_;
}

// The id that an element of another policy, or of an earlier state of the product, has here.
std::string Evaluator::present_id(std::string_view id, Kind kind) const {
  const std::size_t slash = id.find('/');
  std::string prefix;
  if (slash != std::string_view::npos) {
    prefix = present_component(*product_, std::string(id.substr(0, slash))) + "/";
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

TicketKey Evaluator::present_ticket(TicketKey key) const {
  const std::size_t slash = key.element.find('/');
  if (slash != std::string::npos)
    key.element.replace(0, slash, present_component(*product_, key.element.substr(0, slash)));
  return present_key(key);
}

std::vector<std::string> Evaluator::element_ids(const Evaluator* today) const {
  std::vector<std::string> ids;
  const auto add = [&](const auto& all, Kind kind) {
    for (const auto* each : all) {
      ids.push_back(today == nullptr ? each->id.str() : today->present_id(each->id.str(), kind));
    }
  };
  add(all_risks(), Kind::risk);
  add(all_weaknesses(), Kind::weakness);
  add(all_countermeasures(), Kind::countermeasure);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace riskd::engine
