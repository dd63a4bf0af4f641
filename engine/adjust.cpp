// From the inherent rating to the current one: the steps, and the waterfall that shows them.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "engine/evaluator.hpp"

namespace riskd::engine {
namespace {

double held(double value) { return std::clamp(value, 0.0, 100.0); }

// One visit of a step whose condition is true.
struct Visit {
  std::size_t step = 0;
  WeaknessInstance* weakness = nullptr;
  CountermeasureInstance* countermeasure = nullptr;
  double amount = 0;
  std::string element, because;
};

}  // namespace

// The value after `visits`: each restore takes back what came before it through its element, so a visit
// counts unless a later restore names its weakness or its countermeasure.
static double run(const Program& program, double inherent, const std::vector<Visit>& visits,
                  std::size_t count) {
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

double Evaluator::run_steps(RiskInstance& risk, bool projected, std::vector<StepRow>* rows) {
  projecting_ = projected;
  Trace* const tracing = projected ? std::exchange(trace_, nullptr) : trace_;
  const double inherent =
      program_.inherent == no_index ? 0 : rating_of(program_.inherent, context_of(risk));
  std::vector<Visit> visits;
  const auto add = [&](std::size_t index, const Context& context, const std::string& element,
                       std::string because) {
    const Adjust& step = program_.adjusts[index];
    if (!holds(step.when, context, true)) return;
    Visit visit{index, context.weakness, context.countermeasure, 0, element, std::move(because)};
    if (step.amount != no_node) {
      const Value amount = eval(step.amount, context);
      const bool share = step.op == AdjustOp::reduce || step.op == AdjustOp::reduce_of_inherent;
      // What is not known must not flatter: the least reduction, the least raise, the highest cap.
      const double bound = step.op == AdjustOp::cap ? amount.hi : amount.lo;
      visit.amount =
          amount.is_none() || !std::isfinite(bound) ? (step.op == AdjustOp::cap ? 100 : 0) : bound;
      if (share) visit.amount = std::clamp(visit.amount, 0.0, 1.0);
    }
    visits.push_back(std::move(visit));
  };
  const auto newest_failure = [](const TestedElement& tests) -> std::string {
    if (tests.deciding == nullptr) return "";
    const BoundResult& result = *tests.deciding;
    return result.source + " " + result.suite + " " + result.entry->result.id + ", " +
           to_display(result.entry->from.at);
  };
  for (std::size_t i = 0; i < program_.adjusts.size(); ++i) {
    const Adjust& step = program_.adjusts[i];
    if (step.kind == Kind::risk) {
      std::string because;
      if (const auto* accepted = decision(risk.id, "accepted"))
        because = "accepted: " + accepted->value.reason;
      add(i, context_of(risk), risk.id, because);
    } else if (step.kind == Kind::weakness) {
      for (WeaknessInstance* weakness : risk.weaknesses) {
        Context context = context_of(risk);
        context.weakness = weakness;
        add(i, context, weakness->id, newest_failure(weakness->tests));
      }
    } else {
      // In id order: countermeasure, then weakness.
      std::map<std::pair<std::string, std::string>,
               std::pair<std::uint32_t, std::pair<CountermeasureInstance*, WeaknessInstance*>>>
          uses;
      for (WeaknessInstance* weakness : risk.weaknesses) {
        for (const auto& [use, countermeasure] : weakness->uses) {
          uses[{countermeasure->id, weakness->id}] = {use, {countermeasure, weakness}};
        }
      }
      for (const auto& [ids, found] : uses) {
        const auto& [use, elements] = found;
        Context context = context_of(risk);
        context.countermeasure = elements.first;
        context.weakness = elements.second;
        context.use = use;
        state(*elements.first);
        const bool restores = step.op == AdjustOp::restore;
        add(i, context, elements.first->id,
            restores ? newest_failure(elements.first->tests) : elements.first->because);
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
      const double after = run(program_, inherent, visits, i + 1);
      const Adjust& step = program_.adjusts[visits[i].step];
      if (after != before) {
        if (trace_ != nullptr) ++trace_->steps[static_cast<std::uint32_t>(visits[i].step)];
        rows->push_back(
            {step.name, step.reason, visits[i].element, after - before, after, visits[i].because});
      }
      before = after;
    }
  }
  return run(program_, inherent, visits, visits.size());
}

void Evaluator::adjust(RiskInstance& risk) {
  if (risk.adjusted) return;
  risk.adjusted = true;
  risk.current = run_steps(risk, false, &risk.steps);
  risk.projected = run_steps(risk, true, nullptr);
}

}  // namespace riskd::engine
