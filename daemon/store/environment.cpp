#include "daemon/store/environment.hpp"

#include <fmt/format.h>
#include <lmdb.h>

#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "daemon/store/key.hpp"
#include "daemon/store/seal.hpp"
#include "daemon/store/store_file.hpp"

namespace riskd::store {

struct OpenTables {
  std::string folder;
  std::uint64_t map_bytes = 0;
  MDB_env* environment = nullptr;
  std::array<MDB_dbi, table_count> tables{};
  mutable bool has_seals = true;              // not in the first format
  mutable std::atomic<bool> is_dead = false;  // LMDB takes no transaction any more

  Result<std::string_view> open(Table table, std::string_view key, std::string_view value) const {
    return has_seals ? unseal(table, key, value) : Result<std::string_view>(value);
  }

  OpenTables() = default;
  OpenTables(const OpenTables&) = delete;
  OpenTables& operator=(const OpenTables&) = delete;
  ~OpenTables() { ::mdb_env_close(environment); }
};

struct OpenTransaction {
  const OpenTables* tables = nullptr;
  MDB_txn* transaction = nullptr;

  OpenTransaction() = default;
  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;
  ~OpenTransaction() {
    if (transaction != nullptr) ::mdb_txn_abort(transaction);
  }
  MDB_dbi operator[](Table table) const { return tables->tables[static_cast<std::size_t>(table)]; }
};

namespace {

constexpr int newest_format =
    5;  // raised with every layout that older programs misread: migrate.cpp
constexpr unsigned max_readers = 1024;
constexpr MDB_dbi no_table = 0;  // a handle of LMDB's own

constexpr std::array<const char*, table_count> table_names{"meta",
                                                           "facts",
                                                           "facts_by_product",
                                                           "changes",
                                                           "changes_by_product",
                                                           "effects",
                                                           "policies",
                                                           "replies",
                                                           "replies_by_time",
                                                           "log",
                                                           "marks",
                                                           "snapshots",
                                                           "bases",
                                                           "prunes",
                                                           "days",
                                                           "access"};

Unexpected<Error> lmdb_failed(int code, const OpenTables& tables) {
  switch (code) {
    case MDB_MAP_FULL:
      return fail(ErrorCode::unavailable,
                  fmt::format("the store is full: it may not grow over {} bytes", tables.map_bytes),
                  tables.folder);
    case MDB_VERSION_MISMATCH:
      return fail(ErrorCode::unsupported, "another version of LMDB wrote the store", tables.folder);
    case MDB_BAD_VALSIZE:
      return fail(ErrorCode::too_large, "a key or value is empty or larger than LMDB can hold",
                  tables.folder);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
      return fail(ErrorCode::corrupt,
                  fmt::format("the store's file is damaged: {}", ::mdb_strerror(code)),
                  tables.folder + "/data.mdb");
    case MDB_PANIC:  // a write of the page that makes a commit visible has failed
      tables.is_dead = true;
      return fail(ErrorCode::unavailable, "the store takes nothing before riskd is started again",
                  tables.folder);
    default:  // errno values, and MDB_READERS_FULL, MDB_BAD_TXN …
      return fail(ErrorCode::unavailable,
                  fmt::format("the store cannot be used: {}", ::mdb_strerror(code)), tables.folder);
  }
}

MDB_val to_val(std::string_view bytes) {
  return MDB_val{bytes.size(), const_cast<char*>(bytes.data())};
}

std::string_view to_view(const MDB_val& val) {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

Result<std::unique_ptr<OpenTransaction>> begin(const OpenTables& tables, unsigned flags) {
  auto open = std::make_unique<OpenTransaction>();
  open->tables = &tables;
  const int code = ::mdb_txn_begin(tables.environment, nullptr, flags, &open->transaction);
  if (code != MDB_SUCCESS) {
    open->transaction = nullptr;
    return lmdb_failed(code, tables);
  }
  return open;
}

struct CloseCursor {
  void operator()(MDB_cursor* cursor) const { ::mdb_cursor_close(cursor); }
};
using Cursor = std::unique_ptr<MDB_cursor, CloseCursor>;

Result<Cursor> open_cursor(const OpenTransaction& open, Table table) {
  MDB_cursor* cursor = nullptr;
  const int code = ::mdb_cursor_open(open.transaction, open[table], &cursor);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *open.tables);
  return Cursor(cursor);
}

// The format that the environment has, 0 where it is new; an Error where it is not for this program.
Result<int> find_format(const OpenTables& tables) {
  auto open = begin(tables, MDB_RDONLY);
  if (!open) return failure(open);
  MDB_txn* const transaction = (*open)->transaction;
  MDB_dbi root = 0;
  MDB_stat stat{};
  int code = ::mdb_dbi_open(transaction, nullptr, 0, &root);
  if (code == MDB_SUCCESS) code = ::mdb_stat(transaction, root, &stat);
  if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  if (stat.ms_entries == 0) return 0;

  const auto not_ours = [&] {
    return fail(ErrorCode::corrupt, "the folder holds an LMDB file that is not riskd's",
                tables.folder + "/data.mdb");
  };
  MDB_dbi meta = 0;
  code = ::mdb_dbi_open(transaction, table_names.front(), 0, &meta);
  if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE) return not_ours();
  if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  MDB_val key = to_val(format_key);
  MDB_val value{};
  code = ::mdb_get(transaction, meta, &key, &value);
  if (code == MDB_NOTFOUND) return not_ours();
  if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  for (int known = 1; known <= newest_format; ++known) {
    if (to_view(value) == std::to_string(known)) return known;
  }
  return fail(ErrorCode::unsupported,
              fmt::format("the store has format `{}`, this riskd reads format `{}`: start the "
                          "newer riskd that wrote it",
                          to_view(value), newest_format),
              tables.folder);
}

// Whether stores of the newest format may not have the table yet: it is made when riskd opens them.
bool is_new(Table table) { return table == Table::days; }

enum class Missing : std::uint8_t {
  made,
  refused,
  left
};  // what becomes of tables that are not there

// Committed by the caller, so that the handles stay valid. A table that is left has none.
Result<std::unique_ptr<OpenTransaction>> begin_opening(OpenTables& tables, Missing missing) {
  auto open = begin(tables, missing == Missing::made ? 0 : MDB_RDONLY);
  if (!open) return open;
  const unsigned flags = missing == Missing::made ? MDB_CREATE : 0;
  for (std::size_t i = 0; i < table_count; ++i) {
    const int code = ::mdb_dbi_open((*open)->transaction, table_names[i], flags, &tables.tables[i]);
    if (code == MDB_NOTFOUND && (missing == Missing::left || is_new(static_cast<Table>(i))))
      continue;
    if (code == MDB_NOTFOUND)
      return fail(ErrorCode::corrupt, fmt::format("table `{}` is missing", table_names[i]),
                  tables.folder);
    if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  }
  return open;
}

Status open_tables(OpenTables& tables, Missing missing) {
  auto open = begin_opening(tables, missing);
  return open ? Batch(std::move(*open)).commit() : failure(open);
}

Status make_tables(OpenTables& tables, bool is_fresh) {
  auto open = begin_opening(tables, Missing::made);
  if (!open) return failure(open);
  Batch batch(std::move(*open));
  if (is_fresh) {
    if (Status raised = batch.raise_format(); !raised) return raised;
  }
  return batch.commit();
}

}  // namespace

