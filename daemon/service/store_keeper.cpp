#include "daemon/service/store_keeper.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "daemon/service/keep.hpp"
#include "daemon/service/recall.hpp"
#include "daemon/service/retention.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

constexpr std::chrono::milliseconds between_looks = std::chrono::seconds(1);
constexpr double removals_while_kept = 10;
constexpr std::chrono::milliseconds after_a_failure = std::chrono::seconds(30);

}  // namespace

void StoreKeeper::start() {
  periodic_.start([this] {
    has_failed_ = false;
    shared_.store->forget_dead_readers();
    take_snapshots(shared_.tails.take_due());
    remove_results();
    warn_when_full();
    return has_failed_ ? after_a_failure : between_looks;
  });
}

void StoreKeeper::stop() {
  if (periodic_.stop()) take_snapshots(shared_.tails.take_all());
}

void StoreKeeper::take_snapshots(const std::vector<Tail>& tails) {
  KeepWork work;
  std::vector<Tail> taken;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < tails.size(); ++i) {
    const ViewPtr view = shared_.live.view(tails[i].product);
    if (!view) continue;
    work.snapshots.emplace_back(tails[i].product, snapshot_of(*view));
    bytes += work.snapshots.back().second.size();
    taken.push_back(tails[i]);
    if (bytes < limits::snapshot_batch_bytes) continue;
    bytes = 0;
    if (!store(taken, std::exchange(work, {}))) {
      for (++i; i < tails.size(); ++i) shared_.tails.put_back(tails[i]);
      return;
    }
  }
  if (!taken.empty()) store(taken, std::move(work));
}

// Whether they are stored; then `tails` is empty.
bool StoreKeeper::store(std::vector<Tail>& tails, KeepWork work) {
  std::vector<std::size_t> sizes;
  for (const auto& [product, bytes] : work.snapshots) sizes.push_back(bytes.size());
  const Status stored = carried_out(writer_, std::move(work));
  for (std::size_t i = 0; i < tails.size(); ++i) {
    if (stored) {
      shared_.tails.stored(tails[i].product, sizes[i]);
    } else {
      shared_.tails.put_back(tails[i]);
    }
  }
  tails.clear();
  has_failed_ = !stored;
  return stored.has_value();
}

void StoreKeeper::warn_when_full() {
  const std::uint64_t most = shared_.config()->store_mebibytes << 20;
  const bool is_nearly_full = shared_.store->size_bytes() >= most / 5 * 4;
  if (is_nearly_full && !has_warned_) {
    spdlog::warn(
        "the store has {} of {} MiB: raise `[store] max-mebibytes`, or keep results for less time",
        shared_.store->size_bytes() >> 20, most >> 20);
  }
  has_warned_ = is_nearly_full;
}

// Once each day, and each tenth of the time for which results are kept.
bool StoreKeeper::is_removal_due(Instant now) const {
  if (!cleaned_ || date_of(*cleaned_) != date_of(now)) return true;
  const std::optional<double> kept = shared_.config()->retention.seconds;
  return kept && static_cast<double>(now.ms - cleaned_->ms) >= *kept * 1'000 / removals_while_kept;
}

// Of one product after the other.
void StoreKeeper::remove_results() {
  const Retention kept = shared_.config()->retention;
  if (!kept.seconds && !kept.uploads) return;
  const Instant now = shared_.clock();
  if (has_failed_ || !is_removal_due(now)) return;
  for (const auto& [product, view] : shared_.live.views()) {
    if (periodic_.is_stopping()) return;
    auto found = superseded(*shared_.store, product, kept, now);
    if (!found) {
      spdlog::error("results of product `{}` are not removed: {} {}", product,
                    found.error().message, found.error().where);
      continue;
    }
    if (!*found) continue;
    const std::size_t entries = (*found)->record.positions.size();
    if (!remove(product, std::move(**found))) return;
    spdlog::info("product `{}`: the results of {} earlier uploads were removed", product, entries);
  }
  cleaned_ = now;
}

// The snapshot goes with it: one from before the removal would lack what was removed.
bool StoreKeeper::remove(const std::string& product, Prune prune) {
  const ViewPtr view = shared_.live.view(product);
  has_failed_ = view->facts().last_seq < prune.record.seq;  // stored, and not to be seen yet
  if (has_failed_) return false;
  KeepWork work;
  work.snapshots.emplace_back(product, snapshot_of(*view));
  work.prune = std::move(prune);
  has_failed_ = !carried_out(writer_, std::move(work));
  return !has_failed_;
}

}  // namespace riskd::service
