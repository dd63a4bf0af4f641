#include "daemon/service/store_keeper.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "daemon/service/recall.hpp"
#include "daemon/service/retention.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

constexpr auto pause = std::chrono::seconds(1);

}  // namespace

Status carried_out(Writer& writer, KeepWork work) {
  const auto done = std::make_shared<std::promise<Status>>();
  work.done = [done](Status status) { done->set_value(std::move(status)); };
  writer.add(std::move(work));
  return done->get_future().get();
}

Status keep(store::Transaction& transaction, const KeepWork& work, const Batch& batch) {
  for (const auto& [product, snapshot] : work.snapshots) {
    if (Status put = transaction.put_snapshot(product, snapshot); !put) return put;
  }
  for (const auto& [product, day] : work.days) {
    if (day.day >= date_of(batch.now())) continue;  // the clock was set back meanwhile
    store::DayRecord record = day;
    record.written = batch.now();
    if (Status added = transaction.add_day(product, record); !added) return added;
  }
  if (!work.prune) return Done{};
  const store::PruneRecord& record = work.prune->record;
  if (Status pruned = transaction.prune(record, work.prune->base); !pruned) return pruned;
  return transaction.close_entry({store::EntryKind::prune,
                                  batch.now(),
                                  batch.now(),
                                  batch.policy().revision,
                                  false,
                                  "riskd",
                                  {record.product}});
}

void StoreKeeper::start() { thread_ = std::thread(&StoreKeeper::run, this); }

void StoreKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool StoreKeeper::wait() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pause, [this] { return stopping_; });
  return !stopping_;
}

void StoreKeeper::run() {
  do {
    take_snapshots(shared_.tails.take_due());
    remove_results();
    warn_when_full();
  } while (wait());
  take_snapshots(shared_.tails.take_all());
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
  return stored.has_value();
}

void StoreKeeper::warn_when_full() {
  const std::uint64_t most = shared_.config.store_mebibytes << 20;
  const bool is_nearly_full = shared_.store->size_bytes() >= most / 5 * 4;
  if (is_nearly_full && !has_warned_) {
    spdlog::warn(
        "the store has {} of {} MiB: raise `[store] max-mebibytes`, or keep results for less time",
        shared_.store->size_bytes() >> 20, most >> 20);
  }
  has_warned_ = is_nearly_full;
}

// Once each day, of one product after the other.
void StoreKeeper::remove_results() {
  const Retention& kept = shared_.config.retention;
  const Instant now = shared_.clock();
  if (!kept.seconds && !kept.uploads) return;
  if (cleaned_ == date_of(now)) return;
  cleaned_ = date_of(now);
  for (const auto& [product, view] : shared_.live.views()) {
    auto found = superseded(*shared_.store, product, kept, now);
    if (!found) {
      spdlog::error("results of product `{}` are not removed: {} {}", product,
                    found.error().message, found.error().where);
      continue;
    }
    if (!*found) continue;
    const std::size_t entries = (*found)->record.positions.size();
    const Status done = carried_out(writer_, KeepWork{{}, std::move(**found), {}, {}});
    if (!done) return;  // the writer has said why; tomorrow again
    spdlog::info("product `{}`: the results of {} earlier uploads were removed", product, entries);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

}  // namespace riskd::service
