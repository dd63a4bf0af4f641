// One LMDB environment with the store's tables, as byte strings. Nothing of LMDB's own is visible
// outside environment.cpp. Behind each value stands a checksum (seal.hpp), which every
// read checks and no caller sees. What the calls return is an Error here:
//
//   unavailable  disk or map full, permission, too many readers, an I/O error
//   unsupported  a newer riskd, or another version of LMDB, wrote the files
//   corrupt      LMDB finds its own pages damaged, a value does not fit its checksum, or the files are not riskd's
//   too_large    a key or value that LMDB cannot hold
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::store {

enum class Table : std::size_t {
  meta,                // NUL + name: the store's own; name: the daemon's
  facts,               // seq → fact
  facts_by_product,    // product, seq → nothing
  changes,             // count from 1 → change
  changes_by_product,  // product, that count → nothing
  effects,             // effect key → effect
  policies,            // revision → policy
  replies,             // reply key → reply
  replies_by_time,     // moment, reply key → nothing
  log,                 // position → entry
  marks,               // kind, position → nothing: entries of other kinds than `facts` and `time`
  snapshots,           // product → its facts, folded: what a start reads
  bases,               // product → the same, of the facts whose results retention has removed
  prunes,              // position → what the entry has removed
  days,                // product, day → what riskd said when it ended
  access,              // position → the token that was given or revoked
};
inline constexpr std::size_t table_count = 16;

std::string_view name_of(Table table);

// Points into the map: valid until its View or Batch ends, or is written to.
struct Entry {
  std::string_view key;
  std::string_view value;
};

struct OpenTransaction;
struct OpenTables;

// The tables as they were at one moment. Pages that later commits free cannot be used again while a
// View exists: keep it for one read, and never while somebody else's code runs.
class View {
 public:
  explicit View(std::shared_ptr<OpenTransaction> transaction);
  View(View&&) noexcept;
  ~View();

  Result<std::optional<std::string_view>> get(Table table, std::string_view key) const;
  // The entries from the first key that is not before `from`, in order, until `visit` returns
  // false.
  Status scan(Table table, std::string_view from,
              const std::function<bool(const Entry&)>& visit) const;
  Result<std::optional<std::string_view>> last_key(Table table) const;
  // The greatest key that is less than `before`.
  Result<std::optional<std::string>> key_before(Table table, std::string_view before) const;
  // False where Environment::old_format(), and of `days` in a store that is only read and was not opened since there
  // are any. Nothing is found in such a table.
  bool has(Table table) const;
  // Of each table's pages, in the order of Table; 0 of one that is not there.
  Result<std::array<std::uint64_t, table_count>> table_bytes() const;

 protected:
  std::shared_ptr<OpenTransaction> transaction_;
};

// A View that can be changed; nothing of it happens without `commit`. Belongs to the thread that
// began it. After a failed call only the destructor may follow.
class Batch : public View {
 public:
  using View::View;

  Status put(Table table, std::string_view key, std::string_view value);
  // As `put`, for a key behind all others of the table; corrupt where there is a later one.
  Status append(Table table, std::string_view key, std::string_view value);
  Status remove(Table table, std::string_view key);  // Done also where there was none
  // Gives the environment this format: all values that are there have checksums, or get them in this batch.
  Status raise_format();
  Status commit();  // ends the batch, whatever it returns

 private:
  int put_value(Table table, std::string_view key, std::string_view value, unsigned flags);
  Status seal_table(Table table);
};

class Environment {
 public:
  // `folder` exists, and this process holds it. A new environment is made where there is none.
  static Result<std::unique_ptr<Environment>> open(const std::string& folder,
                                                   std::uint64_t map_bytes);
  // Of which nothing can be written; another process may write it meanwhile. All reads show it as it was when it was opened,
  // and belong to one thread. Error::unsupported where it has an earlier format and `formats` is `newest`.
  enum class Formats : std::uint8_t { newest, all };
  static Result<std::unique_ptr<Environment>> open_to_read(const std::string& folder,
                                                           Formats formats = Formats::newest);
  ~Environment();

  // 0, or the number of an earlier format: then only what `migrate` does may follow. Values of format 1 have no checksum.
  int old_format() const { return old_format_; }

  // After a failure that only another start of the process mends. Found by the first call after it.
  bool is_dead() const;

  // Writes all of it, as it is at one moment, to a file.
  Status copy_to(int file) const;

  // Readers of processes that were killed keep pages from being used again until this is called.
  void forget_dead_readers() const;

  Result<View> read() const;    // from any thread
  Result<Batch> write() const;  // one at a time

 private:
  Environment(std::unique_ptr<OpenTables> tables, int format);
  static Result<std::unique_ptr<OpenTables>> map(const std::string& folder, std::uint64_t map_bytes,
                                                 unsigned flags);
  std::unique_ptr<OpenTables> tables_;
  std::shared_ptr<OpenTransaction> moment_;  // of open_to_read
  int old_format_ = 0;
};

}  // namespace riskd::store
