#include "engine/update/difference.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/evaluate/print.hpp"

namespace riskd::engine {
namespace {

// The elements of the evaluation before, by the id that each has after it: under another policy an element has another
// place, and perhaps another id.
class ElementsBefore {
 public:
  struct Risk {
    const RiskInstance* risk = nullptr;
    std::string was;  // the earlier id, where that is another one
  };
  struct Element {  // a weakness or a countermeasure
    std::optional<State> state;
    Tested tested = Tested::untested;
    std::string was;
  };

  ElementsBefore(const Evaluator& before, const Evaluator& after)
      : after_(after), renames_(may_rename(after)) {
    const Blocks& all = before.elements.blocks();
    risks.reserve(all.count<RiskInstance>());
    elements.reserve(all.count<WeaknessInstance>() + all.count<CountermeasureInstance>());
    for (const RiskInstance* each : all.all<RiskInstance>())
      keep(risks, each->id.str(), Kind::risk, Risk{each, {}});
    for (const WeaknessInstance* each : all.all<WeaknessInstance>())
      keep(elements, each->id.str(), Kind::weakness, Element{{}, each->last_tested, {}});
    for (const CountermeasureInstance* each : all.all<CountermeasureInstance>())
      keep(elements, each->id.str(), Kind::countermeasure,
           Element{each->state, each->last_tested, {}});
  }

  static bool may_rename(const Evaluator& after) {
    return !after.dependencies().former.empty() || !after.product().renamed_components.empty();
  }

  std::unordered_map<std::string_view, Risk> risks;
  std::unordered_map<std::string_view, Element> elements;

 private:
  template <typename Old>
  void keep(std::unordered_map<std::string_view, Old>& map, const std::string& id, Kind kind,
            Old old) {
    std::string_view key = id;
    if (renames_) {
      std::string present = after_.elements.present_id(id, kind);
      if (present != id) {
        old.was = id;
        key = present_ids_.emplace_back(std::move(present));
      }
    }
    if (map.emplace(key, old).second) return;
    // Two have one id today: what is there has been said of one of them.
    old.was.clear();
    map.emplace(id, std::move(old));
  }

  const Evaluator& after_;
  const bool renames_;
  std::deque<std::string> present_ids_;  // that the maps' keys point to
};

// What is told of a risk that is there before and after; nothing where it is as it was.
std::optional<RiskChange> changed(const RiskInstance& was, const Program& old_policy,
                                  const RiskInstance& now, const Program& policy) {
  RiskChange change;
  if (now.inherent != was.inherent) change.inherent = now.inherent;
  if (now.projected != was.projected) change.projected = now.projected;
  if (now.current != was.current) change.current = now.current;
  std::string band = band_name(policy, now.current);
  if (band != band_name(old_policy, was.current)) change.band = std::move(band);
  if (!change.inherent && !change.current && !change.projected && !change.band) return std::nullopt;
  change.id = now.id;
  return change;
}

void add_risks(const Evaluator* before, ElementsBefore* old, const Evaluator& after,
               std::vector<RiskChange>& out) {
  for (const RiskInstance* risk : after.elements.blocks().all<RiskInstance>()) {
    ElementsBefore::Risk was;
    if (old != nullptr) {
      if (auto known = old->risks.extract(risk->id.str())) was = std::move(known.mapped());
    }
    if (was.risk != nullptr && was.was.empty()) {
      if (auto change = changed(*was.risk, before->program(), *risk, after.program()))
        out.push_back(std::move(*change));
      continue;
    }
    RiskChange change;
    change.id = risk->id;
    change.whole = true;
    change.was = std::move(was.was);
    out.push_back(std::move(change));
  }
  if (old == nullptr) return;
  for (const auto& [id, left] : old->risks) {
    RiskChange change;
    // The policy that it was under may not stay.
    change.id = ElementId(left.was.empty() ? std::string(id) : left.was);
    change.ended = true;
    out.push_back(std::move(change));
  }
}

void add_states(const ElementsBefore* old, const Evaluator& after, std::vector<StateChange>& out) {
  const auto add = [&](const auto& instance, std::optional<State> state) {
    ElementsBefore::Element was;
    if (old != nullptr) {
      const auto known = old->elements.find(instance.id.str());
      if (known != old->elements.end()) was = known->second;
    }
    const bool other_state = state != was.state;
    const bool other_test = instance.tested != was.tested;
    if (!other_state && !other_test && was.was.empty()) return;
    StateChange change{instance.id, std::nullopt, std::nullopt, was.was};
    if (other_state) change.state = state;
    if (other_test) change.tested = instance.tested;
    out.push_back(std::move(change));
  };
  for (const WeaknessInstance* each : after.elements.blocks().all<WeaknessInstance>())
    add(*each, std::nullopt);
  for (const CountermeasureInstance* each : after.elements.blocks().all<CountermeasureInstance>())
    add(*each, each->state);
}

void add_tickets(const Evaluator* before, const Evaluator& after, std::vector<TicketChange>& out) {
  using Wanted = std::map<TicketKey, Desired>;
  Wanted was;
  if (before != nullptr) was = before->wanted_tickets.all();
  if (before != nullptr && ElementsBefore::may_rename(after)) {
    Wanted renamed;
    for (const auto& [key, desired] : was)
      renamed.emplace(after.known_tickets.present_ticket(key), desired);
    was = std::move(renamed);
  }
  const Wanted now = after.wanted_tickets.all();
  for (const auto& [key, desired] : now) {
    const auto known = was.find(key);
    // Of a ticket that was not there before, only that it should be open is news.
    if (known == was.end() ? desired == Desired::open : known->second != desired)
      out.push_back({key.ticket, key.element, desired});
  }
  for (const auto& [key, desired] : was) {
    if (desired == Desired::open && !now.contains(key))
      out.push_back({key.ticket, key.element, Desired::closed});
  }
}

}  // namespace

Deltas difference(const Evaluator* before, const Evaluator& after) {
  Deltas deltas;
  deltas.rating = after.rating;
  deltas.rating_changed = deltas.rating != (before == nullptr ? 0 : before->rating);
  std::optional<ElementsBefore> old;
  if (before != nullptr) old.emplace(*before, after);
  ElementsBefore* const known = old ? &*old : nullptr;
  add_risks(before, known, after, deltas.risks);
  add_states(known, after, deltas.states);
  add_tickets(before, after, deltas.tickets);
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(deltas.risks.begin(), deltas.risks.end(), by_id);
  std::sort(deltas.states.begin(), deltas.states.end(), by_id);
  sort_by_element(deltas.tickets);
  return deltas;
}

}  // namespace riskd::engine
