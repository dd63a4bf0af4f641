// A store that is full, held by somebody else, or damaged.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/store/check.hpp"
#include "daemon/store/environment.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/record.hpp"
#include "daemon/store/seal.hpp"
#include "tests/daemon/store_fixture.hpp"

using namespace riskd;
using namespace riskd::store;
using namespace riskd::store::testing;

namespace riskd::tests::store_damage_test {

namespace {

// Changes a byte of the file, in its text `text`.
void flip(const std::string& file, const std::string& text) {
  std::ostringstream read;
  read << std::ifstream(file, std::ios::binary).rdbuf();
  std::string bytes = read.str();
  const std::size_t at = bytes.find(text);
  REQUIRE(at != std::string::npos);
  for (std::size_t i = at; i != std::string::npos; i = bytes.find(text, i + 1)) bytes[i] ^= 1;
  std::ofstream(file, std::ios::binary) << bytes;
}

// Writes below the store's own interface, as a damaged disk would.
void damage(const std::string& folder, Table table, const std::string& key,
            const std::string& value) {
  auto environment = must(Environment::open(folder, small_map));
  auto batch = must(environment->write());
  must(batch.put(table, key, value));
  must(batch.commit());
}

}  // namespace

TEST_CASE("a full store says so and keeps nothing of the transaction") {
  TemporaryFolder folder;
  const auto store = must(open_store(folder / "s", 1u << 20));
  commit_facts(*store, {fact("shop", "before")});
  auto transaction = must(store->begin());
  must(transaction->append_fact(fact("shop", "small")));
  const Error full = error_of(transaction->append_fact(fact("shop", std::string(2 << 20, 'x'))));
  CHECK(full.code == ErrorCode::unavailable);
  CHECK(full.message == "the store is full: it may not grow over 1048576 bytes");
  CHECK(error_of(transaction->put_meta("name", "after")).message == full.message);
  CHECK(error_of(transaction->commit()).message == full.message);
  CHECK(store->last_seq() == 1);
  CHECK(facts_after(*store, 0) == Bodies{"before"});
  commit_facts(*store, {fact("shop", "still works")});
  CHECK(store->last_seq() == 2);
}

TEST_CASE("a store that filled up opens again with more room") {
  TemporaryFolder folder;
  std::uint64_t kept = 0;
  {
    const auto store = must(open_store(folder / "s", 512u << 10));
    while (true) {
      auto transaction = must(store->begin());
      if (!transaction->append_fact(fact("shop", std::string(10'000, 'x')))) break;
      if (!transaction->close_entry({}) || !transaction->commit()) break;
      REQUIRE(++kept < 100);
    }
    CHECK(store->last_seq() == kept);
  }
  CHECK(must(open_store(folder / "s", 512u << 10))->last_seq() == kept);
  const auto store = open(folder / "s");
  CHECK(facts_after(*store, 0).size() == kept);
  commit_facts(*store, {fact("shop", "more")});
}

TEST_CASE("a map too small for an empty store is refused") {
  TemporaryFolder folder;
  CHECK(error_of(open_store(folder / "s", 8192)).code == ErrorCode::unavailable);
}

TEST_CASE("a store is opened once, and a second opener learns who has it") {
  TemporaryFolder folder;
  auto store = open(folder / "s");
  const Error here = error_of(open_store(folder / "s", small_map));
  CHECK(here.code == ErrorCode::conflict);
  CHECK(here.message == "process " + std::to_string(::getpid()) + " holds the store");
  store.reset();
  CHECK(open(folder / "s")->last_seq() == 0);

  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto held = open_store(folder / "s", small_map);
    const char answer = held ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) == 1) ::pause();
    ::_exit(0);
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  CHECK(error_of(open_store(folder / "s", small_map)).message ==
        "process " + std::to_string(child) + " holds the store");
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(open(folder / "s")->last_seq() == 0);
}

TEST_CASE("what a newer riskd wrote is not touched") {
  TemporaryFolder folder;
  open(folder / "s");
  damage(folder / "s", Table::meta, std::string("\0format", 7), "6");
  const Error error = error_of(open_store(folder / "s", small_map));
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message.find("`6`") != std::string::npos);
}

TEST_CASE("a path that cannot hold a store is unavailable, a folder with another file corrupt") {
  TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  CHECK(error_of(open_store(folder / "file", small_map)).code == ErrorCode::unavailable);
  CHECK(error_of(open_store(folder / "file/below", small_map)).code == ErrorCode::unavailable);
  std::filesystem::create_directory(folder / "junk");
  std::ofstream(folder / "junk/data.mdb") << std::string(20'000, 'j');
  CHECK(error_of(open_store(folder / "junk", small_map)).code == ErrorCode::corrupt);
}

TEST_CASE("a store's file that is empty or cut is refused, and stays as it is") {
  TemporaryFolder folder;
  commit_facts(*open(folder / "s"), std::vector<FactRecord>(200, fact("shop", "some text")));
  const std::string file = folder / "s/data.mdb";
  const auto whole = std::filesystem::file_size(file);
  for (const std::uintmax_t bytes : {whole - 4'096, whole / 2, std::uintmax_t{8'192},
                                     std::uintmax_t{5'000}, std::uintmax_t{1}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(file, bytes);
    INFO(bytes);
    CHECK(error_of(open_store(folder / "s", small_map)).code == ErrorCode::corrupt);
    CHECK(error_of(open_store_to_read(folder / "s")).code == ErrorCode::corrupt);
    CHECK(std::filesystem::file_size(file) == bytes);
  }
}

TEST_CASE("a flipped bit of the file is found, or changes nothing that is read") {
  TemporaryFolder folder;
  Bodies facts;
  Bodies changes;
  LogHead head;
  {
    const auto store = open(folder / "s");
    for (int i = 0; i < 60; ++i) {
      auto transaction = must(store->begin());
      const std::string product = "shop-" + std::to_string(i % 7);
      const std::string body(static_cast<std::size_t>(i % 11 == 0 ? 9'000 : 300), 'x');
      must(transaction->append_fact(fact(product, body)));
      must(transaction->append_change(change(static_cast<std::uint64_t>(i) + 1, product, "c")));
      commit(*transaction);
    }
    facts = facts_after(*store, 0);
    changes = changes_after(*store, 0);
    head = must(store->head());
  }
  const std::string file = folder / "s/data.mdb";
  std::ostringstream whole;
  whole << std::ifstream(file, std::ios::binary).rdbuf();
  std::minstd_rand random(7);
  int found = 0;
  for (int i = 0; i < 150; ++i) {
    std::string bytes = whole.str();
    const std::size_t at = random() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    std::ofstream(file, std::ios::binary) << bytes;
    INFO(at);
    const auto store = open_store_to_read(folder / "s");
    if (!store) {
      const bool is_told =
          store.error().code == ErrorCode::corrupt || store.error().code == ErrorCode::unsupported;
      CHECK(is_told);
      CHECK_FALSE(store.error().where.empty());
      ++found;
      continue;
    }
    CHECK(facts_after(**store, 0) == facts);
    CHECK(changes_after(**store, 0) == changes);
    CHECK(must((*store)->head()).link == head.link);
  }
  CHECK(found > 30);
}

TEST_CASE("a store whose making was broken off is made anew") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "s");
  std::ofstream(folder / "s/making");
  std::ofstream(folder / "s/data.mdb");
  CHECK(error_of(open_store_to_read(folder / "s")).code == ErrorCode::not_found);
  commit_facts(*open(folder / "s"), {fact("shop", "one")});
  CHECK(facts_after(*open(folder / "s"), 0) == Bodies{"one"});
}

TEST_CASE("a damaged record is reported with its key, and the others before it are given") {
  TemporaryFolder folder;
  {
    const auto store = open(folder / "s");
    commit_facts(*store, {fact("shop", "one"), fact("shop", "two"), fact("shop", "three")});
    auto transaction = must(store->begin());
    must(transaction->append_change(change(1, "shop", "one")));
    must(transaction->append_policy({0, "h", Instant{1}, "alice", {}}));
    commit(*transaction);
  }
  damage(folder / "s", Table::facts, number_key(2), "\x01\x7fshop");
  damage(folder / "s", Table::changes, number_key(1), "");
  damage(folder / "s", Table::effects, "k\n", "\x09");
  damage(folder / "s", Table::policies, number_key(1), "\x01");
  damage(folder / "s", Table::replies, "r", "\x01\xff");
  const auto store = open(folder / "s");
  Bodies before;
  const auto collect = [&](const FactRecord& record) {
    before.push_back(record.body);
    return true;
  };
  const Error error = error_of(store->facts(0, collect));
  CHECK(error.code == ErrorCode::corrupt);
  CHECK(error.where == "facts/2");
  CHECK(before == Bodies{"one"});
  CHECK(error_of(store->facts_of("shop", 1, collect)).where == "facts/2");
  CHECK(facts_after(*store, 2) == Bodies{"three"});
  const auto any = [](const ChangeRecord&) { return true; };
  CHECK(error_of(store->changes(0, any)).where == "changes/1");
  CHECK(error_of(store->changes_of("shop", 0, any)).where == "changes/1");
  CHECK(error_of(store->effects()).where == "effects/k\\x0a");
  CHECK(error_of(store->policy(1)).where == "policies/1");
  CHECK(error_of(store->policies()).where == "policies/1");
  CHECK(error_of(store->latest_policy()).code == ErrorCode::corrupt);
  CHECK(error_of(store->reply("r")).where == "replies/r");
  CHECK(error_of(store->begin()).where == "changes/1");
  CHECK(error_of(store->begin()).code == ErrorCode::corrupt);
}

TEST_CASE("a large store is read beside what follows, and the end of its history before") {
  TemporaryFolder folder;
  {
    const auto store = open(folder / "s");
    for (int i = 1; i <= 3; ++i) commit_facts(*store, {fact("shop", "fact " + std::to_string(i))});
  }
  {
    const auto store = must(open_store(folder / "s", small_map, 0));
    CHECK(store->finish_check().has_value());
  }
  flip(folder / "s/data.mdb", "fact 2");
  const Status found = must(begin_check(folder / "s"))->wait();
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code == ErrorCode::corrupt);
  CHECK(found.error().where == "facts/2");
  CHECK(error_of(open_store(folder / "s", small_map)).where == "facts/2");
}

TEST_CASE("a child that reads a store does not hold its lock") {
  TemporaryFolder folder;
  auto store = open(folder / "s");
  const auto child = must(Child::start(folder / "s", [] {
    ::sleep(60);
    return Status(Done{});
  }));
  store.reset();
  for (int i = 0; i < 500 && !open_store(folder / "s", small_map); ++i) ::usleep(10'000);
  CHECK(open_store(folder / "s", small_map).has_value());
}

TEST_CASE("a store of format 2 gets the marks of its log") {
  TemporaryFolder folder;
  {
    const auto store = open(folder / "s");
    auto transaction = must(store->begin());
    must(transaction->append_policy({0, "hash", Instant{1}, "alice", {}}));
    must(transaction->close_entry(
        {EntryKind::policy, Instant{1}, Instant{1}, 1, false, "alice", {}}));
    must(transaction->commit());
    commit_facts(*store, {fact("shop", "1")});
  }
  {
    auto environment = must(Environment::open(folder / "s", small_map));
    auto batch = must(environment->write());
    must(batch.remove(Table::marks, mark_key(EntryKind::policy, 1)));
    must(batch.put(Table::meta, format_key, "2"));
    must(batch.commit());
  }
  CHECK(error_of(open_store_to_read(folder / "s")).code == ErrorCode::unsupported);
  const auto store = open(folder / "s");
  CHECK(must(store->marked(EntryKind::policy)) == std::vector<std::uint64_t>{1});
  CHECK(must(store->entry_of_fact(1)).position == 2);
  CHECK(store->last_seq() == 1);
}

TEST_CASE("effects of a store of format 3 may have been sent, except those that are held") {
  TemporaryFolder folder;
  open(folder / "s");
  {
    // Layout 1: product, tracker, held, attempts, due, last error, body.
    const auto effect = [](char held) {
      return std::string("\x01\x04shop\x04jira", 11) + held + std::string("\x06\x02\x00\x02{}", 6);
    };
    auto environment = must(Environment::open(folder / "s", small_map));
    auto batch = must(environment->write());
    must(batch.put(Table::effects, "held", effect('\1')));
    must(batch.put(Table::effects, "tried", effect('\0')));
    must(batch.put(Table::meta, format_key, "3"));
    must(batch.commit());
  }
  CHECK(error_of(open_store_to_read(folder / "s")).code == ErrorCode::unsupported);
  for (int round = 0; round < 2; ++round) {
    const auto store = open(folder / "s");
    auto effects = must(store->effects());
    REQUIRE(effects.size() == 2);
    CHECK(effects[0].held);
    CHECK_FALSE(effects[0].sent.has_value());
    CHECK(effects[1].product == "shop");
    CHECK(effects[1].attempts == 3);
    CHECK(effects[1].due == Instant{1});
    CHECK(effects[1].body == "{}");
    CHECK(effects[1].sent == Instant{});
    CHECK_FALSE(effects[1].withdrawn);
  }
  CHECK(must(open_store_to_read(folder / "s"))->last_seq() == 0);
}

TEST_CASE("an index that names a missing fact is corrupt") {
  TemporaryFolder folder;
  {
    const auto store = open(folder / "s");
    commit_facts(*store, {fact("shop", "1"), fact("shop", "2"), fact("shop", "3")});
  }
  {
    auto environment = must(Environment::open(folder / "s", small_map));
    auto batch = must(environment->write());
    must(batch.remove(Table::facts, number_key(2)));
    must(batch.commit());
  }
  const auto store = open(folder / "s");
  const auto any = [](const FactRecord&) { return true; };
  CHECK(error_of(store->facts_of("shop", 0, any)).where == "facts/2");
}

TEST_CASE("no cut and no flipped bit of a record is read out of bounds") {
  const PolicyRecord policy{1, "hash", Instant{-1}, "alice", {{"a.risk", "text"}, {"b.risk", ""}}};
  const EffectRecord effect{"k",     "shop", "jira", true,       -7,    Instant{1},
                            "error", "{}",   true,   Instant{1}, "SHOP"};
  DayRecord day;
  day.band = "high";
  day.counts.risks = {{"high", 300}, {"low", 1}};
  const std::vector<std::string> records{encode_fact(fact("shop", "body")),
                                         encode_change(change(300, "shop", "body"), 300),
                                         encode_effect(effect),
                                         encode_policy(policy),
                                         encode_reply({Instant{1'800'000'000'000}, "h", 200, "b"}),
                                         encode_day(day)};
  const auto decode_all = [](const std::string& bytes) {
    return std::vector<bool>{decode_fact(1, bytes).has_value(),
                             decode_change(bytes).has_value(),
                             decode_effect("k", bytes).has_value(),
                             decode_policy(1, bytes, PolicyFiles::with_texts).has_value(),
                             decode_reply(bytes).has_value(),
                             decode_day(Date{1}, bytes).has_value()};
  };
  for (std::size_t kind = 0; kind < records.size(); ++kind) {
    const std::string& whole = records[kind];
    CHECK(decode_all(whole)[kind]);
    CHECK_FALSE(decode_all(whole + "x")[kind]);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CHECK_FALSE(decode_all(whole.substr(0, size))[kind]);
    }
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string flipped = whole;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      decode_all(flipped);
    }
  }
  CHECK(decode_effect("k", encode_effect(effect))->attempts == -7);
  CHECK(decode_policy(1, encode_policy(policy), PolicyFiles::with_texts)->files == policy.files);
}

}  // namespace riskd::tests::store_damage_test
