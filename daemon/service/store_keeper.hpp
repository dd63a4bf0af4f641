// Keeps what the store must read at a start in proportion to what is live: a thread that takes snapshots of products
// beside the writer, and removes superseded results.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "daemon/service/shared.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

// The writer's part: a snapshot and the end of a day are of no entry of the log; what retention removes is one.
Status keep(store::Transaction& transaction, const KeepWork& work, const Batch& batch);

// By the writer; waits for it.
Status carried_out(Writer& writer, KeepWork work);

class StoreKeeper {
 public:
  StoreKeeper(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}
  ~StoreKeeper() { stop(); }

  void start();
  // Takes snapshots of all that has changed since the last one; the writer is still at work.
  void stop();

 private:
  void run();
  bool wait();  // false: it is to stop
  void take_snapshots(const std::vector<Tail>& tails);
  bool store(std::vector<Tail>& tails, KeepWork work);
  void remove_results();
  void warn_when_full();

  Shared& shared_;
  Writer& writer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
  bool has_warned_ = false;
  std::optional<Date> cleaned_;  // the day on which results were removed last
};

}  // namespace riskd::service