std::string_view name_of(Table table) { return table_names[static_cast<std::size_t>(table)]; }

View::View(std::shared_ptr<OpenTransaction> transaction) : transaction_(std::move(transaction)) {}
View::View(View&&) noexcept = default;
View::~View() = default;

Result<std::optional<std::string_view>> View::get(Table table, std::string_view key) const {
  if (!has(table)) return std::optional<std::string_view>();
  MDB_val name = to_val(key);
  MDB_val value{};
  const int code = ::mdb_get(transaction_->transaction, (*transaction_)[table], &name, &value);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  const auto opened = transaction_->tables->open(table, key, to_view(value));
  if (!opened) return failure(opened);
  return std::optional(*opened);
}

Status View::scan(Table table, std::string_view from,
                  const std::function<bool(const Entry&)>& visit) const {
  if (!has(table)) return Done{};
  auto cursor = open_cursor(*transaction_, table);
  if (!cursor) return failure(cursor);
  MDB_val key = to_val(from);
  MDB_val value{};
  int code =
      ::mdb_cursor_get(cursor->get(), &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == MDB_SUCCESS) {
    const auto opened = transaction_->tables->open(table, to_view(key), to_view(value));
    if (!opened) return failure(opened);
    if (!visit(Entry{to_view(key), *opened})) return Done{};
    code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT);
  }
  if (code != MDB_NOTFOUND) return lmdb_failed(code, *transaction_->tables);
  return Done{};
}

