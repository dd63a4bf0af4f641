#include "daemon/service/tracker_worker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace riskd::service {
namespace {

constexpr auto longest_sleep = std::chrono::seconds(30);
// An effect may cause others: a created ticket a link, a link a note. They are sent in so many rounds.
constexpr int settling_rounds = 8;
constexpr std::size_t most_hints = 1'000;
constexpr std::size_t most_errors = 20;  // that are shown of one tracker

void add_once(std::vector<std::string>& errors, const std::string& error) {
  if (error.empty() || errors.size() >= most_errors) return;
  if (std::find(errors.begin(), errors.end(), error) == errors.end()) errors.push_back(error);
}

}  // namespace

TrackerWorker::TrackerWorker(Shared& shared, Writer& writer, TrackerConfig config,
                             std::unique_ptr<connectors::Tracker> tracker)
    : shared_(shared),
      config_(std::move(config)),
      tracker_(std::move(tracker)),
      errors_(config_.name),
      link_{shared, writer, config_, *tracker_, errors_},
      sender_(link_, [this] { return is_paused_ || is_stopping(); }),
      poller_(link_) {}

void TrackerWorker::start() {
  sender_.start();
  thread_ = std::thread(&TrackerWorker::run, this);
}

void TrackerWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TrackerWorker::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

std::future<Status> TrackerWorker::sync(const std::string& product) {
  std::promise<Status> wanted;
  std::future<Status> done = wanted.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      wanted.set_value(fail(ErrorCode::unavailable, "riskd is stopping"));
      return done;
    }
    requests_[product].push_back(std::move(wanted));
  }
  wake_.notify_all();
  return done;
}

void TrackerWorker::begin_sync(const std::string& product) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    requests_[product];
  }
  wake_.notify_all();
}

std::future<connectors::CheckReport> TrackerWorker::check() {
  std::promise<connectors::CheckReport> wanted;
  std::future<connectors::CheckReport> done = wanted.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      wanted.set_value({});
      return done;
    }
    checks_.push_back(std::move(wanted));
  }
  wake_.notify_all();
  return done;
}

void TrackerWorker::hint(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (hints_.size() >= most_hints) return;  // the poll finds it
    hints_.insert(key);
  }
  wake_.notify_all();
}

TrackerState TrackerWorker::state() const {
  TrackerState state;
  state.name = config_.name;
  state.kind = config_.kind;
  for (const auto& [product, outbox] : shared_.live.outboxes()) {
    for (const auto& [key, pending] : *outbox) {
      if (pending->record.tracker != config_.name) continue;
      ++(pending->record.held ? state.held : state.pending);
      if (pending->record.withdrawn) ++state.withdrawn;
      // An effect's error is settled when the effect is done, or not needed any more.
      add_once(state.errors, pending->record.last_error);
    }
  }
  state.health = tracker_->health();
  for (const std::string& error : errors_.all()) add_once(state.errors, error);
  state.last_poll = errors_.last_poll();
  const std::lock_guard lock(mutex_);
  state.under_way = answering_ > 0 || !requests_.empty();
  return state;
}

bool TrackerWorker::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

TrackerWorker::Clock::time_point TrackerWorker::next_wake(Clock::time_point next_poll) const {
  Clock::time_point next = std::min(next_poll, Clock::now() + longest_sleep);
  const auto due = shared_.live.next_due_effect(config_.name);
  if (!due) return next;
  const std::int64_t left = std::clamp<std::int64_t>(
      due->ms - shared_.clock().ms, 0, std::chrono::milliseconds(longest_sleep).count());
  return std::min(next, Clock::now() + std::chrono::milliseconds(left));
}

void TrackerWorker::run() {
  const auto interval =
      std::chrono::milliseconds(static_cast<std::int64_t>(config_.poll_seconds * 1'000));
  Clock::time_point next_poll = Clock::now();
  for (;;) {
    Requests requests;
    std::vector<std::promise<connectors::CheckReport>> checks;
    std::set<std::string> hints;
    {
      const Clock::time_point until = next_wake(next_poll);
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, until, [this] {
        return stopping_ || woken_ || !requests_.empty() || !checks_.empty() || !hints_.empty();
      });
      woken_ = false;
      requests.swap(requests_);
      answering_ = requests.size();
      checks.swap(checks_);
      hints.swap(hints_);
      if (stopping_) {
        for (auto& [product, waiting] : requests) {
          for (auto& done : waiting) {
            done.set_value(fail(ErrorCode::unavailable, "riskd is stopping"));
          }
        }
        for (auto& check : checks) check.set_value({});
        return;
      }
    }
    sender_.send_due(EffectSender::Backoff::keep);
    if (!checks.empty()) answer(std::move(checks));
    if (!requests.empty()) answer(std::move(requests));
    if (!hints.empty()) {
      const Status looked = poller_.look_at(hints);
      errors_.note(TrackerErrors::Of::look, looked ? std::string() : looked.error().message);
    }
    if (Clock::now() < next_poll) continue;
    poller_.poll();
    next_poll = Clock::now() + interval;
  }
}

void TrackerWorker::answer(Requests requests) {
  sender_.send_due(EffectSender::Backoff::ignore);
  for (auto& [product, waiting] : requests) {
    const Status polled = poller_.poll_product(product);
    for (int round = 0; polled && round < settling_rounds; ++round) {
      if (sender_.send_due(EffectSender::Backoff::keep) == 0) break;
    }
    {
      const std::lock_guard lock(mutex_);
      --answering_;
    }
    for (auto& done : waiting) done.set_value(polled);
  }
}

void TrackerWorker::answer(std::vector<std::promise<connectors::CheckReport>> checks) {
  const connectors::CheckReport report = tracker_->check();
  for (auto& check : checks) check.set_value(report);
}

}  // namespace riskd::service
