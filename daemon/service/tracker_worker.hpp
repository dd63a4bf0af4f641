// One tracker and the thread that talks to it: effects go out (effects.cpp), observations come back
// (poll.cpp). A tracker that hangs delays its own tickets and nothing else.
#pragma once

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
#include "daemon/service/shared.hpp"
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

  // Tries every effect now, asks the tracker for the tickets of `product` (all where empty), and sends
  // what comes of it. The answer says why the tracker could not be asked.
  std::future<Status> sync(const std::string& product);

  // Compares the configuration with the live tracker.
  std::future<connectors::CheckReport> check();

  // The ticket of this key may have changed: it is looked at soon.
  void hint(const std::string& key);

  const std::string& name() const { return config_.name; }
  const std::string& kind() const { return config_.kind; }
  const std::string& map() const { return config_.status_map; }  // empty: the kind's own
  TrackerState state() const;

 private:
  struct Request {
    std::string product;
    std::promise<Status> done;
  };
  using Clock = std::chrono::steady_clock;

  void run();
  Clock::time_point next_wake(Clock::time_point next_poll) const;
  void answer(std::vector<Request> requests);
  void answer(std::vector<std::promise<connectors::CheckReport>> checks);
  bool is_stopping() const;
  // What went wrong with one thing: it is shown until that thing goes right. Effects keep their own errors.
  enum class Of : std::uint8_t { poll, look, receipt };
  void note(Of what, const std::string& error);  // empty: it went right

  // effects.cpp
  enum class Backoff { keep, ignore };
  std::size_t send_due(Backoff backoff);  // how many were carried out
  std::vector<PendingPtr> due_effects(Backoff backoff) const;
  bool send(const Pending& pending);
  Result<std::vector<PostedFact>> carry_out(const engine::Effect& effect);
  Result<std::string> other_end(const engine::Effect& effect) const;
  engine::TicketFact observed(const engine::TicketKey& ticket,
                              const connectors::TicketView& view) const;

  // poll.cpp
  struct Known;
  using KnownTickets = std::vector<Known>;
  enum class Extent : std::uint8_t { changed, all };
  void poll();  // a failure is noted
  Status poll_product(const std::string& product);
  Status look_at(const std::set<std::string>& keys);
  Status polled(const connectors::TicketListing& listing);
  KnownTickets known_tickets(const std::string& product) const;
  static connectors::ListRequest request_for(const KnownTickets& known);
  Status observe(const KnownTickets& known, const connectors::TicketListing& listing,
                 Extent extent);
  std::optional<PostedFact> observation(const Known& known,
                                        const connectors::TicketListing& listing, Extent extent,
                                        const connectors::TicketView* view);
  void add_origin(engine::TicketFact& fact, const engine::Stamped<engine::TicketFact>& newest,
                  const connectors::TicketView& view);
  void tell_unread(const std::string& product, const engine::TicketFact& fact);

  Status store(ReceiptWork work);  // waits for the commit

  Shared& shared_;
  Writer& writer_;
  const TrackerConfig config_;
  const std::unique_ptr<connectors::Tracker> tracker_;  // used by the thread alone

  // Of the thread alone
  Instant polled_until_;  // by the tracker's clock; zero: not yet
  std::size_t polls_ = 0;
  Instant started_;
  std::set<std::string> unsure_;             // creating effects of before the start, by key
  std::map<std::string, Instant> tried_at_;  // the last try of a creating effect, by key

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Request> requests_;  // guarded by mutex_, as all below
  std::vector<std::promise<connectors::CheckReport>> checks_;
  std::set<std::string> hints_;  // keys
  bool woken_ = false;
  bool stopping_ = false;
  std::map<Of, std::string> errors_;
  std::optional<Instant> last_poll_;
  std::thread thread_;
};

}  // namespace riskd::service
