// All products under another policy, on all cores; nothing changes by it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service/live.hpp"
#include "engine/update/policy_diff.hpp"

namespace riskd::service {

struct Reevaluated {
  std::string product;
  ViewPtr before;
  std::shared_ptr<ProductView> after;  // its revision is still that of `before`
  bool reached = false;                // by a rule that changed; the rest is empty where it is not
  engine::Deltas deltas;
  std::vector<engine::Effect> effects;
  ProductPlan plan;
};

// How far it is; read from any thread. `of` is 0 where nothing is going on.
struct Progress {
  std::atomic<std::size_t> done = 0, of = 0;
};

// In the products' order. Where `prepared` has the product from the same view, and no time of it has come since, that
// is taken.
std::vector<Reevaluated> reevaluate(const engine::PolicyDiff& diff,
                                    const std::map<std::string, ViewPtr>& views, Instant now,
                                    Progress& progress, std::vector<Reevaluated> prepared = {});

// Calls `task` with 0…count-1, on all cores; returns when all are done.
void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& task);

// What changes, product by product; products that do not change are left out.
std::vector<ProductPlan> plans_of(const std::vector<Reevaluated>& products);

}  // namespace riskd::service
