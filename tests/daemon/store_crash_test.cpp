// Transactions are whole for readers in other threads, and after the process was killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/daemon/store_fixture.hpp"

using namespace riskd;
using namespace riskd::store;
using namespace riskd::store::testing;

namespace riskd::tests::store_crash_test {

TEST_CASE("readers in other threads see whole transactions while the writer writes") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        std::uint64_t count = 0;
        const auto visit = [&](const FactRecord&) { return ++count > 0; };
        const bool read = store->facts_of("shop", 0, visit).has_value();
        if (!read || count % 5 != 0) ++torn;
      }
    });
  }
  for (int i = 0; i < 60; ++i) {
    commit_facts(*store, std::vector<FactRecord>(5, fact("shop", "x")));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(store->last_seq() == 300);
}

namespace {

constexpr std::uint64_t facts_in_transaction = 3;

// Commits until it is killed, and writes the number of each durable transaction to `pipe`.
[[noreturn]] void commit_forever(const std::string& folder, int pipe) {
  const auto store = open_store(folder, small_map);
  if (!store) ::_exit(1);
  while (true) {
    auto transaction = (*store)->begin();
    if (!transaction) ::_exit(2);
    const std::uint64_t number = (*store)->last_seq() / facts_in_transaction + 1;
    const std::string name = std::to_string(number);
    std::uint64_t seq = 0;
    for (std::uint64_t i = 0; i < facts_in_transaction; ++i) {
      seq = *(*transaction)->append_fact(fact(i == 1 ? "bank" : "shop", name));
    }
    const bool written =
        (*transaction)->append_change(change(seq, "shop", name)) &&
        (*transaction)->put_effect({"only", "shop", "", false, 0, Instant{}, "", name}) &&
        (*transaction)->put_meta("number", name) && (*transaction)->close_entry({}) &&
        (*transaction)->commit();
    if (!written) ::_exit(3);
    if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(4);
  }
}

}  // namespace

TEST_CASE("a writer that is killed leaves whole transactions and every acknowledged one") {
  TemporaryFolder folder;
  std::mt19937 random(20261123);
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 12; ++round) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::close(pipe[0]);
      commit_forever(folder / "s", pipe[1]);
    }
    ::close(pipe[1]);
    ::usleep(static_cast<useconds_t>(random() % 60'000));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    for (std::uint64_t number = 0; ::read(pipe[0], &number, sizeof number) == sizeof number;) {
      acknowledged = number;
    }
    ::close(pipe[0]);

    const auto store = open(folder / "s");
    const std::uint64_t seq = store->last_seq();
    REQUIRE(seq % facts_in_transaction == 0);
    const std::uint64_t committed = seq / facts_in_transaction;
    CHECK(committed >= acknowledged);
    CHECK(committed <= acknowledged + 1);
    const Bodies bodies = facts_after(*store, 0);
    REQUIRE(bodies.size() == seq);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      REQUIRE(bodies[i] == std::to_string(i / facts_in_transaction + 1));
    }
    CHECK(facts_of(*store, "bank", 0).size() == committed);
    CHECK(changes_after(*store, 0).size() == committed);
    if (committed > 0) {
      CHECK(must(store->effects()).at(0).body == std::to_string(committed));
      CHECK(must(store->meta("number")) == std::to_string(committed));
    }
    acknowledged = committed;
  }
  CHECK(acknowledged > 0);
}

TEST_CASE("a reader that was killed keeps no pages from being used again") {
  TemporaryFolder folder;
  commit_facts(*open(folder / "s"), {fact("shop", "x")});
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t reader = ::fork();
  REQUIRE(reader >= 0);
  if (reader == 0) {
    const auto read = open_store_to_read(folder / "s");
    const char is_open = read ? 'y' : 'n';
    if (::write(pipe[1], &is_open, 1) == 1) ::pause();
    ::_exit(0);
  }
  char is_open = 'n';
  REQUIRE(::read(pipe[0], &is_open, 1) == 1);
  CHECK(is_open == 'y');
  const auto store = open(folder / "s");
  ::kill(reader, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(reader, &status, 0) == reader);
  for (const int end : pipe) ::close(end);

  const auto grown_by_writing = [&] {
    const std::filesystem::path file = folder / "s" + "/data.mdb";
    const auto before = std::filesystem::file_size(file);
    for (char i = 0; i < 30; ++i) {
      auto transaction = store->begin();
      REQUIRE(transaction);
      REQUIRE((*transaction)->put_meta("large", std::string(100'000, i)));
      REQUIRE((*transaction)->commit());
    }
    return std::filesystem::file_size(file) - before;
  };
  CHECK(grown_by_writing() > 1'000'000);
  store->forget_dead_readers();
  CHECK(grown_by_writing() < 1'000'000);
}

}  // namespace riskd::tests::store_crash_test
