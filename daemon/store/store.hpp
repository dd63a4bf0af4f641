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

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/access_record.hpp"
#include "daemon/store/child.hpp"
#include "daemon/store/day_record.hpp"
#include "daemon/store/entry.hpp"
#include "daemon/store/environment.hpp"
#include "daemon/store/folder_lock.hpp"
#include "daemon/store/log_head.hpp"
#include "daemon/store/prune_record.hpp"
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
  std::uint64_t seq = 0;       // of the newest fact when it happened
  std::uint64_t position = 0;  // of the entry that it follows from; the transaction fills it in
  std::string product;
  Instant at;
  std::uint64_t policy = 0;
  std::string cause;  // "fact 17", "policy 3", "time"
  std::string body;   // the change line's JSON
};

// Something that a tracker must do. Kept until its receipt is committed.
struct EffectRecord {
  std::string key;  // idempotency key, unique
  std::string product;
  std::string tracker;  // empty: the product has no route yet
  bool held = false;    // waits for a release
  int attempts = 0;
  Instant due;             // not to be tried before
  std::string last_error;  // of the last attempt; empty where there was none
  std::string body;        // the effect's JSON
  // Of an effect that makes a ticket. It is not wanted any more and may have been made: it is only looked for.
  bool withdrawn = false;
  // When a request that may have made the ticket went out last. nullopt: none ever did. Zero: it is not known when.
  std::optional<Instant> sent{};
  std::string project{};  // where it was sent
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

// What the store and its transaction share. Any thread reads it; the writer changes it.
struct WriterState {
  std::atomic<std::uint64_t> last_seq{0};  // of the newest committed fact
  std::atomic<bool> writing{false};        // a Transaction exists and is not over
};

// Facts, changes and a policy belong to an entry of the log: they are appended, then close_entry() says what they
// are. An entry that is not closed makes the commit fail.
//
// Names (product, keys, meta) have 1 to 501 bytes: Error::invalid and Error::too_large otherwise,
// and the transaction goes on without that call. After any other error all further calls, and
// `commit`, return that error. Ends before its store, on the thread that began it.
class Transaction {
 public:
  // `environment` and `state` outlive it. Error::conflict while another one is not over.
  static Result<std::unique_ptr<Transaction>> begin(const Environment& environment,
                                                    WriterState& state);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() { end(); }  // without `commit` nothing of it happened

  // Whether something was appended that is of no entry yet.
  bool has_open_entry() const { return !open_.is_empty; }
  // The position of the entry that is closed next.
  std::uint64_t next_position() const { return ends_.log.position + 1; }
  // Gives the fact the next seq and returns it.
  Result<std::uint64_t> append_fact(const FactRecord& fact);
  Status append_change(ChangeRecord change);  // of the entry that is closed next
  // Ends the entry with what was appended since the last one, and appends it to the log.
  Status close_entry(EntryHead head);
  const LogHead& begun_at() const { return begun_at_; }  // the log's head before the transaction
  const std::vector<EntryRecord>& entries() const { return entries_; }  // that were closed
  Status put_effect(const EffectRecord& effect);                        // new, or replaces by key
  Status remove_effect(std::string_view key);                // Done also where there was none
  Result<std::uint64_t> append_policy(PolicyRecord policy);  // returns its revision
  Status put_reply(std::string_view key, const ReplyRecord& reply);
  Status remove_replies_before(Instant moment);
  Status put_meta(std::string_view name, std::string_view value);
  // What a start reads instead of the facts. It is of no entry: it can be made anew.
  Status put_snapshot(std::string_view product, std::string_view snapshot);
  // Removes the facts of entries, and keeps `base`, whose digest the record has; of the entry that is closed next.
  Status prune(const PruneRecord& prune, std::string_view base);
  Status append_access(const AccessRecord& access);  // of the entry that is closed next

  // The end of a day. One that is there stays as it was written. Of no entry, as a snapshot.
  Status add_day(std::string_view product, const DayRecord& record);
  Status remove_days(Date first);  // of all products, from `first` on

  // Durable when it returns Done. The transaction is over either way.
  Status commit();

 private:
  // The last numbers of the numbered tables.
  struct Ends {
    std::uint64_t seq = 0;
    std::uint64_t change = 0;
    std::uint64_t greatest_seq = 0;  // of all changes
    std::uint64_t revision = 0;
    LogHead log;
  };
  // What was appended and is of no entry yet.
  struct OpenEntry {
    std::uint64_t facts = 0;
    bool is_empty = true;
    BodyDigest body;
  };

  Transaction(Batch batch, Ends ends, WriterState& state);
  static Result<Ends> find_ends(const View& view);
  Status check(Status named) const;
  Status keep(Status written);
  Status forget_time_of(std::string_view key);
  Status remove_facts(std::uint64_t position);
  void end();

  std::optional<Batch> batch_;  // empty once it is over
  Ends ends_;
  OpenEntry open_;
  LogHead begun_at_;
  std::vector<EntryRecord> entries_;
  WriterState& state_;
  std::optional<Error> failure_;
};

class Store {
 public:
  // Made by open_store. `last_seq` is that of the newest fact in `environment`. Without lock it is only read.
  Store(std::optional<FolderLock> lock, std::unique_ptr<Environment> environment,
        std::uint64_t last_seq, std::unique_ptr<Child> check = nullptr);

  // Error::conflict while another transaction is not over.
  Result<std::unique_ptr<Transaction>> begin();

