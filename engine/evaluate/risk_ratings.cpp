#include "engine/evaluate/risk_ratings.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/states.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

namespace {

double held(double value) { return std::clamp(value, 0.0, 100.0); }

}  // namespace

RiskRatings::RiskRatings(Basis& basis, const Decisions& decisions, Values& values, States& states)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      decisions_(decisions),
      values_(values),
      states_(states) {}

// One visit of a step whose condition is true.
struct RiskRatings::Visit {
  std::size_t step = 0;
  WeaknessInstance* weakness = nullptr;
  CountermeasureInstance* countermeasure = nullptr;
  double amount = 0;
};

// Whom the steps visit, and what they read of them, looked up once for all of them.
struct RiskRatings::Visited {
  struct Codes {  // ElementBytes::number: as it is, and once what is required is done
    std::uint8_t now = 0, projected = 0;
  };
  struct Weakness {
    WeaknessInstance* instance = nullptr;
    Codes codes;
  };
  struct Use {
    UseInRisk use;
    Codes codes;
    double share = 0;  // that the use takes off; NaN if it must be computed
  };
  Codes of_risk;
  SmallVector<Weakness, 8> weaknesses;
  SmallVector<Use, 16> uses;
};

static const std::string& element_of(const auto& visit, const RiskInstance& risk) {
  if (visit.countermeasure != nullptr) return visit.countermeasure->id;
  return visit.weakness != nullptr ? visit.weakness->id : risk.id;
}

// The value after `visits`: each restore takes back what came before it through its element, so a visit
// counts unless a later restore names its weakness or its countermeasure.
double RiskRatings::value_after(const Program& program, double inherent,
                                std::span<const Visit> visits) {
  const std::size_t count = visits.size();
  const auto taken_back = [&](const Visit& visit, std::size_t at) {
    for (std::size_t i = at + 1; i < count; ++i) {
      const Visit& restore = visits[i];
      if (program.adjusts[restore.step].op != AdjustOp::restore || restore.step <= visit.step)
        continue;
      const bool by_weakness = restore.countermeasure == nullptr && visit.weakness != nullptr &&
                               visit.weakness == restore.weakness;
      const bool by_measure =
          restore.countermeasure != nullptr && visit.countermeasure == restore.countermeasure;
      if (by_weakness || by_measure) return true;
    }
    return false;
  };
  double value = inherent;
  for (std::size_t i = 0; i < count;) {
    const Visit& visit = visits[i];
    const Adjust& step = program.adjusts[visit.step];
    if (step.op == AdjustOp::reduce || step.op == AdjustOp::reduce_of_inherent) {
      // Of one countermeasure's uses only the greatest share that counts.
      std::size_t end = i + 1;
      while (end < count && visit.countermeasure != nullptr && visits[end].step == visit.step &&
             visits[end].countermeasure == visit.countermeasure) {
        ++end;
      }
      double most = 0;
      for (std::size_t j = i; j < end; ++j) {
        if (!taken_back(visits[j], j)) most = std::max(most, visits[j].amount);
      }
      value = held(value - (step.op == AdjustOp::reduce ? value : inherent) * most);
      i = end;
      continue;
    }
    if (!taken_back(visit, i)) {
      if (step.op == AdjustOp::raise_by) value = held(value + visit.amount);
      if (step.op == AdjustOp::raise_to) value = held(std::max(value, visit.amount));
      if (step.op == AdjustOp::cap) value = held(std::min(value, visit.amount));
    }
    ++i;
  }
  return value;
}

