#include "daemon/service/spares.hpp"

#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

// Who read the view has finished, and all that was read was read before this returns: the count that
// is seen here was written by the last reader's release, and a count that goes up and down again
// acquires it.
bool is_alone(const ViewPtr& view) {
  if (view.use_count() != 1) return false;
  ViewPtr(view).reset();
  return true;
}

}  // namespace

std::shared_ptr<ProductView> Spares::take(const ProductView& current) {
  const auto known = by_id_.find(current.facts().id);
  if (known == by_id_.end()) return nullptr;
  Spare spare = std::move(*known->second);
  spares_.erase(known->second);
  by_id_.erase(known);
  if (!is_alone(spare.view)) return nullptr;
  // Views are made as what can be changed, and shown as what cannot.
  auto view = std::const_pointer_cast<ProductView>(std::move(spare.view));
  for (Step& step : spare.behind) view->live.apply(std::move(step.facts), step.now);
  view->revision = current.revision;
  return view;
}

void Spares::keep(ViewPtr before, std::vector<Step> steps) {
  const std::string& id = before->facts().id;
  spares_.push_front({std::move(before), std::move(steps)});
  by_id_[id] = spares_.begin();
  if (spares_.size() <= limits::spare_views) return;
  by_id_.erase(spares_.back().view->facts().id);
  spares_.pop_back();
}

void Spares::forget(const std::string& product) {
  const auto known = by_id_.find(product);
  if (known == by_id_.end()) return;
  spares_.erase(known->second);
  by_id_.erase(known);
}

}  // namespace riskd::service
