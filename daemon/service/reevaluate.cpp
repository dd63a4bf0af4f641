#include "daemon/service/reevaluate.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "daemon/wire/json.hpp"
#include "dsl/text/sha256.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/lost.hpp"

namespace riskd::service {

namespace {

constexpr int low_priority = 10;  // as `nice` counts it

// On all cores: one of them by this thread, or, in the background, all of them by others.
void carry_out(std::size_t count, const std::function<void(std::size_t)>& task,
               bool is_background) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) task(i);
  };
  const auto quiet_work = [&] {
    // Of this thread alone, on Linux. Without it the work is done all the same.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), low_priority);
    work();
  };
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (std::size_t i = is_background ? 0 : 1; i < std::min(cores, count); ++i) {
    if (is_background) {
      threads.emplace_back(quiet_work);
    } else {
      threads.emplace_back(work);
    }
  }
  if (!is_background) work();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& task) {
  carry_out(count, task, false);
}

void in_background(std::size_t count, const std::function<void(std::size_t)>& task) {
  carry_out(count, task, true);
}

namespace {

bool is_rated_otherwise(const engine::RiskRow& before, const engine::RiskRow& after) {
  return before.inherent != after.inherent || before.current != after.current ||
         before.projected != after.projected;
}

// What changes, as a line and as a digest. Its ratings and what is lost are there already.
void describe(ProductPlan& plan, std::uint64_t seq, const std::string& changed) {
  plan.change = wire::numbered(seq, changed);
  dsl::Sha256 digest;
  digest.add(fmt::format("{} {} {}", plan.product, plan.rating_before, plan.rating_after));
  for (const std::string& lost : plan.lost) digest.add(" " + lost);
  digest.add("\n" + changed);
  plan.digest = digest.digits();
}

// A machine's clock that is behind the store does not take a product back.
std::shared_ptr<ProductView> evaluated_under(const Reevaluation& how, const ProductView& before) {
  std::optional<Timed> timed;
  if (how.shared) timed.emplace(how.shared->meters->evaluation(Evaluated::policy));
  return before.under(how.diff.after(), std::max(how.now, before.live.now()));
}

// Evaluates the product under `diff.after()`, unless no rule that changed reaches it.
void carry_over(const Reevaluation& how, Reevaluated& product) {
  const engine::PolicyDiff& diff = how.diff;
  const ProductView& before = *product.before;
  ProductPlan& plan = product.plan;
  plan.product = product.product;
  plan.lost = engine::lost_under(*diff.before(), *diff.after(), before.facts());
  if (before.live.policy() == diff.before() && !diff.reaches(before.live)) {
    product.after = before.carried_to(diff.after());
    if (plan.lost.empty()) return;
    plan.rating_before = plan.rating_after = before.live.rating();
    describe(plan, before.facts().last_seq,
             wire::write_changed(product.after->live, product.deltas));
    return;
  }
  product.reached = true;
  const bool was_cool = before.is_cool();
  product.after = evaluated_under(how, before);
  ProductView& after = *product.after;
  Change changed = change(before, after);
  product.deltas = std::move(changed.deltas);
  after.notes.clear();
  auto effects = engine::reconcile(after.live, &after.notes);
  if (how.shared) product.missing = missing_of(*how.shared, after.facts(), std::move(effects));
  plan.rating_before = before.live.rating();
  plan.rating_after = after.live.rating();
  describe(plan, after.facts().last_seq, wire::write_changed(after.live, product.deltas));
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

std::vector<Reevaluated> reevaluate(const Reevaluation& how,
                                    const std::map<std::string, ViewPtr>& views,
                                    std::vector<Reevaluated> prepared) {
  std::vector<Reevaluated> result;
  result.reserve(views.size());
  std::vector<std::size_t> left;
  auto known = prepared.begin();
  for (const auto& [product, view] : views) {
    while (known != prepared.end() && known->product < product) ++known;
    const bool is_known = known != prepared.end() && known->product == product;
    if (is_known && is_current(*known, view, how.now)) {
      result.push_back(std::move(*known));
      continue;
    }
    left.push_back(result.size());
    result.emplace_back();
    result.back().product = product;
    result.back().before = view;
  }
  how.progress.done = result.size() - left.size();
  how.progress.of = result.size();
  const auto evaluate = [&](std::size_t i) {
    carry_over(how, result[left[i]]);
    ++how.progress.done;
  };
  if (how.is_in_background) {
    in_background(left.size(), evaluate);
  } else {
    on_all_cores(left.size(), evaluate);
  }
  how.progress.of = 0;
  return result;
}

std::size_t not_current(const std::vector<Reevaluated>& products,
                        const std::map<std::string, ViewPtr>& views) {
  std::size_t same = 0;
  for (const Reevaluated& each : products) {
    const auto found = views.find(each.product);
    if (found != views.end() && found->second == each.before) ++same;
  }
  return views.size() - same;
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

std::string hash_of(const engine::Program& policy, const std::vector<ProductPlan>& plans) {
  dsl::Sha256 hash;
  hash.add(policy.hash);
  for (const ProductPlan& plan : plans) hash.add("\n" + plan.digest);
  return hash.digits().substr(0, policy.hash.size());
}

Status as_planned(const std::string& required, const engine::Program& policy,
                  const std::vector<ProductPlan>& plans) {
  if (required.empty() || hash_of(policy, plans) == required) return Done{};
  return fail(ErrorCode::conflict,
              "the reload would not do what was planned: the policy or the facts have changed. "
              "Plan again");
}

}  // namespace riskd::service
