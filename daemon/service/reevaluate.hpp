// All products under another policy, on all cores; nothing changes by it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service/live.hpp"

namespace riskd::service {

struct Reevaluated {
  std::string product;
  ViewPtr before;
  std::shared_ptr<ProductView> after;  // its revision is still that of `before`
};

// In the products' order. Where `prepared` has the product from the same view, that is taken.
std::vector<Reevaluated> reevaluate(const engine::Policy& policy,
                                    const std::map<std::string, ViewPtr>& views, Instant now,
                                    std::vector<Reevaluated> prepared = {});

// Calls `task` with 0…count-1, on all cores; returns when all are done.
void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& task);

// What changes, product by product; products that do not change are left out.
std::vector<ProductPlan> plans_of(const std::vector<Reevaluated>& products);

}  // namespace riskd::service
