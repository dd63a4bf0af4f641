// All products under another policy, on all cores; nothing changes by it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service/missing.hpp"
#include "engine/update/policy_diff.hpp"

namespace riskd::service {

struct Reevaluated {
  std::string product;
  ViewPtr before;
  std::shared_ptr<ProductView> after;  // its revision is still that of `before`
  bool reached = false;                // by a rule that changed; the rest is empty where it is not
  engine::Deltas deltas;
  std::vector<Missing> missing;
  ProductPlan plan;
};

struct Reevaluation {
  const engine::PolicyDiff& diff;
  Instant now;
  Progress& progress;
  // Whose configuration and keys the outboxes are of. Null: what trackers miss is not asked.
  const Shared* shared = nullptr;
  // On threads that leave the processor to others: to the writer, above all.
  bool is_in_background = false;
};

// In the products' order. Where `prepared`, in that order too, has the product from the same view, and no time of it has
// come since, that is taken.
std::vector<Reevaluated> reevaluate(const Reevaluation& how,
                                    const std::map<std::string, ViewPtr>& views,
                                    std::vector<Reevaluated> prepared = {});

// Of how many products the state is another one than the one that was evaluated.
std::size_t not_current(const std::vector<Reevaluated>& products,
                        const std::map<std::string, ViewPtr>& views);

// Calls `task` with 0…count-1, on all cores; returns when all are done.
void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& task);
// The same on threads of low priority.
void in_background(std::size_t count, const std::function<void(std::size_t)>& task);

// What changes, product by product; products that do not change are left out.
std::vector<ProductPlan> plans_of(const std::vector<Reevaluated>& products);

// Plan::hash.
std::string hash_of(const engine::Program& policy, const std::vector<ProductPlan>& plans);
// Error::conflict where something else would change than was planned; `required` is the hash of that, or empty.
Status as_planned(const std::string& required, const engine::Program& policy,
                  const std::vector<ProductPlan>& plans);

}  // namespace riskd::service
