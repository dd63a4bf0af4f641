// Work of several peers on a few threads: none waits for all that another one brings.
#include "daemon/api/workers.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace riskd::api::api_workers_test {
namespace {

const std::string eva = "1001", ben = "1002", kim = "1003";

// A door for pieces of work: they wait until it is opened.
class Door {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void pass(const std::string& name) {
    std::unique_lock lock(mutex_);
    begun_ += name;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    ++ended_;
    changed_.notify_all();
  }
  bool has_begun(std::size_t pieces) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return begun_.size() >= pieces; });
  }
  bool has_ended(std::size_t pieces) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return ended_ >= pieces; });
  }
  std::string begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string begun_;  // guarded by mutex_, as all below
  std::size_t ended_ = 0;
  bool is_open_ = false;
};

}  // namespace

TEST_CASE("one peer's work is never on all threads") {
  Door door;
  Workers workers(3, 100);
  for (int i = 0; i < 10; ++i) CHECK(workers.queue()->add(eva, [&] { door.pass("e"); }));
  REQUIRE(door.has_begun(2));
  CHECK(workers.queue()->add(ben, [&] { door.pass("b"); }));
  REQUIRE(door.has_begun(3));
  CHECK(door.begun() == "eeb");
  door.open();
  CHECK(door.has_ended(11));
}

TEST_CASE("peers take turns") {
  Door door;
  Workers workers(1, 100);
  CHECK(workers.queue()->add(eva, [&] { door.pass("e"); }));
  REQUIRE(door.has_begun(1));
  for (int i = 0; i < 3; ++i) CHECK(workers.queue()->add(eva, [&] { door.pass("e"); }));
  CHECK(workers.queue()->add(kim, [&] { door.pass("k"); }));
  CHECK(workers.queue()->add(ben, [&] { door.pass("b"); }));
  CHECK(workers.queue()->add(ben, [&] { door.pass("b"); }));
  door.open();
  REQUIRE(door.has_ended(7));
  CHECK(door.begun() == "ebkebee");
}

TEST_CASE("more than may wait is not taken") {
  Door door;
  Workers workers(1, 2);
  CHECK(workers.queue()->add(eva, [&] { door.pass("e"); }));
  REQUIRE(door.has_begun(1));
  CHECK(workers.queue()->add(eva, [] {}));
  CHECK(workers.queue()->add(ben, [] {}));
  CHECK_FALSE(workers.queue()->add(kim, [] {}));
  door.open();
}

TEST_CASE("the rest of what was taken is taken too, until the threads stop") {
  Door door;
  std::shared_ptr<WorkQueue> queue;
  {
    Workers workers(1, 1);
    queue = workers.queue();
    CHECK(queue->add(eva, [&] { door.pass("e"); }));
    REQUIRE(door.has_begun(1));
    CHECK(queue->add(eva, [&] { door.pass("1"); }));
    CHECK_FALSE(queue->add(eva, [&] { door.pass("2"); }));
    queue->add_rest(eva, [&] { door.pass("3"); });
    door.open();
    REQUIRE(door.has_ended(3));
    CHECK(door.begun() == "e13");
  }
  CHECK_FALSE(queue->add(eva, [] {}));
  const auto held = std::make_shared<int>();
  queue->add_rest(eva, [held] {});
  CHECK(held.use_count() == 1);
}

}  // namespace riskd::api::api_workers_test
