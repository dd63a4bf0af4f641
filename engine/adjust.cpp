// From the inherent rating to the current one: the steps, and the waterfall that shows them.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "engine/evaluator.hpp"

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

static const std::string& element_of(const auto& visit, const RiskInstance& risk) {
  if (visit.countermeasure != nullptr) return visit.countermeasure->id;
  return visit.weakness != nullptr ? visit.weakness->id : risk.id;
}

// The value after `visits`: each restore takes back what came before it through its element, so a visit
// counts unless a later restore names its weakness or its countermeasure.
double Evaluator::run(const Program& program, double inherent, const std::vector<StepVisit>& visits,
                      std::size_t count) {
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

// `rows`, where wanted, take the waterfall.
double Evaluator::run_steps(RiskInstance& risk, bool projected, std::vector<StepRow>* rows) {
  const double inherent =
      program_.inherent == no_index ? 0 : rating_of(program_.inherent, context_of(risk));
  projecting_ = projected;
  Trace* const tracing = projected ? std::exchange(trace_, nullptr) : trace_;
  std::vector<StepVisit> visits;
  const auto add = [&](std::size_t index, const Context& context) {
    const Adjust& step = program_.adjusts[index];
    if (!holds(step.when, context, true)) return;
    StepVisit visit{index, context.weakness, context.countermeasure, 0};
    if (step.amount != no_node) {
      const Value amount = eval(step.amount, context);
      const bool share = step.op == AdjustOp::reduce || step.op == AdjustOp::reduce_of_inherent;
      // What is not known must not flatter: the least reduction, the least raise, the highest cap.
      const double bound = step.op == AdjustOp::cap ? amount.hi : amount.lo;
      visit.amount =
          amount.is_none() || !std::isfinite(bound) ? (step.op == AdjustOp::cap ? 100 : 0) : bound;
      if (share) visit.amount = std::clamp(visit.amount, 0.0, 1.0);
    }
    visits.push_back(visit);
  };
  Context context = context_of(risk);
  for (std::size_t i = 0; i < program_.adjusts.size(); ++i) {
    const Adjust& step = program_.adjusts[i];
    if (step.kind == Kind::risk) {
      add(i, context);
    } else if (step.kind == Kind::weakness) {
      for (WeaknessInstance* weakness : risk.weaknesses) {
        context.weakness = weakness;
        add(i, context);
      }
    } else {
      for (const RiskUse& each : risk.uses) {
        context.countermeasure = each.countermeasure;
        context.weakness = each.weakness;
        context.use = each.use;
        add(i, context);
      }
    }
    context = context_of(risk);
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
      const double after = run(program_, inherent, visits, i + 1);
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
  return run(program_, inherent, visits, visits.size());
}

std::string Evaluator::because(const StepVisit& visit, const Adjust& step, RiskInstance& risk) {
  const auto newest_failure = [](const TestedElement& tests) -> std::string {
    if (tests.deciding == nullptr) return "";
    const BoundResult& result = *tests.deciding;
    return result.source + " " + result.suite + " " + result.entry.result.id + ", " +
           to_display(result.entry.from.at);
  };
  if (step.kind == Kind::weakness) return newest_failure(visit.weakness->tests);
  if (step.kind == Kind::countermeasure) {
    return step.op == AdjustOp::restore ? newest_failure(visit.countermeasure->tests)
                                        : why(*visit.countermeasure).because;
  }
  const auto* accepted = decision(risk, "accepted");
  return accepted == nullptr ? "" : "accepted: " + accepted->value.reason;
}

void Evaluator::adjust(RiskInstance& risk) {
  if (risk.adjusted) return;
  risk.adjusted = true;
  risk.inherent =
      program_.inherent == no_index ? 0 : rating_of(program_.inherent, context_of(risk));
  // Coverage counts the steps that act: they are looked at one by one.
  std::vector<StepRow> rows;
  risk.current = run_steps(risk, false, trace_ == nullptr ? nullptr : &rows);
  risk.projected = run_steps(risk, true, nullptr);
}

std::vector<StepRow> Evaluator::steps(RiskInstance& risk) {
  std::vector<StepRow> rows;
  Trace* const tracing = std::exchange(trace_, nullptr);
  run_steps(risk, false, &rows);
  trace_ = tracing;
  return rows;
}

}  // namespace riskd::engine
