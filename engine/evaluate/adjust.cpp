// From the inherent rating to the current one: the steps, and the waterfall that shows them.
#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "engine/base/few.hpp"
#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {
namespace {

double held(double value) { return std::clamp(value, 0.0, 100.0); }

}  // namespace

// One visit of a step whose condition is true.
struct Evaluator::StepVisit {
  std::size_t step = 0;
  WeaknessInstance* weakness = nullptr;
  CountermeasureInstance* countermeasure = nullptr;
  double amount = 0;
};

// Whom the steps visit, and what they read of them, looked up once for all of them.
struct Evaluator::Visited {
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
  Few<Weakness, 8> weaknesses;
  Few<Use, 16> uses;
};

static const std::string& element_of(const auto& visit, const RiskInstance& risk) {
  if (visit.countermeasure != nullptr) return visit.countermeasure->id;
  return visit.weakness != nullptr ? visit.weakness->id : risk.id;
}

// The value after `visits`: each restore takes back what came before it through its element, so a visit
// counts unless a later restore names its weakness or its countermeasure.
double Evaluator::run(const Program& program, double inherent, std::span<const StepVisit> visits) {
  const std::size_t count = visits.size();
  const auto taken_back = [&](const StepVisit& visit, std::size_t at) {
    for (std::size_t i = at + 1; i < count; ++i) {
      const StepVisit& restore = visits[i];
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
    const StepVisit& visit = visits[i];
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
double Evaluator::amount(const Adjust& step, RiskInstance& risk, const Context& context) {
  if (step.amount == no_node) return 0;
  const auto index = static_cast<std::size_t>(&step - program_.adjusts.data());
  if (trace_ == nullptr && dependencies_.steps[index].by_share)
    return share(context.use, risk, *context.weakness, *context.countermeasure);
  const Value amount = eval(step.amount, context);
  const bool is_share = step.op == AdjustOp::reduce || step.op == AdjustOp::reduce_of_inherent;
  // What is not known must not flatter: the least reduction, the least raise, the highest cap.
  const double bound = step.op == AdjustOp::cap ? amount.hi : amount.lo;
  if (amount.is_none() || !std::isfinite(bound)) return step.op == AdjustOp::cap ? 100 : 0;
  return is_share ? std::clamp(bound, 0.0, 1.0) : bound;
}

// `rows`, where wanted, take the waterfall.
double Evaluator::run_steps(RiskInstance& risk, const Visited& visited, double inherent,
                            bool projected, std::vector<StepRow>* rows) {
  projecting_ = projected;
  Trace* const tracing = projected ? std::exchange(trace_, nullptr) : trace_;
  Few<StepVisit, 16> visits;
  for (std::size_t i = 0; i < program_.adjusts.size(); ++i) {
    const Adjust& step = program_.adjusts[i];
    const ActsBy& by = dependencies_.steps[i];
    const bool is_told = by.possible && trace_ == nullptr;  // by the codes alone
    const bool by_share = is_told && by.by_share;
    const auto visit = [&](WeaknessInstance* weakness, CountermeasureInstance* countermeasure,
                           std::uint32_t use, Visited::Codes codes) {
      if (is_told && !by.acts[projected ? codes.projected : codes.now]) return;
      Context context = context_of(risk);
      context.weakness = weakness;
      context.countermeasure = countermeasure;
      context.use = use;
      if (is_told || holds(step.when, context, true))
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
        else if (by.acts[projected ? codes.projected : codes.now])
          visits.push_back({i, use.weakness, use.countermeasure, share});
      }
    }
  }
  projecting_ = false;
  trace_ = tracing;
  if (rows != nullptr) {
    double before = inherent;
    for (std::size_t i = 0; i < visits.size(); ++i) {
      // The uses of one countermeasure act together.
      while (i + 1 < visits.size() && visits[i].countermeasure != nullptr &&
             visits[i + 1].step == visits[i].step &&
             visits[i + 1].countermeasure == visits[i].countermeasure) {
        ++i;
      }
      const double after = run(program_, inherent, visits.all().first(i + 1));
      const StepVisit& visit = visits[i];
      const Adjust& step = program_.adjusts[visit.step];
      if (after != before) {
        if (trace_ != nullptr) ++trace_->steps[static_cast<std::uint32_t>(visit.step)];
        rows->push_back({step.name, step.reason, element_of(visit, risk), after - before, after,
                         because(visit, step, risk)});
      }
      before = after;
    }
  }
  return run(program_, inherent, visits.all());
}

std::string Evaluator::because(const StepVisit& visit, const Adjust& step, RiskInstance& risk) {
  const auto newest_failure = [](const auto& element) -> std::string {
    const BoundResult* result = deciding(element.results, element.tested);
    if (result == nullptr) return "";
    return result->source + " " + result->suite + " " + result->result().id + ", " +
           to_display(result->at);
  };
  if (step.kind == Kind::weakness) return newest_failure(*visit.weakness);
  if (step.kind == Kind::countermeasure) {
    return step.op == AdjustOp::restore ? newest_failure(*visit.countermeasure)
                                        : why(*visit.countermeasure).because;
  }
  const auto* accepted = decision(risk, "accepted");
  return accepted == nullptr ? "" : "accepted: " + accepted->value.reason;
}

Evaluator::Visited Evaluator::visited_of(const RiskInstance& risk) {
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
  Few<Visited::Codes, 8> tests;  // of the weaknesses
  for (WeaknessInstance* each : weaknesses_of(risk)) {
    tests.push_back(tested(each->tested, shape.weakness_has_test[each->definition]));
    visited.weaknesses.push_back({each, codes_of(no_state, no_state, none, tests.back())});
  }
  Finder in(*risk.scope);
  for (const Shape::UseInRisk& each : shape.uses_of_risk.of(risk.definition)) {
    CountermeasureInstance& measure = *in.place<CountermeasureInstance>(each.countermeasure);
    const State held = state(measure);
    visited.uses.push_back(
        {{each.use, &measure, visited.weaknesses[each.place].instance},
         codes_of(static_cast<std::uint8_t>(held), once_done(held),
                  tested(measure.tested, shape.countermeasure_has_test[measure.definition]),
                  tests[each.place]),
         shape.share_of_use[each.use]});
  }
  return visited;
}

void Evaluator::adjust(RiskInstance& risk) {
  if (risk.adjusted) return;
  risk.adjusted = true;
  risk.inherent =
      program_.inherent == no_index ? 0 : rating_of(program_.inherent, context_of(risk));
  const Visited visited = visited_of(risk);
  // Coverage counts the steps that act: they are looked at one by one.
  std::vector<StepRow> rows;
  risk.current =
      run_steps(risk, visited, risk.inherent, false, trace_ == nullptr ? nullptr : &rows);
  risk.projected = run_steps(risk, visited, risk.inherent, true, nullptr);
}

std::vector<StepRow> Evaluator::steps(RiskInstance& risk) {
  std::vector<StepRow> rows;
  adjust(risk);
  Trace* const tracing = std::exchange(trace_, nullptr);
  run_steps(risk, visited_of(risk), risk.inherent, false, &rows);
  trace_ = tracing;
  return rows;
}

}  // namespace riskd::engine
