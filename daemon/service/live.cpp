#include "daemon/service/live.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <mutex>

#include "daemon/service/secrets.hpp"
#include "engine/explain/review.hpp"

namespace riskd::service {
namespace {

// A copy of what others may be asking.
engine::LiveProduct copy_of(const engine::LiveProduct& live, std::mutex& mutex) {
  const std::scoped_lock lock(mutex);
  return live;
}

}  // namespace

ProductView::ProductView(const ProductView& other)
    : live(copy_of(other.live, other.mutex_)), revision(other.revision), notes(other.notes) {}

std::string ProductView::version() const {
  return fmt::format("{}-{}-{}", facts().last_seq, revision, live.now().ms);
}

std::string ProductView::review_version() const { return review_version_of(model(), revision); }

std::string review_version_of(const engine::Model& model, std::uint64_t revision) {
  return hmac_sha256("review", engine::review_text(model, revision)).substr(0, 32);
}

const engine::Model& ProductView::model() const {
  const std::scoped_lock lock(mutex_);
  return live.model();
}

void ProductView::each_test(std::string_view suite,
                            const std::function<void(engine::TestRow)>& visit) const {
  const std::scoped_lock lock(mutex_);
  engine::each_test_row(live, suite, visit);
}

std::vector<engine::Unmatched> ProductView::unmatched_of_run(const std::string& suite,
                                                             std::string_view run,
                                                             std::size_t count) const {
  const std::scoped_lock lock(mutex_);
  return engine::unmatched_of_run(live, suite, run, count);
}

std::shared_ptr<ProductView> ProductView::under(engine::Policy policy, Instant now) const {
  const std::scoped_lock lock(mutex_);
  return std::make_shared<ProductView>(live.under(std::move(policy), now), revision);
}

std::shared_ptr<ProductView> ProductView::carried_to(engine::Policy policy) const {
  const std::scoped_lock lock(mutex_);
  auto carried = std::make_shared<ProductView>(live.carried_to(std::move(policy)), revision);
  carried->notes = notes;
  return carried;
}

void ProductView::cool() const {
  const std::scoped_lock lock(mutex_);
  live.cool();
}

bool ProductView::is_cool() const {
  const std::scoped_lock lock(mutex_);
  return live.is_cool();
}

Change change(const ProductView& before, const ProductView& after) {
  const std::scoped_lock lock(before.mutex_, after.mutex_);
  return {engine::difference(before.live, after.live), engine::turnover(before.live, after.live)};
}

void WarmProducts::touch(const ViewPtr& view) {
  ViewPtr coldest;
  {
    const std::scoped_lock lock(mutex_);
    const std::string& id = view->facts().id;
    const auto known = by_id_.find(id);
    if (known != by_id_.end()) {
      order_.splice(order_.begin(), order_, known->second);
      order_.front() = view;
      return;
    }
    order_.push_front(view);
    by_id_.emplace(id, order_.begin());
    if (order_.size() <= capacity_) return;
    coldest = std::move(order_.back());
    by_id_.erase(coldest->facts().id);
    order_.pop_back();
  }
  coldest->cool();
}

std::vector<ViewPtr> LiveProducts::swap(std::vector<Change> changes,
                                        std::optional<PolicyInForce> policy) {
  std::vector<ViewPtr> replaced;
  replaced.reserve(changes.size());
  for (const Change& change : changes) {
    if (change.view && !change.view->is_cool()) warm_.touch(change.view);
  }
  const std::unique_lock lock(mutex_);
  if (policy) policy_ = std::move(*policy);
  for (Change& change : changes) {
    if (change.view) replaced.push_back(replace_view(change.product, std::move(change.view)));
    waiting_.replace(change.product, std::move(change.outbox));
  }
  return replaced;
}

ViewPtr LiveProducts::replace_view(const std::string& product, ViewPtr by) {
  ViewPtr& view = views_[product];
  if (view && view->live.next_change()) wake_ups_.erase({*view->live.next_change(), product});
  ViewPtr replaced = std::exchange(view, std::move(by));
  if (view->live.next_change()) wake_ups_.emplace(*view->live.next_change(), product);
  return replaced;
}

ViewPtr LiveProducts::view(const std::string& product) const {
  ViewPtr view;
  {
    const std::shared_lock lock(mutex_);
    const auto found = views_.find(product);
    if (found != views_.end()) view = found->second;
  }
  if (view) warm_.touch(view);  // whoever asks for it will ask something of it
  return view;
}

OutboxPtr LiveProducts::outbox(const std::string& product) const {
  const std::shared_lock lock(mutex_);
  return waiting_.of(product);
}

PendingPtr LiveProducts::effect(const std::string& product, const std::string& key) const {
  const OutboxPtr waiting = outbox(product);
  if (!waiting) return nullptr;
  const auto found = waiting->find(key);
  return found == waiting->end() ? nullptr : found->second;
}

std::map<std::string, ViewPtr> LiveProducts::views() const {
  const std::shared_lock lock(mutex_);
  return views_;
}

std::map<std::string, OutboxPtr> LiveProducts::outboxes() const {
  const std::shared_lock lock(mutex_);
  return waiting_.by_product();
}

std::vector<PendingPtr> LiveProducts::due_effects(std::string_view tracker, Instant now,
                                                  std::int64_t longest_wait_ms) const {
  const std::shared_lock lock(mutex_);
  return waiting_.due(tracker, now, longest_wait_ms);
}

std::vector<PendingPtr> LiveProducts::effects_of(std::string_view tracker) const {
  const std::shared_lock lock(mutex_);
  return waiting_.all(tracker);
}

std::optional<Instant> LiveProducts::next_due_effect(std::string_view tracker) const {
  const std::shared_lock lock(mutex_);
  return waiting_.next_due(tracker);
}

PolicyInForce LiveProducts::policy() const {
  const std::shared_lock lock(mutex_);
  return policy_;
}

std::size_t LiveProducts::pending() const {
  const std::shared_lock lock(mutex_);
  return waiting_.size();
}

std::optional<std::pair<Instant, std::string>> LiveProducts::next_change() const {
  const std::shared_lock lock(mutex_);
  if (wake_ups_.empty()) return std::nullopt;
  return *wake_ups_.begin();
}

std::vector<std::string> LiveProducts::due(Instant now, std::size_t count) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> products;
  for (const auto& [moment, product] : wake_ups_) {
    if (moment > now || products.size() >= count) break;
    products.push_back(product);
  }
  return products;
}

namespace {

const RouteConfig* find_route(const Config& config, const std::string& product) {
  for (const RouteConfig& route : config.routes) {
    if (fnmatch(route.products.c_str(), product.c_str(), FNM_NOESCAPE) == 0) return &route;
  }
  return nullptr;
}

}  // namespace

std::string route_of(const Config& config, const std::string& product) {
  const RouteConfig* route = find_route(config, product);
  return route == nullptr ? std::string() : route->tracker;
}

std::string project_of(const Config& config, const std::string& product) {
  const RouteConfig* route = find_route(config, product);
  return route == nullptr ? std::string() : route->project;
}

bool is_configured(const Config& config, const std::string& tracker) {
  return std::any_of(config.trackers.begin(), config.trackers.end(),
                     [&](const TrackerConfig& each) { return each.name == tracker; });
}

std::string tracker_of(const Config& config, const engine::Effect& effect) {
  if (effect.kind == engine::EffectKind::create) return route_of(config, effect.product);
  return is_configured(config, effect.tracker) ? effect.tracker : std::string();
}

}  // namespace riskd::service
