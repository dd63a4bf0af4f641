// The log: its chain, its faults, its way from the first format, and that deciding it again gives the same.
#include "daemon/log/local_log.hpp"

#include <lmdb.h>

#include <functional>

#include "daemon/log/verify.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/record.hpp"
#include "tests/daemon/store_fixture.hpp"

namespace riskd::tests::log_test {
namespace {
using namespace store;
using namespace store::testing;

PolicyRecord policy_of(const std::string& hash) {
  return {0, hash, Instant{3}, "alice", {{"a.risk", "library a \"A\""}}};
}

// A policy, then three entries: two facts, one fact, a time.
void fill(Store& store) {
  auto transaction = must(store.begin());
  must(transaction->append_policy(policy_of("one")));
  must(
      transaction->close_entry({EntryKind::policy, Instant{4}, Instant{4}, 1, false, "alice", {}}));
  must(transaction->append_fact(fact("shop", "one")));
  must(transaction->append_fact(fact("shop", "two")));
  must(transaction->append_change(change(2, "shop", "changed")));
  must(transaction->close_entry(
      {EntryKind::facts, Instant{5}, Instant{5}, 1, false, "alice", {"shop"}}));
  must(transaction->commit());
  transaction = must(store.begin());
  must(transaction->append_fact(fact("bank", "three")));
  must(transaction->close_entry(
      {EntryKind::facts, Instant{7}, Instant{6}, 1, true, "bob", {"bank"}}));
  must(transaction->append_change(change(3, "bank", "later")));
  must(transaction->close_entry(
      {EntryKind::time, Instant{8}, Instant{8}, 1, false, "riskd", {"bank", "shop"}}));
  must(transaction->commit());
}

std::vector<EntryRecord> entries_of(const Store& store, std::uint64_t after = 0) {
  std::vector<EntryRecord> entries;
  must(store.entries(after, [&](const EntryRecord& entry) {
    entries.push_back(entry);
    return true;
  }));
  return entries;
}

// Writes over a record with a right checksum, as somebody who knows the format would.
void rewrite(const std::string& folder, const std::function<void(Batch&)>& change) {
  auto environment = must(Environment::open(folder, small_map));
  auto batch = must(environment->write());
  change(batch);
  must(batch.commit());
}

std::string fault_of(const std::string& folder, std::optional<LogHead> known = {}) {
  const auto store = must(open_store_to_read(folder));
  const auto fault = log::verify(*store, known).fault;
  return fault ? fault->where + ": " + fault->what : "";
}

}  // namespace

TEST_CASE("an entry is what its transaction appended, with the next position") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  fill(*store);
  const auto entries = entries_of(*store);
  REQUIRE(entries.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(entries[i].position == i + 1);
  CHECK(entries[0].head.kind == EntryKind::policy);
  CHECK(entries[0].facts == 0);
  CHECK(entries[1].first_seq == 1);
  CHECK(entries[1].facts == 2);
  CHECK(entries[1].head.poster == "alice");
  CHECK(entries[2].first_seq == 3);
  CHECK(entries[2].head.held);
  CHECK(entries[2].head.at == Instant{7});
  CHECK(entries[2].head.evaluated == Instant{6});
  CHECK(entries[3].head.products == std::vector<std::string>{"bank", "shop"});
  CHECK(entries_of(*store, 3).size() == 1);
  CHECK(entries_of(*store, 4).empty());
  CHECK(must(store->head()).position == 4);
  CHECK(must(store->head()).link == entries[3].link);
  std::vector<std::uint64_t> positions;
  must(store->changes(0, [&](const ChangeRecord& change) {
    positions.push_back(change.position);
    return true;
  }));
  CHECK(positions == std::vector<std::uint64_t>{2, 4});

  const log::LocalLog log(*store);
  Bodies bodies;
  must(log.read(1, [&](const EntryRecord&, const log::FactLog::ReadFacts& read) {
    must(read([&](const FactRecord& fact) {
      bodies.push_back(fact.body);
      return true;
    }));
    return true;
  }));
  CHECK(bodies == Bodies{"one", "two", "three"});
}

TEST_CASE("what is of no entry is not committed") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  must(transaction->append_fact(fact("shop", "one")));
  CHECK(error_of(transaction->commit()).code == ErrorCode::invalid);
  transaction.reset();
  CHECK(store->last_seq() == 0);
}

TEST_CASE("a log that nobody changed is whole, also while it is written") {
  TemporaryFolder folder;
  const auto store = open(folder / "s");
  CHECK(fault_of(folder / "s") == "");
  fill(*store);
  const LogHead head = must(store->head());
  CHECK(fault_of(folder / "s", head).empty());
  commit_facts(*store, {fact("shop", "four")});
  CHECK(fault_of(folder / "s", head).empty());
  const auto verified = log::verify(*store, {});
  CHECK(verified.entries == 5);
  CHECK(verified.facts == 4);
  CHECK(verified.policies == 1);
  CHECK(verified.first == 1);
}

