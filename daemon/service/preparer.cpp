#include "daemon/service/preparer.hpp"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "daemon/service/memory.hpp"
#include "daemon/service/prepared.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

// A product that changes all the time is evaluated by the writer, after so many attempts.
constexpr int most_attempts = 3;

}  // namespace

void Preparer::start() { thread_ = std::thread(&Preparer::run, this); }

void Preparer::stop() {
  std::deque<Large> rest;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    rest.swap(queue_);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // Each lets go on what waits for it.
  for (const Large& large : rest) writer_.post(*large.work);
}

void Preparer::post(PostingWork work) {
  const ViewPtr view = shared_.live.view(work.posting.product);
  const bool large = is_large(work.posting, view.get());
  {
    const std::lock_guard lock(mutex_);
    const auto busy = behind_.find(work.posting.product);
    const bool waits = busy != behind_.end();
    // The writer has the lock of its queue alone, never this one with it.
    if (!waits && (!large || stopping_)) return writer_.post(std::move(work));
    if (waiting_ + queue_.size() < limits::preparer_queue) {
      if (!waits) return begin(std::move(work));
      busy->second.push_back(std::move(work));
      ++waiting_;
      return;
    }
  }
  work.done(Unexpected<PostError>(
      PostError{Refusal::overloaded,
                "too many postings",
                fmt::format("{} postings wait already for large ones", limits::preparer_queue),
                {}}));
}

std::size_t Preparer::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + waiting_;
}

void Preparer::begin(PostingWork work) {
  behind_.try_emplace(work.posting.product);
  work.done = [this, product = work.posting.product, done = std::move(work.done)](auto posted) {
    done(std::move(posted));
    end(product);
  };
  queue_.push_back({std::make_shared<const PostingWork>(std::move(work)), 0});
  wake_.notify_one();
}

void Preparer::end(const std::string& product) {
  const std::lock_guard lock(mutex_);
  const auto busy = behind_.find(product);
  std::deque<PostingWork>& waiting = busy->second;
  while (!waiting.empty()) {
    PostingWork next = std::move(waiting.front());
    waiting.pop_front();
    --waiting_;
    const ViewPtr view = shared_.live.view(product);
    if (!stopping_ && is_large(next.posting, view.get())) return begin(std::move(next));
    writer_.post(std::move(next));
  }
  behind_.erase(busy);
}

void Preparer::prepare_again(Large large) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && ++large.attempts < most_attempts) {
      queue_.push_back(std::move(large));
      wake_.notify_one();
      return;
    }
  }
  writer_.post(*large.work);
}

void Preparer::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Large next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    // On a thread that ends: what it leaves free belongs to all then.
    if (has_many_results(next.work->posting)) {
      std::thread([&] { prepare_report(std::move(next)); }).join();
      const GivingBack what_it_left;
    } else {
      prepare(next);
      give_back_now_and_then();
    }
  }
}

// This thread frees what it has taken, once the writer is done with it: others would keep the memory.
void Preparer::prepare_report(Large given) {
  const GivingBack giving_back;
  const Large large = std::move(given);  // goes before memory is given back
  std::promise<void> returned;
  const auto prepared =
      prepare(large, std::shared_ptr<void>(nullptr, [&returned](void*) { returned.set_value(); }));
  returned.get_future().wait();
}

std::shared_ptr<Prepared> Preparer::prepare(const Large& large, std::shared_ptr<void> borrowed) {
  const Posting& posting = large.work->posting;
  // The policy first: a product of an older one than that is seen to have changed.
  PolicyInForce policy = shared_.live.policy();
  auto prepared = std::make_shared<Prepared>(service::prepare(
      shared_, posting, std::move(policy), shared_.live.view(posting.product), shared_.clock()));
  if (prepared->judged.error) {
    large.work->done(Unexpected<PostError>(std::move(*prepared->judged.error)));
    return prepared;
  }
  writer_.add(PreparedWork{std::move(borrowed), large.work, prepared,
                           [this, large] { prepare_again(large); }});
  return prepared;
}

}  // namespace riskd::service
