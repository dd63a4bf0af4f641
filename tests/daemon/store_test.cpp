// What is written to the store comes back, in its order.
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "daemon/store/key.hpp"
#include "tests/daemon/store_fixture.hpp"

using namespace riskd;
using namespace riskd::store;
using namespace riskd::store::testing;

namespace riskd::tests::store_test {

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
    commit(*transaction);
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
  commit(*transaction);
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
  commit(*transaction);
  transaction = must(store->begin());
  must(transaction->append_change(change(5, "shop", "five")));
  must(transaction->append_change(change(4, "bank", "four, later")));
  commit(*transaction);
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
  must(transaction->put_effect(
      {"b", "shop", "jira", true, 4, Instant{9}, "timed out", "{1}", true, Instant{8}, "SHOP"}));
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
  CHECK(effects[1].withdrawn);
  CHECK(effects[1].sent == Instant{8});
  CHECK(effects[1].project == "SHOP");
  CHECK_FALSE(effects[0].withdrawn);
  CHECK_FALSE(effects[0].sent.has_value());
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
  commit(*transaction);
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
  commit(*transaction);
  CHECK(facts_after(*store, 0) == Bodies{"fits"});
}

TEST_CASE("the end of a day comes back as it was, and is written once") {
  TemporaryFolder folder;
  DayRecord record;
  record.day = Date{20'700};
  record.policy = 7;
  record.rating = 46.88;
  record.band = "high";
  record.is_approved = true;
  record.counts.risks = {{"", 1}, {"high", 300}};
  record.counts.weaknesses = {1, 2, 3, 4};
  record.counts.countermeasures = {5, 6, 7, 8, 9};
  record.counts.accepted = record.counts.tests_unmatched = 200;
  record.written = Instant{1'800'000'000'123};
  record.is_late = true;
  record.riskd = "0.1.0";
  CHECK(encode_day(record).size() < 100);
  const auto store = open(folder / "s");
  {
    auto transaction = must(store->begin());
    must(transaction->add_day("shop", record));
    DayRecord other = record;
    other.rating = 1;
    must(transaction->add_day("shop", other));  // it stays
    other.day.days += 1;
    must(transaction->add_day("shop", other));
    must(transaction->add_day("shop-2", other));
    commit(*transaction);
  }
  const Date last{record.day.days + 1};
  const auto days = must(store->days("shop", {0}, last, 10));
  REQUIRE(days.size() == 2);
  CHECK(days[0].day == record.day);
  CHECK(days[0].rating == 46.88);
  CHECK(days[0].counts == record.counts);
  CHECK(encode_day(days[0]) == encode_day(record));
  CHECK(must(store->days("shop", {0}, record.day, 10)).size() == 1);
  CHECK(must(store->days("shop", last, last, 10)).size() == 1);
  CHECK(must(store->days("shop", {0}, last, 1)).size() == 1);
  CHECK(must(store->days("sho", {0}, last, 10)).empty());
  CHECK(must(store->newest_day("shop"))->day == last);
  CHECK_FALSE(must(store->newest_day("bank")).has_value());
  {
    auto transaction = must(store->begin());
    must(transaction->remove_days(last));
    commit(*transaction);
  }
  CHECK(must(store->newest_day("shop"))->day == record.day);
  CHECK_FALSE(must(store->newest_day("shop-2")).has_value());
}

}  // namespace riskd::tests::store_test
