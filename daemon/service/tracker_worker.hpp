// One tracker and the thread that talks to it: effects go out, observations come back. A tracker that hangs delays its
// own tickets and nothing else.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "connectors/tracker.hpp"
#include "daemon/service/effect_sender.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/ticket_poller.hpp"
#include "daemon/service/tracker_link.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

class TrackerWorker {
 public:
  TrackerWorker(Shared& shared, Writer& writer, TrackerConfig config,
                std::unique_ptr<connectors::Tracker> tracker);
  ~TrackerWorker() { stop(); }

  void start();
  void stop();  // returns when the call to the tracker that is under way has
  void wake();  // an outbox has changed
  // While it is paused nothing is sent; what is under way ends, and tickets are still asked for.
  void pause(bool is_paused) { is_paused_ = is_paused; }

  // Tries every effect now, asks the tracker for the tickets of `product` (all where empty), and sends
  // what comes of it. The answer says why the tracker could not be asked.
  std::future<Status> sync(const std::string& product);
  void begin_sync(const std::string& product);  // the same, and nobody waits

  // Compares the configuration with the live tracker.
  std::future<connectors::CheckReport> check();

  // The ticket of this key may have changed: it is looked at soon.
  void hint(const std::string& key);

  const std::string& name() const { return config_.name; }
  const std::string& kind() const { return config_.kind; }
  const std::string& map() const { return config_.status_map; }  // empty: the kind's own
  TrackerState state() const;

 private:
  // What is asked for, by product, with those who wait for it.
  using Requests = std::map<std::string, std::vector<std::promise<Status>>>;
  using Clock = std::chrono::steady_clock;

  void run();
  Clock::time_point next_wake(Clock::time_point next_poll) const;
  void answer(Requests requests);
  void answer(std::vector<std::promise<connectors::CheckReport>> checks);
  bool is_stopping() const;

  Shared& shared_;
  const TrackerConfig config_;
  const std::unique_ptr<connectors::Tracker> tracker_;  // used by the thread alone
  TrackerErrors errors_;
  const TrackerLink link_;
  EffectSender sender_;  // of the thread alone
  TicketPoller poller_;  // likewise

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Requests requests_;          // guarded by mutex_, as all below
  std::size_t answering_ = 0;  // of the requests that were taken
  std::vector<std::promise<connectors::CheckReport>> checks_;
  std::set<std::string> hints_;  // keys
  bool woken_ = false;
  bool stopping_ = false;
  std::atomic<bool> is_paused_ = false;
  std::thread thread_;
};

}  // namespace riskd::service