// The value is not looked at: a policy's is long, and each transaction asks for the last one.
Result<std::optional<std::string_view>> View::last_key(Table table) const {
  auto cursor = open_cursor(*transaction_, table);
  if (!cursor) return failure(cursor);
  MDB_val key{};
  MDB_val value{};
  const int code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_LAST);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return std::optional(to_view(key));
}

Result<std::optional<std::string>> View::key_before(Table table, std::string_view before) const {
  if (!has(table)) return std::optional<std::string>();
  auto cursor = open_cursor(*transaction_, table);
  if (!cursor) return failure(cursor);
  MDB_val key = to_val(before);
  MDB_val value{};
  int code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_SET_RANGE);
  code = ::mdb_cursor_get(cursor->get(), &key, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
  if (code == MDB_NOTFOUND) return std::optional<std::string>();
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return std::optional(std::string(to_view(key)));
}

bool View::has(Table table) const { return (*transaction_)[table] != no_table; }

Result<std::array<std::uint64_t, table_count>> View::table_bytes() const {
  std::array<std::uint64_t, table_count> bytes{};
  for (std::size_t i = 0; i < table_count; ++i) {
    const MDB_dbi table = transaction_->tables->tables[i];
    if (table == no_table) continue;
    MDB_stat stat{};
    const int code = ::mdb_stat(transaction_->transaction, table, &stat);
    if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
    const std::uint64_t pages = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    bytes[i] = pages * stat.ms_psize;
  }
  return bytes;
}

Status Batch::put(Table table, std::string_view key, std::string_view value) {
  const int code = put_value(table, key, value, 0);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return Done{};
}

Status Batch::append(Table table, std::string_view key, std::string_view value) {
  const int code = put_value(table, key, value, MDB_APPEND);
  if (code == MDB_KEYEXIST) {
    return fail(ErrorCode::corrupt, fmt::format("table `{}` is out of order", name_of(table)),
                transaction_->tables->folder);
  }
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return Done{};
}

int Batch::put_value(Table table, std::string_view key, std::string_view value, unsigned flags) {
  MDB_val name = to_val(key);
  MDB_val room{value.size() + seal_bytes(table, key), nullptr};
  const int code = ::mdb_put(transaction_->transaction, (*transaction_)[table], &name, &room,
                             flags | MDB_RESERVE);
  if (code == MDB_SUCCESS) seal(table, key, value, static_cast<char*>(room.mv_data));
  return code;
}

Status Batch::raise_format() {
  transaction_->tables->has_seals = true;
  return put(Table::meta, format_key, std::to_string(newest_format));
}

Status Batch::remove(Table table, std::string_view key) {
  MDB_val name = to_val(key);
  const int code = ::mdb_del(transaction_->transaction, (*transaction_)[table], &name, nullptr);
  if (code != MDB_SUCCESS && code != MDB_NOTFOUND) {
    return lmdb_failed(code, *transaction_->tables);
  }
  return Done{};
}

Status Batch::commit() {
  const int code = ::mdb_txn_commit(std::exchange(transaction_->transaction, nullptr));
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return Done{};
}

Environment::Environment(std::unique_ptr<OpenTables> tables, int format)
    : tables_(std::move(tables)), old_format_(format == newest_format ? 0 : format) {
  tables_->has_seals = format > 1;
}
Environment::~Environment() = default;