TEST_CASE("what was changed behind the log's back is found, and where") {
  TemporaryFolder folder;
  LogHead head;
  {
    const auto store = open(folder / "s");
    fill(*store);
    head = must(store->head());
  }
  const auto other_fact = [](Batch& batch) {
    FactRecord changed = fact("shop", "TWO");
    must(batch.put(Table::facts, number_key(2), encode_fact(changed)));
  };
  const auto entry_at = [&](std::uint64_t position) {
    return entries_of(*must(open_store_to_read(folder / "s")))[position - 1];
  };
  const auto put_entry = [](Batch& batch, std::uint64_t position, const EntryRecord& entry) {
    must(batch.put(Table::log, number_key(position), encode_entry(entry)));
  };
  SECTION("a fact") {
    rewrite(folder / "s", other_fact);
    CHECK(fault_of(folder / "s").starts_with("log/2: its facts"));
  }
  SECTION("a policy") {
    rewrite(folder / "s", [](Batch& batch) {
      must(batch.put(Table::policies, number_key(1), encode_policy(policy_of("two"))));
    });
    CHECK(fault_of(folder / "s").starts_with("log/1: its facts or its policy"));
  }
  SECTION("who posted it") {
    EntryRecord entry = entry_at(2);
    entry.head.poster = "mallory";
    rewrite(folder / "s", [&](Batch& batch) { put_entry(batch, 2, entry); });
    CHECK(fault_of(folder / "s").starts_with("log/2: its link"));
  }
  SECTION("a fact, with its entry's digest and link") {
    EntryRecord entry = entry_at(2);
    BodyDigest body;
    body.add(encode_fact(fact("shop", "one")));
    body.add(encode_fact(fact("shop", "TWO")));
    entry.body = body.finish();
    entry.link = link_of(entry_at(1).link, entry);
    rewrite(folder / "s", other_fact);
    rewrite(folder / "s", [&](Batch& batch) { put_entry(batch, 2, entry); });
    CHECK(fault_of(folder / "s").starts_with("log/3: its link"));
    // And with all links behind it: only a head that was kept shows that.
    EntryRecord third = entry_at(3);
    third.link = link_of(entry.link, third);
    EntryRecord fourth = entry_at(4);
    fourth.link = link_of(third.link, fourth);
    rewrite(folder / "s", [&](Batch& batch) {
      put_entry(batch, 3, third);
      put_entry(batch, 4, fourth);
    });
    CHECK(fault_of(folder / "s") == "");
    CHECK(
        fault_of(folder / "s", head).starts_with("log/4: it is not the entry whose link was kept"));
  }
  SECTION("an entry is missing") {
    rewrite(folder / "s", [](Batch& batch) { must(batch.remove(Table::log, number_key(2))); });
    CHECK(fault_of(folder / "s").starts_with("log/2: a record is missing"));
  }
  SECTION("the first entry is missing") {
    rewrite(folder / "s", [](Batch& batch) { must(batch.remove(Table::log, number_key(1))); });
    CHECK(fault_of(folder / "s").starts_with("log/2: the log does not begin"));
  }
  SECTION("the last entry is missing") {
    rewrite(folder / "s", [](Batch& batch) { must(batch.remove(Table::log, number_key(4))); });
    CHECK(fault_of(folder / "s") == "");
    CHECK(fault_of(folder / "s", head).starts_with("log/3: the log ends here"));
  }
  SECTION("two entries changed places") {
    const EntryRecord second = entry_at(2);
    const EntryRecord third = entry_at(3);
    rewrite(folder / "s", [&](Batch& batch) {
      put_entry(batch, 2, third);
      put_entry(batch, 3, second);
    });
    CHECK(fault_of(folder / "s").starts_with("log/2: its facts begin with 3"));
  }
  SECTION("a fact of no entry") {
    rewrite(folder / "s", [](Batch& batch) {
      must(batch.put(Table::facts, number_key(4), encode_fact(fact("shop", "more"))));
    });
    CHECK(fault_of(folder / "s") == "facts/4: a fact is of no entry");
  }
  SECTION("a fact is missing") {
    rewrite(folder / "s", [](Batch& batch) { must(batch.remove(Table::facts, number_key(2))); });
    CHECK(fault_of(folder / "s").starts_with("log/2: facts of it are missing"));
  }
  SECTION("another log altogether") {
    TemporaryFolder elsewhere;
    {
      const auto store = open(elsewhere / "s");
      for (int i = 0; i < 5; ++i) commit_facts(*store, {fact("shop", "x")});
    }
    CHECK(fault_of(elsewhere / "s").empty());
    CHECK(fault_of(elsewhere / "s", head).starts_with("log/4: it is not the entry"));
  }
}