// What a step takes off, adds or caps at, of what its context holds.
double RiskRatings::amount(const Adjust& step, RiskInstance& risk, const Context& context) {
  if (step.amount == no_node) return 0;
  const auto index = static_cast<std::size_t>(&step - program_.adjusts.data());
  if (basis_.trace == nullptr && dependencies_.steps[index].by_share)
    return share(context.use, risk, *context.weakness, *context.countermeasure);
  const Value amount = values_.eval(step.amount, context);
  const bool is_share = step.op == AdjustOp::reduce || step.op == AdjustOp::reduce_of_inherent;
  // What is not known must not flatter: the least reduction, the least raise, the highest cap.
  const double bound = step.op == AdjustOp::cap ? amount.hi : amount.lo;
  if (amount.is_none() || !std::isfinite(bound)) return step.op == AdjustOp::cap ? 100 : 0;
  return is_share ? std::clamp(bound, 0.0, 1.0) : bound;
}

// The steps whose conditions are true, in their order, with whom they visit.
void RiskRatings::visit_all(RiskInstance& risk, const Visited& visited, Visits& visits) {
  const bool projected = basis_.projecting;
  for (std::size_t i = 0; i < program_.adjusts.size(); ++i) {
    const Adjust& step = program_.adjusts[i];
    const ActsBy& by = dependencies_.steps[i];
    const bool is_told = by.possible && basis_.trace == nullptr;  // by the codes alone
    const bool by_share = is_told && by.by_share;
    const auto acts = [&](Visited::Codes codes) {
      return by.acts[projected ? codes.projected : codes.now];
    };
    const auto visit = [&](WeaknessInstance* weakness, CountermeasureInstance* countermeasure,
                           std::uint32_t use, Visited::Codes codes) {
      if (is_told && !acts(codes)) return;
      Context context = context_of(risk);
      context.weakness = weakness;
      context.countermeasure = countermeasure;
      context.use = use;
      if (is_told || values_.holds(step.when, context, true))
        visits.push_back({i, weakness, countermeasure, amount(step, risk, context)});
    };
    if (step.kind == Kind::risk) {
      visit(nullptr, nullptr, no_index, visited.of_risk);
    } else if (step.kind == Kind::weakness) {
      for (const auto& [weakness, codes] : visited.weaknesses)
        visit(weakness, nullptr, no_index, codes);
    } else {
      for (const auto& [use, codes, share] : visited.uses) {
        if (!by_share || std::isnan(share))
          visit(use.weakness, use.countermeasure, use.use, codes);
        else if (acts(codes))
          visits.push_back({i, use.weakness, use.countermeasure, share});
      }
    }
  }
}

// A row for each visit that changes the value.
void RiskRatings::add_rows(RiskInstance& risk, const Visits& visits, std::vector<StepRow>& rows) {
  double before = risk.inherent;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    // The uses of one countermeasure act together.
    while (i + 1 < visits.size() && visits[i].countermeasure != nullptr &&
           visits[i + 1].step == visits[i].step &&
           visits[i + 1].countermeasure == visits[i].countermeasure) {
      ++i;
    }
    const double after = value_after(program_, risk.inherent, visits.all().first(i + 1));
    const Visit& visit = visits[i];
    const Adjust& step = program_.adjusts[visit.step];
    if (after != before) {
      if (basis_.trace != nullptr) ++basis_.trace->steps[static_cast<std::uint32_t>(visit.step)];
      rows.push_back({step.name, step.reason, element_of(visit, risk), after - before, after,
                      because(visit, step, risk)});
    }
    before = after;
  }
}

// `rows`, where wanted, take the waterfall.
double RiskRatings::run(RiskInstance& risk, const Visited& visited, bool projected,
                        std::vector<StepRow>* rows) {
  Visits visits;
  {
    const Reading reading(basis_, projected, projected ? nullptr : basis_.trace);
    visit_all(risk, visited, visits);
  }
  if (rows != nullptr) add_rows(risk, visits, *rows);
  return value_after(program_, risk.inherent, visits.all());
}