// 0 `map_bytes`: as large as it is.
Result<std::unique_ptr<OpenTables>> Environment::map(const std::string& folder,
                                                     std::uint64_t map_bytes, unsigned flags) {
  auto tables = std::make_unique<OpenTables>();
  tables->folder = folder;
  tables->map_bytes = map_bytes;
  int code = ::mdb_env_create(&tables->environment);
  if (code != MDB_SUCCESS) {
    tables->environment = nullptr;
    return lmdb_failed(code, *tables);
  }
  MDB_env* const environment = tables->environment;
  code = ::mdb_env_set_maxdbs(environment, table_count);
  if (code == MDB_SUCCESS) code = ::mdb_env_set_maxreaders(environment, max_readers);
  if (code == MDB_SUCCESS && map_bytes != 0) code = ::mdb_env_set_mapsize(environment, map_bytes);
  // A reader's slot belongs to its transaction, not to its thread: the daemon's threads come and
  // go.
  if (code == MDB_SUCCESS)
    code = ::mdb_env_open(environment, folder.c_str(), flags | MDB_NOTLS, 0600);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *tables);
  MDB_envinfo info{};
  MDB_stat stat{};
  code = ::mdb_env_info(environment, &info);
  if (code == MDB_SUCCESS) code = ::mdb_env_stat(environment, &stat);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *tables);
  if (Status whole = check_length(folder, info.me_last_pgno + 1, stat.ms_psize); !whole)
    return failure(whole);
  return tables;
}

Result<std::unique_ptr<Environment>> Environment::open(const std::string& folder,
                                                       std::uint64_t map_bytes) {
  auto tables = map(folder, map_bytes, 0);
  if (!tables) return failure(tables);
  MDB_env* const environment = (*tables)->environment;
  if (::mdb_env_get_maxkeysize(environment) < static_cast<int>(key_bytes)) {
    return fail(ErrorCode::unsupported,
                fmt::format("this LMDB was built with keys shorter than {} bytes", key_bytes),
                folder);
  }
  // Left by readers of a process that was killed.
  const int code = ::mdb_reader_check(environment, nullptr);
  if (code != MDB_SUCCESS) return lmdb_failed(code, **tables);

  const auto found = find_format(**tables);
  if (!found) return failure(found);
  if (Status opened = make_tables(**tables, *found == 0); !opened) return failure(opened);
  return std::unique_ptr<Environment>(
      new Environment(std::move(*tables), *found == 0 ? newest_format : *found));
}

Result<std::unique_ptr<Environment>> Environment::open_to_read(const std::string& folder,
                                                               Formats formats) {
  auto tables = map(folder, 0, MDB_RDONLY);
  if (!tables) return failure(tables);
  const auto found = find_format(**tables);
  if (!found) return failure(found);
  const bool is_old = *found != newest_format;
  if (is_old && formats == Formats::newest) {
    return fail(ErrorCode::unsupported,
                "an earlier riskd wrote the store: start this one once, and it brings the store to "
                "its format",
                folder);
  }
  const Missing missing = is_old ? Missing::left : Missing::refused;
  if (Status opened = open_tables(**tables, missing); !opened) return failure(opened);
  auto moment = begin(**tables, MDB_RDONLY);
  if (!moment) return failure(moment);
  std::unique_ptr<Environment> environment(new Environment(std::move(*tables), *found));
  environment->moment_ = std::move(*moment);
  return environment;
}

void Environment::forget_dead_readers() const {
  int dead = 0;
  // An error means that they stay, which the next call finds again.
  static_cast<void>(::mdb_reader_check(tables_->environment, &dead));
}

bool Environment::is_dead() const { return tables_->is_dead; }

Status Environment::copy_to(int file) const {
  const int code = ::mdb_env_copyfd2(tables_->environment, file, MDB_CP_COMPACT);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *tables_);
  return Done{};
}

Result<View> Environment::read() const {
  if (moment_) return View(moment_);
  auto open = begin(*tables_, MDB_RDONLY);
  if (!open) return failure(open);
  return View(std::move(*open));
}

Result<Batch> Environment::write() const {
  auto open = begin(*tables_, 0);
  if (!open) return failure(open);
  return Batch(std::move(*open));
}

}  // namespace riskd::store
