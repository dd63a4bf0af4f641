#include "daemon/service/keep.hpp"

#include <future>
#include <memory>
#include <utility>

namespace riskd::service {

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

}  // namespace riskd::service
