// A few threads for one kind of work that takes long: reading a report, planning a policy, waiting for a tracker.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace riskd::api {

// What waits for the threads. Peers take turns, and one peer's work is never on all threads, where there are several: what
// one of them brings waits behind one piece of another's work, not behind all of it. Usable from any thread; once the
// threads have stopped it takes nothing.
class WorkQueue {
 public:
  using Work = std::function<void()>;

  WorkQueue(std::size_t threads, std::size_t waiting);

  // False where too much waits already.
  bool add(const std::string& account, Work work);
  // Work that goes on with what `add` has taken before.
  void add_rest(const std::string& account, Work work);

  struct Load {
    std::size_t threads = 0, busy = 0, waiting = 0;
  };
  Load load() const;

  void run();   // carries work out until `stop`
  void stop();  // drops what waits

 private:
  struct Share {
    std::deque<Work> waiting;
    std::size_t running = 0;
  };
  using Shares = std::map<std::string, Share>;

  bool add(const std::string& account, Work work, std::size_t limit);
  Shares::iterator next_share();

  const std::size_t threads_;
  const std::size_t limit_;    // of what waits, over all peers
  const std::size_t at_once_;  // of one peer
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Shares shares_;  // by account, of peers whose work waits or runs; guarded by mutex_, as all below
  std::size_t waiting_ = 0;
  std::string last_;  // whose turn it was last
  bool is_stopping_ = false;
};

class Workers {
 public:
  Workers(std::size_t threads, std::size_t waiting);
  ~Workers();  // waits for what has begun and drops the rest
  Workers(const Workers&) = delete;

  // May outlive the threads.
  const std::shared_ptr<WorkQueue>& queue() const { return queue_; }

 private:
  const std::shared_ptr<WorkQueue> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace riskd::api