std::string RiskRatings::because(const Visit& visit, const Adjust& step, RiskInstance& risk) {
  const auto newest_failure = [](const auto& element) -> std::string {
    const BoundResult* result = deciding(element.results, element.tested);
    if (result == nullptr) return "";
    return result->source + " " + result->suite + " " + result->id() + ", " +
           to_display(result->at);
  };
  if (step.kind == Kind::weakness) return newest_failure(*visit.weakness);
  if (step.kind == Kind::countermeasure) {
    return step.op == AdjustOp::restore ? newest_failure(*visit.countermeasure)
                                        : states_.why(*visit.countermeasure).because;
  }
  const auto* accepted = decisions_.of(risk, "accepted");
  return accepted == nullptr ? "" : "accepted: " + accepted->value.reason;
}

RiskRatings::Visited RiskRatings::visited_of(const RiskInstance& risk) {
  Visited visited;
  const Shape& shape = dependencies_.shape;
  const auto codes_of = [](std::uint8_t state, std::uint8_t projected_state, Visited::Codes measure,
                           Visited::Codes weakness) {
    return Visited::Codes{
        ElementBytes::number(state, measure.now, weakness.now),
        ElementBytes::number(projected_state, measure.projected, weakness.projected)};
  };
  const auto tested = [&](Tested now, bool has_test) {
    return Visited::Codes{static_cast<std::uint8_t>(now), once_done(now, has_test)};
  };
  constexpr std::uint8_t no_state = ElementBytes::states;
  constexpr Visited::Codes none{ElementBytes::tested, ElementBytes::tested};
  visited.of_risk = codes_of(no_state, no_state, none, none);
  SmallVector<Visited::Codes, 8> tests;  // of the weaknesses
  for (WeaknessInstance* each : weaknesses_of(risk)) {
    tests.push_back(tested(each->tested, shape.weakness_has_test[each->definition]));
    visited.weaknesses.push_back({each, codes_of(no_state, no_state, none, tests.back())});
  }
  Finder in(*risk.scope);
  for (const Shape::UseInRisk& each : shape.uses_of_risk.of(risk.definition)) {
    CountermeasureInstance& measure = *in.place<CountermeasureInstance>(each.countermeasure);
    const State held = states_.of(measure);
    visited.uses.push_back(
        {{each.use, &measure, visited.weaknesses[each.place].instance},
         codes_of(static_cast<std::uint8_t>(held), once_done(held),
                  tested(measure.tested, shape.countermeasure_has_test[measure.definition]),
                  tests[each.place]),
         shape.share_of_use[each.use]});
  }
  return visited;
}

void RiskRatings::adjust(RiskInstance& risk) {
  if (risk.adjusted) return;
  risk.adjusted = true;
  risk.inherent =
      program_.inherent == no_index ? 0 : values_.rating_of(program_.inherent, context_of(risk));
  const Visited visited = visited_of(risk);
  // Coverage counts the steps that act: they are looked at one by one.
  std::vector<StepRow> rows;
  risk.current = run(risk, visited, false, basis_.trace == nullptr ? nullptr : &rows);
  risk.projected = run(risk, visited, true, nullptr);
}

std::vector<StepRow> RiskRatings::steps(RiskInstance& risk) {
  std::vector<StepRow> rows;
  adjust(risk);
  const Reading untraced(basis_, basis_.projecting, nullptr);
  run(risk, visited_of(risk), false, &rows);
  return rows;
}

double RiskRatings::share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
                          CountermeasureInstance& countermeasure, bool* assumed) {
  const double fixed = dependencies_.shape.share_of_use[use];
  if (!std::isnan(fixed) && basis_.trace == nullptr) return fixed;
  const NodeId node = program_.uses[use].mitigates;
  if (node == no_node) return 0;
  Context context = context_of(risk);
  context.weakness = &weakness;
  context.countermeasure = &countermeasure;
  context.use = use;
  const Value value = values_.eval(node, context);
  if (value.is_none()) return 0;
  if (value.known()) return std::clamp(value.lo, 0.0, 1.0);
  if (assumed != nullptr) *assumed = true;
  // The default 0%, moved to the nearest end of the range.
  return std::clamp(std::clamp(0.0, value.lo, value.hi), 0.0, 1.0);
}

}  // namespace riskd::engine
