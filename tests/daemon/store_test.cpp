#include "daemon/store/store.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include "daemon/store/environment.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/record.hpp"

using namespace riskd;
using namespace riskd::store;

namespace {

// A folder of its own for each test, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string shape = (std::filesystem::temp_directory_path() / "riskd-store-XXXXXX").string();
    REQUIRE(::mkdtemp(shape.data()) != nullptr);
    path_ = shape;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

template <typename T>
T must(Result<T> result) {
  INFO((result ? "" : result.error().message + " " + result.error().where));
  REQUIRE(result.has_value());
  return std::move(*result);
}

template <typename T>
Error error_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

constexpr std::uint64_t small_map = 16u << 20;

std::unique_ptr<Store> open(const std::string& folder) {
  return must(open_store(folder, small_map));
}

FactRecord fact(const std::string& product, const std::string& body) {
  FactRecord record;
  record.product = product;
  record.at = Instant{-5};
  record.received = Instant{1'800'000'000'123};
  record.poster = "uid:1000 alice";
  record.policy = 3;
  record.body = body;
  return record;
}

ChangeRecord change(std::uint64_t seq, const std::string& product, const std::string& body) {
  return ChangeRecord{seq, product, Instant{77}, 2, "fact " + std::to_string(seq), body};
}

void commit_facts(Store& store, const std::vector<FactRecord>& facts) {
  auto transaction = must(store.begin());
  for (const FactRecord& record : facts) must(transaction->append_fact(record));
  must(transaction->commit());
}

using Bodies = std::vector<std::string>;

Bodies facts_after(const Store& store, std::uint64_t after) {
  Bodies bodies;
  must(store.facts(after, [&](const FactRecord& record) {
    CHECK(record.seq > after);
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

Bodies facts_of(const Store& store, const std::string& product, std::uint64_t after) {
  Bodies bodies;
  must(store.facts_of(product, after, [&](const FactRecord& record) {
    CHECK(record.product == product);
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

Bodies changes_after(const Store& store, std::uint64_t after) {
  Bodies bodies;
  must(store.changes(after, [&](const ChangeRecord& record) {
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

Bodies changes_of(const Store& store, const std::string& product, std::uint64_t after) {
  Bodies bodies;
  must(store.changes_of(product, after, [&](const ChangeRecord& record) {
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
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

TEST_CASE("a new store is empty and private") {
  TemporaryFolder folder;
  const auto store = open(folder / "a/b/store");
  CHECK(store->last_seq() == 0);
  CHECK(facts_after(*store, 0).empty());
  CHECK(changes_after(*store, 0).empty());
  CHECK(must(store->effects()).empty());
  CHECK(must(store->policies()).empty());
  CHECK_FALSE(must(store->latest_policy()).has_value());
  CHECK_FALSE(must(store->policy(1)).has_value());
  CHECK_FALSE(must(store->reply("key")).has_value());
  CHECK_FALSE(must(store->meta("name")).has_value());
  struct stat status {};
  REQUIRE(::stat((folder / "a/b/store").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  REQUIRE(::stat((folder / "a/b/store/data.mdb").c_str(), &status) == 0);
  CHECK((status.st_mode & 0077) == 0);
}

TEST_CASE("facts are numbered from 1 over all products and come back as they were") {
  TemporaryFolder folder;
  {
    const auto store = open(folder / "s");
    auto transaction = must(store->begin());
    CHECK(must(transaction->append_fact(fact("shop", "one"))) == 1);
    CHECK(must(transaction->append_fact(fact("bank", "two"))) == 2);
    CHECK(store->last_seq() == 0);
    must(transaction->commit());
    CHECK(store->last_seq() == 2);
    commit_facts(*store, {fact("shop", std::string("th\0ree", 6))});
  }
  const auto store = open(folder / "s");
  CHECK(store->last_seq() == 3);
  CHECK(facts_after(*store, 0) == Bodies{"one", "two", std::string("th\0ree", 6)});
  CHECK(facts_after(*store, 2) == Bodies{std::string("th\0ree", 6)});
  CHECK(facts_after(*store, 3).empty());
  CHECK(facts_after(*store, ~std::uint64_t{0}).empty());
  must(store->facts(1, [](const FactRecord& record) {
    CHECK(record.seq == 2);
    CHECK(record.product == "bank");
    CHECK(record.at == Instant{-5});
    CHECK(record.received == Instant{1'800'000'000'123});
    CHECK(record.poster == "uid:1000 alice");
    CHECK(record.policy == 3);
    return false;
  }));
  CHECK(store->size_bytes() > 0);
}

TEST_CASE("a product's facts are its own, whatever its neighbours are called") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  commit_facts(*store,
               {fact("a", "1"), fact("ab", "2"), fact("a", "3"), fact(std::string(256, 'a'), "4"),
                fact(std::string("a\0b", 3), "5"), fact("b", "6"), fact("a", "7")});
  CHECK(facts_of(*store, "a", 0) == Bodies{"1", "3", "7"});
  CHECK(facts_of(*store, "a", 3) == Bodies{"7"});
  CHECK(facts_of(*store, "ab", 0) == Bodies{"2"});
  CHECK(facts_of(*store, std::string(256, 'a'), 0) == Bodies{"4"});
  CHECK(facts_of(*store, std::string("a\0b", 3), 0) == Bodies{"5"});
  CHECK(facts_of(*store, "c", 0).empty());
  CHECK(facts_of(*store, std::string(9000, 'c'), 0).empty());
}

TEST_CASE("long lists are visited whole, and a visitor may call the store and stop") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  for (int i = 1; i <= 2000; ++i) {
    const auto product = i % 2 == 0 ? "even" : "odd";
    must(transaction->append_fact(fact(product, std::to_string(i))));
    must(transaction->append_change(change(static_cast<std::uint64_t>(i), product, "c")));
  }
  must(transaction->append_fact(fact("even", std::string(3 << 20, 'x'))));
  must(transaction->append_fact(fact("even", "last")));
  must(transaction->commit());
  CHECK(facts_after(*store, 0).size() == 2002);
  CHECK(facts_of(*store, "even", 0).size() == 1002);
  CHECK(changes_after(*store, 0).size() == 2000);
  CHECK(changes_of(*store, "odd", 1000).size() == 500);

  int seen = 0;
  must(store->facts(0, [&](const FactRecord& record) {
    ++seen;
    if (record.seq == 10) commit_facts(*store, {fact("new", "while visiting")});
    return record.seq < 1500;
  }));
  CHECK(seen == 1500);
  CHECK(facts_of(*store, "new", 0) == Bodies{"while visiting"});
}

TEST_CASE("changes keep the order in which they were appended and are found by seq") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  must(transaction->append_change(change(0, "shop", "policy 1")));
  must(transaction->append_change(change(3, "shop", "three")));
  must(transaction->append_change(change(2, "bank", "two, later")));
  must(transaction->append_change(change(3, "bank", "time")));
  must(transaction->commit());
  transaction = must(store->begin());
  must(transaction->append_change(change(5, "shop", "five")));
  must(transaction->append_change(change(4, "bank", "four, later")));
  must(transaction->commit());
  CHECK(changes_after(*store, 0) == Bodies{"three", "two, later", "time", "five", "four, later"});
  CHECK(changes_after(*store, 2) == Bodies{"three", "time", "five", "four, later"});
  CHECK(changes_after(*store, 3) == Bodies{"five", "four, later"});
  CHECK(changes_after(*store, 4) == Bodies{"five"});
  CHECK(changes_after(*store, 5).empty());
  CHECK(changes_of(*store, "bank", 0) == Bodies{"two, later", "time", "four, later"});
  CHECK(changes_of(*store, "bank", 2) == Bodies{"time", "four, later"});
  CHECK(changes_of(*store, "nobody", 0).empty());
  must(store->changes(4, [](const ChangeRecord& record) {
    CHECK(record.seq == 5);
    CHECK(record.product == "shop");
    CHECK(record.at == Instant{77});
    CHECK(record.policy == 2);
    CHECK(record.cause == "fact 5");
    return true;
  }));
}

TEST_CASE("an effect is replaced by its key and gone once it is removed") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  must(transaction->put_effect({"b", "shop", "", false, 0, Instant{0}, "", "{}"}));
  must(transaction->put_effect({"a", "shop", "jira", false, 0, Instant{0}, "", "{}"}));
  must(transaction->put_effect({"b", "shop", "jira", true, 4, Instant{9}, "timed out", "{1}"}));
  must(transaction->commit());
  const auto effects = must(store->effects());
  REQUIRE(effects.size() == 2);
  CHECK(effects[0].key == "a");
  CHECK(effects[1].key == "b");
  CHECK(effects[1].tracker == "jira");
  CHECK(effects[1].held);
  CHECK(effects[1].attempts == 4);
  CHECK(effects[1].due == Instant{9});
  CHECK(effects[1].last_error == "timed out");
  CHECK(effects[1].body == "{1}");
  transaction = must(store->begin());
  must(transaction->remove_effect("b"));
  must(transaction->remove_effect("never there"));
  must(transaction->commit());
  CHECK(must(store->effects()).size() == 1);
}

TEST_CASE("policies are numbered from 1 and listed without their texts") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  CHECK(must(transaction->append_policy(
            {0, "h1", Instant{1}, "alice", {{"web.risk", std::string(100'000, 'p')}}})) == 1);
  CHECK(must(transaction->append_policy({9, "h2", Instant{2}, "bob", {{"a", "x"}, {"b", ""}}})) ==
        2);
  must(transaction->commit());
  CHECK(must(store->policy(1))->files.front().second.size() == 100'000);
  CHECK_FALSE(must(store->policy(3)).has_value());
  const auto latest = must(store->latest_policy());
  REQUIRE(latest.has_value());
  CHECK(latest->revision == 2);
  CHECK(latest->hash == "h2");
  CHECK(latest->at == Instant{2});
  CHECK(latest->poster == "bob");
  CHECK(latest->files == std::vector<std::pair<std::string, std::string>>{{"a", "x"}, {"b", ""}});
  const auto all = must(store->policies());
  REQUIRE(all.size() == 2);
  CHECK(all[0].revision == 1);
  CHECK(all[0].files == std::vector<std::pair<std::string, std::string>>{{"web.risk", ""}});
}

TEST_CASE("replies are found by key until they are too old") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  must(transaction->put_reply("early", {Instant{-10}, "h", 201, "body"}));
  must(transaction->put_reply("moved", {Instant{5}, "h", 200, "first"}));
  must(transaction->put_reply("moved", {Instant{50}, "h2", 409, "second"}));
  must(transaction->put_reply("late", {Instant{20}, "h", 200, ""}));
  must(transaction->commit());
  CHECK(must(store->reply("early"))->status == 201);
  CHECK(must(store->reply("moved"))->body == "second");
  transaction = must(store->begin());
  must(transaction->remove_replies_before(Instant{20}));
  must(transaction->commit());
  CHECK_FALSE(must(store->reply("early")).has_value());
  CHECK(must(store->reply("late"))->at == Instant{20});
  CHECK(must(store->reply("moved"))->request_hash == "h2");
  transaction = must(store->begin());
  must(transaction->remove_replies_before(Instant{1000}));
  must(transaction->commit());
  CHECK_FALSE(must(store->reply("moved")).has_value());
  CHECK_FALSE(must(store->reply(std::string(9000, 'k'))).has_value());
}

TEST_CASE("meta values are replaced by name, and the store's own names are out of reach") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  must(transaction->put_meta("format", "mine"));
  must(transaction->put_meta("hmac", std::string("\0\1", 2)));
  must(transaction->put_meta("empty", ""));
  CHECK(error_of(transaction->put_meta(std::string("\0format", 7), "9")).code ==
        ErrorCode::invalid);
  must(transaction->commit());
  CHECK(must(store->meta("format")) == "mine");
  CHECK(must(store->meta("hmac")) == std::string("\0\1", 2));
  CHECK(must(store->meta("empty")) == "");
}

TEST_CASE("without a commit nothing happened") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  {
    auto transaction = must(store->begin());
    must(transaction->append_fact(fact("shop", "lost")));
    must(transaction->put_meta("name", "lost"));
  }
  CHECK(store->last_seq() == 0);
  CHECK(facts_after(*store, 0).empty());
  CHECK_FALSE(must(store->meta("name")).has_value());
  commit_facts(*store, {fact("shop", "kept")});
  CHECK(facts_after(*store, 0) == Bodies{"kept"});
}

TEST_CASE("a transaction is over after its commit, and there is one at a time") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  CHECK(error_of(store->begin()).code == ErrorCode::conflict);
  must(transaction->commit());
  CHECK(error_of(transaction->append_fact(fact("shop", "x"))).code == ErrorCode::invalid);
  CHECK(error_of(transaction->commit()).code == ErrorCode::invalid);
  must(must(store->begin())->commit());
}

TEST_CASE("names that do not fit a key are refused and leave the transaction usable") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  CHECK(error_of(transaction->append_fact(fact(std::string(600, 'p'), ""))).code ==
        ErrorCode::too_large);
  CHECK(error_of(transaction->append_fact(fact("", ""))).code == ErrorCode::invalid);
  CHECK(error_of(transaction->put_reply(std::string(600, 'k'), {})).code == ErrorCode::too_large);
  CHECK(error_of(transaction->put_effect({})).code == ErrorCode::invalid);
  must(transaction->append_fact(fact(std::string(key_name_bytes, 'p'), "fits")));
  must(transaction->put_reply(std::string(key_name_bytes, 'k'), {}));
  must(transaction->commit());
  CHECK(facts_after(*store, 0) == Bodies{"fits"});
}

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
      if (!transaction->commit()) break;
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

TEST_CASE("one store is open once, and the other is told who has it") {
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
  damage(folder / "s", Table::meta, std::string("\0format", 7), "2");
  const Error error = error_of(open_store(folder / "s", small_map));
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message.find("`2`") != std::string::npos);
}

TEST_CASE("a folder that cannot hold a store is told apart") {
  TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  CHECK(error_of(open_store(folder / "file", small_map)).code == ErrorCode::unavailable);
  CHECK(error_of(open_store(folder / "file/below", small_map)).code == ErrorCode::unavailable);
  std::filesystem::create_directory(folder / "junk");
  std::ofstream(folder / "junk/data.mdb") << std::string(20'000, 'j');
  CHECK(error_of(open_store(folder / "junk", small_map)).code == ErrorCode::corrupt);
}

TEST_CASE("a damaged record is reported with its key, and the others before it are given") {
  TemporaryFolder folder;
  {
    const auto store = open(folder / "s");
    commit_facts(*store, {fact("shop", "one"), fact("shop", "two"), fact("shop", "three")});
    auto transaction = must(store->begin());
    must(transaction->append_change(change(1, "shop", "one")));
    must(transaction->append_policy({0, "h", Instant{1}, "alice", {}}));
    must(transaction->commit());
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
  CHECK(error_of(store->facts(0, any)).where == "facts/2");
  CHECK(error_of(store->facts_of("shop", 0, any)).where == "facts/2");
}

TEST_CASE("no cut and no flipped bit of a record is read out of bounds") {
  const PolicyRecord policy{1, "hash", Instant{-1}, "alice", {{"a.risk", "text"}, {"b.risk", ""}}};
  const EffectRecord effect{"k", "shop", "jira", true, -7, Instant{1}, "error", "{}"};
  const std::vector<std::string> records{encode_fact(fact("shop", "body")),
                                         encode_change(change(300, "shop", "body"), 300),
                                         encode_effect(effect), encode_policy(policy),
                                         encode_reply({Instant{1'800'000'000'000}, "h", 200, "b"})};
  const auto decode_all = [](const std::string& bytes) {
    return std::vector<bool>{decode_fact(1, bytes).has_value(), decode_change(bytes).has_value(),
                             decode_effect("k", bytes).has_value(),
                             decode_policy(1, bytes, PolicyFiles::with_texts).has_value(),
                             decode_reply(bytes).has_value()};
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

// Commits until it is killed, and tells `pipe` the number of each transaction that is durable.
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
        (*transaction)->put_meta("number", name) && (*transaction)->commit();
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
