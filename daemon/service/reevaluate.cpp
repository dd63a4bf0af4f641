#include "daemon/service/reevaluate.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "daemon/wire/json.hpp"

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

std::vector<Reevaluated> reevaluate(const engine::Policy& policy,
                                    const std::map<std::string, ViewPtr>& views, Instant now,
                                    std::vector<Reevaluated> prepared) {
  std::map<std::string, Reevaluated> known;
  for (Reevaluated& product : prepared) {
    const std::string name = product.product;
    known.emplace(name, std::move(product));
  }
  std::vector<Reevaluated> result;
  for (const auto& [product, view] : views) {
    const auto found = known.find(product);
    if (found != known.end() && found->second.before == view) {
      result.push_back(std::move(found->second));
    } else {
      result.push_back({product, view, nullptr});
    }
  }
  on_all_cores(result.size(), [&](std::size_t i) {
    Reevaluated& product = result[i];
    if (product.after) return;
    const ProductView& before = *product.before;
    product.after = std::make_shared<ProductView>(engine::LiveProduct(policy, before.facts(), now),
                                                  before.revision);
  });
  return result;
}

std::vector<ProductPlan> plans_of(const std::vector<Reevaluated>& products) {
  std::vector<ProductPlan> plans;
  for (const Reevaluated& product : products) {
    const engine::LiveProduct& before = product.before->live;
    const engine::LiveProduct& after = product.after->live;
    const engine::Deltas deltas = difference(*product.before, *product.after);
    if (deltas.empty()) continue;
    ProductPlan plan;
    plan.product = product.product;
    plan.rating_before = before.rating();
    plan.rating_after = after.rating();
    plan.change = wire::write_change(after.facts().last_seq, after, deltas);
    for (const engine::TicketChange& ticket : deltas.tickets) {
      auto& list = ticket.desired == engine::Desired::open ? plan.opens : plan.closes;
      list.push_back(ticket.ticket + ":" + ticket.element);
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace riskd::service
