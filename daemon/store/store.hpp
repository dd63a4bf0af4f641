// The facts, and what was decided because of them, on disk: one LMDB environment.
//
// Facts are append-only; the newest value of anything is an index over them that the daemon builds
// at start. One `Transaction` is one commit and one fsync: all of it is there after a crash, or
// nothing. Payloads are opaque text to the store (JSON, written by daemon/).
//
// Threads: `begin` from one thread at a time (the writer); the read functions from any thread, each
// with a short read transaction of its own. Errors: unavailable (disk full, permission, another
// process holds the store), corrupt (a record does not decode), not_found.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"

namespace riskd::store {

// One fact as it was posted. `seq` counts from 1 over all products, without gaps.
struct FactRecord {
  std::uint64_t seq = 0;
  std::string product;
  Instant at;  // the time it speaks of, never later than `received`
  Instant received;
  std::string poster;        // "uid:1000 alice", "tracker:jira", "riskd"
  std::uint64_t policy = 0;  // the policy revision in force
  std::string body;          // the fact's JSON
};

// What a fact changed, or a policy or the passing of time: the audit record behind `history`.
struct ChangeRecord {
  std::uint64_t seq = 0;  // of the newest fact when it happened
  std::string product;
  Instant at;
  std::uint64_t policy = 0;
  std::string cause;  // "fact 17", "policy 3", "time"
  std::string body;   // the change line's JSON
};

// Something a tracker must be told. Kept until its receipt is committed.
struct EffectRecord {
  std::string key;  // idempotency key, unique
  std::string product;
  std::string tracker;  // empty: the product has no route yet
  bool held = false;    // waits for a release
  int attempts = 0;
  Instant due;             // not to be tried before
  std::string last_error;  // of the last attempt; empty where there was none
  std::string body;        // the effect's JSON
};

struct PolicyRecord {
  std::uint64_t revision = 0;  // counts from 1
  std::string hash;
  Instant at;
  std::string poster;
  std::vector<std::pair<std::string, std::string>> files;  // name, text
};

// An answer that is given again to the same Idempotency-Key.
struct ReplyRecord {
  Instant at;
  std::string request_hash;
  int status = 0;
  std::string body;
};

// Names (product, keys, meta) have 1 to 501 bytes: Error::invalid and Error::too_large otherwise,
// and the transaction goes on without that call. After any other error all further calls, and
// `commit`, return that error. Ends before its store, on the thread that began it.
class Transaction {
 public:
  virtual ~Transaction() = default;  // without `commit` nothing of it happened

  // Gives the fact the next seq and returns it.
  virtual Result<std::uint64_t> append_fact(FactRecord fact) = 0;
  virtual Status append_change(const ChangeRecord& change) = 0;
  virtual Status put_effect(const EffectRecord& effect) = 0;  // new, or replaces by key
  virtual Status remove_effect(std::string_view key) = 0;     // Done also where there was none
  virtual Result<std::uint64_t> append_policy(PolicyRecord policy) = 0;  // returns its revision
  virtual Status put_reply(std::string_view key, const ReplyRecord& reply) = 0;
  virtual Status remove_replies_before(Instant moment) = 0;
  virtual Status put_meta(std::string_view name, std::string_view value) = 0;

  // Durable when it returns Done. The transaction is over either way.
  virtual Status commit() = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Error::conflict while another transaction is not over.
  virtual Result<std::unique_ptr<Transaction>> begin() = 0;

  // Visitors return false to stop. They are called outside of any read transaction, with records
  // read some hundred at a time: they may take their time and call the store. What is committed
  // after the call began is not visited.
  using FactVisitor = std::function<bool(const FactRecord&)>;
  using ChangeVisitor = std::function<bool(const ChangeRecord&)>;

  // All facts after `after`, in seq order.
  virtual Status facts(std::uint64_t after, const FactVisitor& visit) const = 0;
  // One product's facts or changes after `after`, in order, by an index.
  virtual Status facts_of(std::string_view product, std::uint64_t after,
                          const FactVisitor& visit) const = 0;
  virtual Status changes_of(std::string_view product, std::uint64_t after,
                            const ChangeVisitor& visit) const = 0;
  // All changes whose seq is after `after`, in the order in which they were appended.
  virtual Status changes(std::uint64_t after, const ChangeVisitor& visit) const = 0;

  virtual Result<std::vector<EffectRecord>> effects() const = 0;  // by key
  virtual Result<std::optional<PolicyRecord>> policy(std::uint64_t revision) const = 0;
  virtual Result<std::optional<PolicyRecord>> latest_policy() const = 0;
  // Without the files' texts.
  virtual Result<std::vector<PolicyRecord>> policies() const = 0;
  virtual Result<std::optional<ReplyRecord>> reply(std::string_view key) const = 0;
  virtual Result<std::optional<std::string>> meta(std::string_view name) const = 0;

  virtual std::uint64_t last_seq() const = 0;
  virtual std::uint64_t size_bytes() const = 0;  // used pages
};

// Opens or makes the store in `folder`, which is made with its parents, for this user alone, where
// it is missing. `map_bytes` bounds its size: a commit that would pass it is Error::unavailable,
// and nothing of it is kept. Error::conflict, with the process id, where another process holds the
// store, Error::unsupported where a newer riskd wrote it.
Result<std::unique_ptr<Store>> open_store(const std::string& folder,
                                          std::uint64_t map_bytes = std::uint64_t{64} << 30);

}  // namespace riskd::store
