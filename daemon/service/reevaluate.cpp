#include "daemon/service/reevaluate.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "daemon/wire/json.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/lost.hpp"

namespace riskd::service {

void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) task(i);
  };
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(cores, count); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

namespace {

bool is_rated_otherwise(const engine::RiskRow& before, const engine::RiskRow& after) {
  return before.inherent != after.inherent || before.current != after.current ||
         before.projected != after.projected;
}

// Evaluates the product under `diff.after()`, unless no rule that changed reaches it.
void carry_over(const engine::PolicyDiff& diff, Instant now, Reevaluated& product) {
  const ProductView& before = *product.before;
  ProductPlan& plan = product.plan;
  plan.product = product.product;
  plan.lost = engine::lost_under(*diff.before(), *diff.after(), before.facts());
  if (before.live.policy() == diff.before() && !diff.reaches(before.live)) {
    product.after = before.carried_to(diff.after());
    if (plan.lost.empty()) return;
    plan.rating_before = plan.rating_after = before.live.rating();
    plan.change = wire::write_change(before.facts().last_seq, product.after->live, product.deltas);
    return;
  }
  product.reached = true;
  const bool was_cool = before.is_cool();
  // A machine's clock that is behind the store does not take a product back.
  product.after = before.under(diff.after(), std::max(now, before.live.now()));
  ProductView& after = *product.after;
  Change changed = change(before, after);
  product.deltas = std::move(changed.deltas);
  after.notes.clear();
  product.effects = engine::reconcile(after.live, &after.notes);
  plan.rating_before = before.live.rating();
  plan.rating_after = after.live.rating();
  plan.change = wire::write_change(after.facts().last_seq, after.live, product.deltas);
  plan.added = std::move(changed.elements.added);
  plan.removed = std::move(changed.elements.removed);
  for (const engine::RiskChange& risk : product.deltas.risks) {
    if (!risk.whole && !risk.ended) ++plan.moved;
    // Under another id: which part differs is unknown.
    if (!risk.was.empty() &&
        is_rated_otherwise(before.live.risk(risk.was), after.live.risk(risk.id)))
      ++plan.moved;
  }
  for (const engine::TicketChange& ticket : product.deltas.tickets) {
    auto& list = ticket.desired == engine::Desired::open ? plan.opens : plan.closes;
    list.push_back(ticket.ticket + ":" + ticket.element);
  }
  if (!was_cool) return;
  before.cool();
  after.cool();
}

// Whether what was evaluated a moment ago is so at `now` too.
bool is_current(const Reevaluated& product, const ViewPtr& view, Instant now) {
  if (product.before != view) return false;
  const auto due = product.after->live.next_change();
  return !due || *due > now;
}

}  // namespace

std::vector<Reevaluated> reevaluate(const engine::PolicyDiff& diff,
                                    const std::map<std::string, ViewPtr>& views, Instant now,
                                    Progress& progress, std::vector<Reevaluated> prepared) {
  std::map<std::string, Reevaluated> known;
  for (Reevaluated& product : prepared) {
    const std::string name = product.product;
    known.emplace(name, std::move(product));
  }
  std::vector<Reevaluated> result;
  for (const auto& [product, view] : views) {
    const auto found = known.find(product);
    if (found != known.end() && is_current(found->second, view, now)) {
      result.push_back(std::move(found->second));
    } else {
      result.emplace_back();
      result.back().product = product;
      result.back().before = view;
    }
  }
  progress.done = 0;
  progress.of = result.size();
  on_all_cores(result.size(), [&](std::size_t i) {
    if (!result[i].after) carry_over(diff, now, result[i]);
    ++progress.done;
  });
  progress.of = 0;
  return result;
}

std::vector<ProductPlan> plans_of(const std::vector<Reevaluated>& products) {
  std::vector<ProductPlan> plans;
  for (const Reevaluated& product : products) {
    const ProductPlan& plan = product.plan;
    if (!product.deltas.empty() || !plan.added.empty() || !plan.removed.empty() ||
        !plan.lost.empty())
      plans.push_back(plan);
  }
  return plans;
}

}  // namespace riskd::service
