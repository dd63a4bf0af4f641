// What the tests of the store share: a folder of its own for each, and short ways to write and
// read.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/store.hpp"

namespace riskd::store::testing {

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

inline constexpr std::uint64_t small_map = 16u << 20;

inline std::unique_ptr<Store> open(const std::string& folder) {
  return must(open_store(folder, small_map));
}

inline FactRecord fact(const std::string& product, const std::string& body) {
  FactRecord record;
  record.product = product;
  record.at = Instant{-5};
  record.received = Instant{1'800'000'000'123};
  record.poster = "uid:1000 alice";
  record.policy = 3;
  record.body = body;
  return record;
}

inline ChangeRecord change(std::uint64_t seq, const std::string& product, const std::string& body) {
  return ChangeRecord{seq, 0, product, Instant{77}, 2, "fact " + std::to_string(seq), body};
}

// Ends the entry of the log that is open, and commits.
inline void commit(Transaction& transaction) {
  must(transaction.close_entry(
      {EntryKind::facts, fact("", "").received, fact("", "").received, 1, false, "alice", {}}));
  must(transaction.commit());
}

inline void commit_facts(Store& store, const std::vector<FactRecord>& facts) {
  auto transaction = must(store.begin());
  for (const FactRecord& record : facts) must(transaction->append_fact(record));
  commit(*transaction);
}

using Bodies = std::vector<std::string>;

inline Bodies facts_after(const Store& store, std::uint64_t after) {
  Bodies bodies;
  must(store.facts(after, [&](const FactRecord& record) {
    CHECK(record.seq > after);
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

inline Bodies facts_of(const Store& store, const std::string& product, std::uint64_t after) {
  Bodies bodies;
  must(store.facts_of(product, after, [&](const FactRecord& record) {
    CHECK(record.product == product);
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

inline Bodies changes_after(const Store& store, std::uint64_t after) {
  Bodies bodies;
  must(store.changes(after, [&](const ChangeRecord& record) {
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

inline Bodies changes_of(const Store& store, const std::string& product, std::uint64_t after) {
  Bodies bodies;
  must(store.changes_of(product, after, [&](const ChangeRecord& record) {
    bodies.push_back(record.body);
    return true;
  }));
  return bodies;
}

}  // namespace riskd::store::testing
