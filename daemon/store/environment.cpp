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
  mutable std::atomic<bool> is_dead = false;  // LMDB takes no transaction any more

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

constexpr std::string_view format = "2";  // raised with every layout that older programs misread
constexpr std::string_view first_format =
    "1";  // without checksums and log: daemon/store/migrate.cpp
constexpr unsigned max_readers = 1024;
constexpr std::size_t sealed_at_once = 1'000;

constexpr std::array<const char*, table_count> table_names{
    "meta",    "facts",    "facts_by_product", "changes",         "changes_by_product",
    "effects", "policies", "replies",          "replies_by_time", "log"};

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

enum class Found : std::uint8_t { nothing, old, current };

// What the environment holds; an Error where that is not for this program.
Result<Found> find_format(const OpenTables& tables) {
  auto open = begin(tables, MDB_RDONLY);
  if (!open) return failure(open);
  MDB_txn* const transaction = (*open)->transaction;
  MDB_dbi root = 0;
  MDB_stat stat{};
  int code = ::mdb_dbi_open(transaction, nullptr, 0, &root);
  if (code == MDB_SUCCESS) code = ::mdb_stat(transaction, root, &stat);
  if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  if (stat.ms_entries == 0) return Found::nothing;

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
  if (to_view(value) == first_format) return Found::old;
  if (to_view(value) != format) {
    return fail(ErrorCode::unsupported,
                fmt::format("the store has format `{}`, this riskd reads format `{}`: start the "
                            "newer riskd that wrote it",
                            to_view(value), format),
                tables.folder);
  }
  return Found::current;
}

// All entries with their values as they are stored.
Status scan_raw(const OpenTransaction& open, Table table,
                const std::function<Status(const Entry&)>& visit) {
  auto cursor = open_cursor(open, table);
  if (!cursor) return failure(cursor);
  MDB_val key{};
  MDB_val value{};
  int code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_FIRST);
  while (code == MDB_SUCCESS) {
    if (Status seen = visit(Entry{to_view(key), to_view(value)}); !seen) return seen;
    code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT);
  }
  if (code != MDB_NOTFOUND) return lmdb_failed(code, *open.tables);
  return Done{};
}

// MDB_RDONLY in `flags`: the tables are there; else those that are missing are made. Committed by the caller.
Result<std::unique_ptr<OpenTransaction>> begin_opening(OpenTables& tables, unsigned flags) {
  auto open = begin(tables, flags);
  if (!open) return open;
  const unsigned missing = (flags & MDB_RDONLY) != 0 ? 0 : MDB_CREATE;
  for (std::size_t i = 0; i < table_count; ++i) {
    const int code =
        ::mdb_dbi_open((*open)->transaction, table_names[i], missing, &tables.tables[i]);
    if (code == MDB_NOTFOUND)
      return fail(ErrorCode::corrupt, fmt::format("table `{}` is missing", table_names[i]),
                  tables.folder);
    if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  }
  return open;
}

// The handles stay valid: the transaction is committed.
Status open_tables(OpenTables& tables, unsigned flags) {
  auto open = begin_opening(tables, flags);
  return open ? Batch(std::move(*open)).commit() : failure(open);
}

Status make_tables(OpenTables& tables, bool fresh) {
  auto open = begin_opening(tables, 0);
  if (!open) return failure(open);
  Batch batch(std::move(*open));
  if (fresh) {
    if (Status put = batch.put(Table::meta, format_key, format); !put) return put;
  }
  return batch.commit();
}

}  // namespace

std::string_view name_of(Table table) { return table_names[static_cast<std::size_t>(table)]; }

View::View(std::unique_ptr<OpenTransaction> transaction) : transaction_(std::move(transaction)) {}
View::View(View&&) noexcept = default;
View::~View() = default;

Result<std::optional<std::string_view>> View::get(Table table, std::string_view key) const {
  MDB_val name = to_val(key);
  MDB_val value{};
  const int code = ::mdb_get(transaction_->transaction, (*transaction_)[table], &name, &value);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  const auto opened = unseal(table, key, to_view(value));
  if (!opened) return failure(opened);
  return std::optional(*opened);
}