namespace {

// A store of the first format, as riskd 0.1 wrote it: no checksums, no log, changes without position.
void write_first_format(const std::string& folder) {
  std::filesystem::create_directories(folder);
  MDB_env* environment = nullptr;
  REQUIRE(::mdb_env_create(&environment) == 0);
  REQUIRE(::mdb_env_set_maxdbs(environment, 9) == 0);
  REQUIRE(::mdb_env_open(environment, folder.c_str(), 0, 0600) == 0);
  MDB_txn* transaction = nullptr;
  REQUIRE(::mdb_txn_begin(environment, nullptr, 0, &transaction) == 0);
  const auto put = [&](const char* table, std::string key, std::string value) {
    MDB_dbi dbi = 0;
    REQUIRE(::mdb_dbi_open(transaction, table, MDB_CREATE, &dbi) == 0);
    MDB_val name{key.size(), key.data()};
    MDB_val data{value.size(), value.data()};
    REQUIRE(::mdb_put(transaction, dbi, &name, &data, 0) == 0);
  };
  put("meta", std::string("\0format", 7), "1");
  put("meta", "marker-key", "secret");
  put("policies", number_key(1), encode_policy(policy_of("one")));
  for (std::uint64_t seq = 1; seq <= 2'500; ++seq) {  // more than are brought over at once
    const FactRecord record = fact("shop", "fact " + std::to_string(seq));
    put("facts", number_key(seq), encode_fact(record));
    put("facts_by_product", product_key("shop", seq), "");
  }
  // Layout 1: greatest seq, seq, product, at, policy, cause, body.
  const std::string change = std::string("\x01\x07\x07\x04shop\x04\x01\x06", 11) + "fact 7" +
                             std::string("\x07", 1) + "changed";
  put("changes", number_key(1), change);
  put("changes_by_product", product_key("shop", 1), "");
  REQUIRE(::mdb_txn_commit(transaction) == 0);
  ::mdb_env_close(environment);
}

}  // namespace

TEST_CASE("a store of the first format is brought over, and nothing of it is lost") {
  TemporaryFolder folder;
  write_first_format(folder / "s");
  CHECK(error_of(open_store_to_read(folder / "s")).code == ErrorCode::unsupported);
  for (int round = 0; round < 2; ++round) {  // the second time there is nothing to do
    const auto store = open(folder / "s");
    CHECK(store->last_seq() == 2'500);
    CHECK(facts_after(*store, 2'499) == Bodies{"fact 2500"});
    CHECK(facts_of(*store, "shop", 0).size() == 2'500);
    CHECK(changes_of(*store, "shop", 0) == Bodies{"changed"});
    CHECK(must(store->meta("marker-key")) == "secret");
    CHECK(must(store->policy(1))->hash == "one");
    const auto entries = entries_of(*store);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].head.kind == EntryKind::origin);
    CHECK(entries[0].position == 2'500);  // not before the id of an earlier event
    CHECK(entries[0].facts == 2'500);
    CHECK(fault_of(folder / "s") == "");
  }
  {
    const auto store = open(folder / "s");
    commit_facts(*store, {fact("shop", "new")});
    CHECK(must(store->head()).position == 2'501);
  }
  CHECK(fault_of(folder / "s") == "");
  rewrite(folder / "s", [](Batch& batch) {
    must(batch.put(Table::facts, number_key(2), encode_fact(fact("shop", "other"))));
  });
  CHECK(fault_of(folder / "s").starts_with("log/2500: its facts"));
}

TEST_CASE("a store that has no table of days yet is read, and gets one when it is opened") {
  TemporaryFolder folder;
  commit_facts(*open(folder / "s"), {fact("shop", "1")});
  {
    MDB_env* environment = nullptr;
    MDB_txn* transaction = nullptr;
    MDB_dbi days = 0;
    REQUIRE(::mdb_env_create(&environment) == 0);
    REQUIRE(::mdb_env_set_maxdbs(environment, 1) == 0);
    REQUIRE(::mdb_env_open(environment, (folder / "s").c_str(), 0, 0600) == 0);
    REQUIRE(::mdb_txn_begin(environment, nullptr, 0, &transaction) == 0);
    REQUIRE(::mdb_dbi_open(transaction, "days", 0, &days) == 0);
    REQUIRE(::mdb_drop(transaction, days, 1) == 0);
    REQUIRE(::mdb_txn_commit(transaction) == 0);
    ::mdb_env_close(environment);
  }
  {
    const auto store = must(open_store_to_read(folder / "s"));
    CHECK(must(store->days("shop", {0}, {20'000}, 1)).empty());
    CHECK_FALSE(must(store->newest_day("shop")).has_value());
    CHECK(store->size_bytes() > 0);
  }
  CHECK(fault_of(folder / "s") == "");
  const auto store = open(folder / "s");
  auto transaction = must(store->begin());
  must(transaction->add_day("shop", {}));
  must(transaction->commit());
  CHECK(must(store->newest_day("shop")).has_value());
}

}  // namespace riskd::tests::log_test
