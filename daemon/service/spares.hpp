// Earlier views of the products that were changed last, to be changed again instead of a copy: one
// change behind the view that everybody sees, and brought up to it by the same facts.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/service/live.hpp"

namespace riskd::service {

// The facts that a view was changed by at once, as LiveProduct::apply takes them.
struct Step {
  std::vector<engine::Fact> facts;
  Instant now;
};

// Used by the writer alone; of limits::spare_views products.
class Spares {
 public:
  // A view that is as `current` is, and nobody else's. Null where there is none: then a copy is due.
  std::shared_ptr<ProductView> take(const ProductView& current);
  // `before` was what everybody saw before `steps`, and is no longer.
  void keep(ViewPtr before, std::vector<Step> steps);
  // The product has changed otherwise: the spare cannot follow, and goes.
  void forget(const std::string& product);

 private:
  struct Spare {
    ViewPtr view;
    std::vector<Step> behind;
  };
  std::list<Spare> spares_;  // the last kept first
  std::unordered_map<std::string, std::list<Spare>::iterator> by_id_;
};

}  // namespace riskd::service