  // Visitors return false to stop. They are called outside of any read transaction, with records
  // read some hundred at a time: they may take their time and call the store. What is committed
  // after the call began is not visited.
  using FactVisitor = std::function<bool(const FactRecord&)>;
  using ChangeVisitor = std::function<bool(const ChangeRecord&)>;

  // The products that have facts, in order. Cost: a search for each.
  Status products(const std::function<bool(const std::string&)>& visit) const;

  // All facts after `after` that are kept, in seq order.
  Status facts(std::uint64_t after, const FactVisitor& visit) const;
  // `count` facts from `first` on, as far as they are there.
  Status facts_in(std::uint64_t first, std::uint64_t count, const FactVisitor& visit) const;
  // One product's facts or changes after `after`, in order, by an index.
  Status facts_of(std::string_view product, std::uint64_t after, const FactVisitor& visit) const;
  Status changes_of(std::string_view product, std::uint64_t after,
                    const ChangeVisitor& visit) const;
  // All changes whose seq is after `after`, in the order in which they were appended.
  Status changes(std::uint64_t after, const ChangeVisitor& visit) const;

  // The newest `count` changes, in order.
  Status newest_changes(std::uint64_t count, const ChangeVisitor& visit) const;

  // The entries of the log after `after`, in order.
  using EntryVisitor = std::function<bool(const EntryRecord&)>;
  Status entries(std::uint64_t after, const EntryVisitor& visit) const;
  Result<LogHead> head() const;
  // The positions of all entries of a kind that is neither `facts` nor `time`, rising.
  Result<std::vector<std::uint64_t>> marked(EntryKind kind) const;
  // The entry that has the fact.
  Result<EntryRecord> entry_of_fact(std::uint64_t seq) const;
  Result<std::optional<PruneRecord>> prune(std::uint64_t position) const;
  // Of an entry of kind `access`; nullopt where it is missing.
  Result<std::optional<AccessRecord>> access(std::uint64_t position) const;
  Result<std::vector<std::uint64_t>> access_positions() const;  // of all records, rising
  // Of all of them, in order, each with its entry. Error::corrupt where a mark or a record is of no such entry.
  using AccessVisitor = std::function<void(const EntryRecord&, const AccessRecord&)>;
  Status each_access(const AccessVisitor& visit) const;
  Result<std::optional<std::string>> snapshot(std::string_view product) const;
  Result<std::optional<std::string>> base(std::string_view product) const;
  // The ends of days of a product, from `first` to `last`, in order; `limit` of them at most.
  Result<std::vector<DayRecord>> days(std::string_view product, Date first, Date last,
                                      std::size_t limit) const;
  Result<std::optional<DayRecord>> newest_day(std::string_view product) const;

  Result<std::vector<EffectRecord>> effects() const;  // by key
  Result<std::optional<PolicyRecord>> policy(std::uint64_t revision) const;
  Result<std::optional<PolicyRecord>> latest_policy() const;
  // Without the files' texts.
  Result<std::vector<PolicyRecord>> policies() const;
  Result<std::optional<ReplyRecord>> reply(std::string_view key) const;
  Result<std::optional<std::string>> meta(std::string_view name) const;

  // As Environment has it.
  void forget_dead_readers() const { environment_->forget_dead_readers(); }

  bool is_dead() const { return environment_->is_dead(); }                // as Environment::is_dead
  Status copy_to(int file) const { return environment_->copy_to(file); }  // as Environment::copy_to

  // A store that is too large to be read whole at start is read by a child process beside what follows. Waits for it, once:
  // Error::corrupt, with the place, where a record is damaged. `end_check` lets the waiting end.
  Status finish_check() const { return check_ ? check_->wait() : Status(Done{}); }
  void end_check() const {
    if (check_) check_->end();
  }

  std::uint64_t last_seq() const { return state_.last_seq; }
  std::uint64_t size_bytes() const;  // used pages
  // The same of each table, with its name; nothing where the store cannot be read.
  std::vector<std::pair<std::string_view, std::uint64_t>> table_bytes() const;

 private:
  // Of one product, or of all.
  Status visit_facts(std::optional<std::string_view> product, std::uint64_t after,
                     const FactVisitor& visit) const;
  Status visit_changes(std::optional<std::string_view> product, std::uint64_t after,
                       const ChangeVisitor& visit) const;

  std::optional<FolderLock> lock_;  // let go of last
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<Child> check_;  // reads all of it
  WriterState state_;
};

// Both ways to open a store read it once, in a child process: Error::corrupt, with the place, where a record does not fit
// its checksum, the file is too short, or its pages are damaged. Of a file that has more than `whole_bytes`, what
// a start needs is read before, and all of it beside what follows (Store::finish_check).
inline constexpr std::uint64_t checked_bytes = std::uint64_t{256} << 20;

// Opens or makes the store in `folder`, which is made with its parents, for this user alone, where
// it is missing. `map_bytes` bounds its size: a commit that would pass it is Error::unavailable,
// and nothing of it is kept. Error::conflict, with the process id, where another process holds the
// store, Error::unsupported where a newer riskd wrote it.
Result<std::unique_ptr<Store>> open_store(const std::string& folder,
                                          std::uint64_t map_bytes = std::uint64_t{64} << 30,
                                          std::uint64_t whole_bytes = checked_bytes);

// Opens the store to read it only; another process may write it meanwhile. Everything that is read of it is of one moment,
// and by one thread. Keep it for one task: as long as it is open, the file grows with all that is written. Error::not_found
// where there is none, Error::unsupported where another riskd wrote it in another format.
Result<std::unique_ptr<Store>> open_store_to_read(const std::string& folder);

}  // namespace riskd::store