Status View::scan(Table table, std::string_view from,
                  const std::function<bool(const Entry&)>& visit) const {
  auto cursor = open_cursor(*transaction_, table);
  if (!cursor) return failure(cursor);
  MDB_val key = to_val(from);
  MDB_val value{};
  int code =
      ::mdb_cursor_get(cursor->get(), &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == MDB_SUCCESS) {
    const auto opened = unseal(table, to_view(key), to_view(value));
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

Result<std::uint64_t> View::used_bytes() const {
  std::uint64_t bytes = 0;
  for (const MDB_dbi table : transaction_->tables->tables) {
    MDB_stat stat{};
    const int code = ::mdb_stat(transaction_->transaction, table, &stat);
    if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
    const std::uint64_t pages = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    bytes += pages * stat.ms_psize;
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
  for (std::size_t i = 0; i < table_count; ++i) {
    if (Status sealed = seal_table(static_cast<Table>(i)); !sealed) return sealed;
  }
  return put(Table::meta, format_key, format);
}

// Values of the first format have no checksum. Some at a time: what a cursor points to moves when another value
// is put.
Status Batch::seal_table(Table table) {
  std::string next;
  bool is_over = false;
  while (!is_over) {
    std::vector<std::pair<std::string, std::string>> some;
    auto cursor = open_cursor(*transaction_, table);
    if (!cursor) return failure(cursor);
    MDB_val key = to_val(next);
    MDB_val value{};
    int code =
        ::mdb_cursor_get(cursor->get(), &key, &value, next.empty() ? MDB_FIRST : MDB_SET_RANGE);
    while (code == MDB_SUCCESS && some.size() < sealed_at_once) {
      some.emplace_back(to_view(key), to_view(value));
      code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT);
    }
    if (code != MDB_SUCCESS && code != MDB_NOTFOUND)
      return lmdb_failed(code, *transaction_->tables);
    is_over = code == MDB_NOTFOUND;
    if (!is_over) next = to_view(key);
    cursor->reset();
    for (const auto& [name, bytes] : some) {
      if (Status put_back = put(table, name, bytes); !put_back) return put_back;
    }
  }
  return Done{};
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

Environment::Environment(std::unique_ptr<OpenTables> tables, bool is_old)
    : is_old_(is_old), tables_(std::move(tables)) {}
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
  if (Status opened = make_tables(**tables, *found == Found::nothing); !opened)
    return failure(opened);
  return std::unique_ptr<Environment>(new Environment(std::move(*tables), *found == Found::old));
}

Result<std::unique_ptr<Environment>> Environment::open_to_read(const std::string& folder) {
  auto tables = map(folder, 0, MDB_RDONLY);
  if (!tables) return failure(tables);
  const auto found = find_format(**tables);
  if (!found) return failure(found);
  if (*found != Found::current) {
    return fail(ErrorCode::unsupported,
                "an earlier riskd wrote the store: start this one once, and it brings the store to "
                "its format",
                folder);
  }
  if (Status opened = open_tables(**tables, MDB_RDONLY); !opened) return failure(opened);
  return std::unique_ptr<Environment>(new Environment(std::move(*tables), false));
}

bool Environment::is_dead() const { return tables_->is_dead; }

Status Environment::copy_to(int file) const {
  const int code = ::mdb_env_copyfd2(tables_->environment, file, MDB_CP_COMPACT);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *tables_);
  return Done{};
}

Status Environment::check(const std::string& folder) {
  auto tables = map(folder, 0, MDB_RDONLY);
  if (!tables) return failure(tables);
  const auto found = find_format(**tables);
  if (!found) return failure(found);
  auto open = begin(**tables, MDB_RDONLY);
  if (!open) return failure(open);
  for (std::size_t i = 0; i < table_count; ++i) {
    const int code = ::mdb_dbi_open((*open)->transaction, table_names[i], 0, &(*tables)->tables[i]);
    if (code == MDB_NOTFOUND) continue;  // of an earlier format, or empty
    if (code != MDB_SUCCESS) return lmdb_failed(code, **tables);
    Status read = scan_raw(**open, static_cast<Table>(i), [&](const Entry& entry) -> Status {
      if (*found != Found::current) return Done{};
      const auto opened = unseal(static_cast<Table>(i), entry.key, entry.value);
      return opened ? Status(Done{}) : failure(opened);
    });
    if (!read) return read;
  }
  return Done{};
}

Result<View> Environment::read() const {
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
