// What waits for the writer, and a reload while others post.
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "daemon/service/discards.hpp"
#include "daemon/service/writer_queue.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::service_queue_test {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Work reply() {
  return ReplyWork{"key", {}, [](const Status&) {}};
}

PostingWork posting() {
  return {{"shop", {}, "tester", false, {}, {}, {}}, [](const auto&) {}};
}

}  // namespace

TEST_CASE("the writer takes what waits, in its order; what comes alone stays alone") {
  WriterQueue queue;
  CHECK(queue.take(milliseconds(0))->empty());
  queue.add(reply());
  queue.add(reply());
  queue.add(ClockWork{});
  queue.add(ReloadWork{});
  queue.add(reply());
  CHECK(queue.size() == 5);
  CHECK(queue.take(milliseconds(0))->size() == 2);
  CHECK(std::holds_alternative<ClockWork>(queue.take(milliseconds(0))->at(0)));
  const auto reload = queue.take(milliseconds(0));
  CHECK(reload->size() == 1);
  CHECK(std::holds_alternative<ReloadWork>(reload->at(0)));
  CHECK(queue.take(milliseconds(0))->size() == 1);
}

TEST_CASE("the age of what waits is that of the first, until the writer takes it") {
  WriterQueue queue;
  CHECK(queue.oldest_for() == milliseconds(0));
  queue.add(reply());
  std::this_thread::sleep_for(milliseconds(20));
  auto work = posting();
  CHECK_FALSE(queue.post(work));
  CHECK(queue.oldest_for() >= milliseconds(20));
  queue.take(milliseconds(0));
  CHECK(queue.oldest_for() == milliseconds(0));
}

TEST_CASE(
    "how long the writer is at its work counts from when it takes it until it comes for more") {
  WriterQueue queue;
  CHECK(queue.busy_for() == milliseconds(0));
  queue.add(reply());
  queue.take(milliseconds(0));
  std::this_thread::sleep_for(milliseconds(20));
  CHECK(queue.busy_for() >= milliseconds(20));
  std::thread writer([&] { queue.take(milliseconds(10'000)); });
  const auto until = Clock::now() + std::chrono::seconds(10);
  while (queue.busy_for() > milliseconds(0) && Clock::now() < until)
    std::this_thread::sleep_for(milliseconds(1));
  CHECK(queue.busy_for() == milliseconds(0));  // it waits
  queue.stop();
  writer.join();
}

TEST_CASE("a queue that is full, or has stopped, refuses postings") {
  WriterQueue queue;
  for (std::size_t i = 0; i < limits::writer_queue; ++i) {
    auto work = posting();
    REQUIRE_FALSE(queue.post(work));
  }
  auto more = posting();
  CHECK(queue.post(more)->why == Refusal::overloaded);
  CHECK(more.posting.product == "shop");
  queue.stop();
  CHECK(queue.post(more)->why == Refusal::unavailable);
  std::size_t taken = 0;
  while (const auto works = queue.take(milliseconds(0))) taken += works->size();
  CHECK(taken == limits::writer_queue);
}

TEST_CASE("while it is paced, batches have some time between them") {
  constexpr milliseconds apart(limits::paced_batch_ms);
  WriterQueue queue;
  std::optional<WriterQueue::Pace> pace(queue);
  std::optional<WriterQueue::Pace> another(queue);
  queue.add(reply());
  CHECK(queue.take(milliseconds(0))->size() == 1);
  const auto first = Clock::now();
  queue.add(reply());
  CHECK(queue.take(milliseconds(0))->size() == 1);
  CHECK(Clock::now() - first > apart / 2);

  // Once it is not paced any more, what waits is taken at once.
  queue.add(reply());
  another.reset();
  std::thread other([&] { pace.reset(); });
  CHECK(queue.take(milliseconds(0))->size() == 1);
  other.join();
}

TEST_CASE("what is discarded is freed on another thread, all of it at the end") {
  struct Last {
    std::atomic<std::thread::id>* freed_by;
    explicit Last(std::atomic<std::thread::id>* id) : freed_by(id) {}
    Last(Last&& other) noexcept : freed_by(std::exchange(other.freed_by, nullptr)) {}
    ~Last() {
      if (freed_by) *freed_by = std::this_thread::get_id();
    }
  };
  std::atomic<std::thread::id> first{}, second{};
  {
    Discards discards;
    discards.take(Last(&first));
    discards.take(Last(&second));
  }
  CHECK(first.load() != std::thread::id());
  CHECK(first.load() != std::this_thread::get_id());
  CHECK(second.load() != std::thread::id());
}

TEST_CASE("a reload follows what others post meanwhile") {
  Workspace workspace;
  workspace.open();
  constexpr int products = 40;
  const auto post = [&](int product, const std::string& reach, bool make) {
    std::promise<bool> taken;
    std::vector<PostedFact> facts;
    if (make) facts.push_back({engine::ProductFact{}, std::nullopt});
    facts.push_back({engine::AnswersFact{{}, {{"reach", reach}}}, std::nullopt});
    workspace.service->post(
        {"p" + std::to_string(product), std::move(facts), "tester", make, {}, {}, {}},
        [&](const auto& posted) { taken.set_value(posted.has_value()); });
    return taken.get_future().get();
  };
  for (int i = 0; i < products; ++i) REQUIRE(post(i, "office", true));

  std::atomic<bool> stop = false;
  std::atomic<int> posted = 0, refused = 0;
  std::vector<std::thread> posters;
  for (int poster = 0; poster < 3; ++poster) {
    posters.emplace_back([&, poster] {
      for (int i = poster; !stop; ++i) {
        if (!post(i % products, i % 2 == 0 ? "internet" : "office", false)) ++refused;
        ++posted;
      }
    });
  }
  for (int round = 0; round < 6; ++round) {
    workspace.folder.write("policy/more.risk",
                           "library more \"More\" version \"1.0." + std::to_string(round) +
                               "\"\nquestionnaire more \"More\" {\n  question more-" +
                               std::to_string(round) + " \"More?\" : yes-no\n}\n");
    const auto done = workspace.service->reload({}, "alice", "");
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
    CHECK(done->done);
    CHECK(done->revision == static_cast<std::uint64_t>(round) + 2);
  }
  stop = true;
  for (std::thread& poster : posters) poster.join();
  CHECK(posted > 0);
  CHECK(refused == 0);
  for (const std::string& product : workspace.service->products())
    CHECK(workspace.service->product(product)->revision == 7);
}

}  // namespace riskd::service::service_queue_test
