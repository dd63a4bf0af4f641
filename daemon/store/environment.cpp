#include "daemon/store/environment.hpp"

#include <fmt/format.h>
#include <lmdb.h>

#include <array>
#include <utility>

#include "daemon/store/key.hpp"

namespace riskd::store {

struct OpenTables {
  std::string folder;
  std::uint64_t map_bytes = 0;
  MDB_env* environment = nullptr;
  std::array<MDB_dbi, table_count> tables{};

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

constexpr std::string_view format_key("\0format", 7);
constexpr std::string_view format = "1";  // raised with every layout that older programs misread
constexpr unsigned max_readers = 1024;

constexpr std::array<const char*, table_count> table_names{
    "meta",    "facts",    "facts_by_product", "changes",        "changes_by_product",
    "effects", "policies", "replies",          "replies_by_time"};

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
    default:  // errno values, and MDB_PANIC, MDB_READERS_FULL, MDB_BAD_TXN …
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

// Whether the environment holds nothing yet; an Error where what it holds is not for this program.
Result<bool> is_new(const OpenTables& tables) {
  auto open = begin(tables, MDB_RDONLY);
  if (!open) return failure(open);
  MDB_txn* const transaction = (*open)->transaction;
  MDB_dbi root = 0;
  MDB_stat stat{};
  int code = ::mdb_dbi_open(transaction, nullptr, 0, &root);
  if (code == MDB_SUCCESS) code = ::mdb_stat(transaction, root, &stat);
  if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  if (stat.ms_entries == 0) return true;

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
  if (to_view(value) != format) {
    return fail(ErrorCode::unsupported,
                fmt::format("the store has format `{}`, this riskd reads format `{}`: start the "
                            "newer riskd that wrote it",
                            to_view(value), format),
                tables.folder);
  }
  return false;
}

Status open_tables(OpenTables& tables, bool fresh) {
  auto open = begin(tables, 0);
  if (!open) return failure(open);
  for (std::size_t i = 0; i < table_count; ++i) {
    const int code =
        ::mdb_dbi_open((*open)->transaction, table_names[i], MDB_CREATE, &tables.tables[i]);
    if (code != MDB_SUCCESS) return lmdb_failed(code, tables);
  }
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
  return std::optional(to_view(value));
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
    if (!visit(Entry{to_view(key), to_view(value)})) return Done{};
    code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT);
  }
  if (code != MDB_NOTFOUND) return lmdb_failed(code, *transaction_->tables);
  return Done{};
}

Result<std::optional<Entry>> View::last(Table table) const {
  auto cursor = open_cursor(*transaction_, table);
  if (!cursor) return failure(cursor);
  MDB_val key{};
  MDB_val value{};
  const int code = ::mdb_cursor_get(cursor->get(), &key, &value, MDB_LAST);
  if (code == MDB_NOTFOUND) return std::optional<Entry>();
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return std::optional(Entry{to_view(key), to_view(value)});
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
  MDB_val name = to_val(key);
  MDB_val data = to_val(value);
  const int code = ::mdb_put(transaction_->transaction, (*transaction_)[table], &name, &data, 0);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
  return Done{};
}

Status Batch::append(Table table, std::string_view key, std::string_view value) {
  MDB_val name = to_val(key);
  MDB_val data = to_val(value);
  const int code =
      ::mdb_put(transaction_->transaction, (*transaction_)[table], &name, &data, MDB_APPEND);
  if (code == MDB_KEYEXIST) {
    return fail(ErrorCode::corrupt, fmt::format("table `{}` is out of order", name_of(table)),
                transaction_->tables->folder);
  }
  if (code != MDB_SUCCESS) return lmdb_failed(code, *transaction_->tables);
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

Environment::Environment(std::unique_ptr<OpenTables> tables) : tables_(std::move(tables)) {}
Environment::~Environment() = default;

Result<std::unique_ptr<Environment>> Environment::open(const std::string& folder,
                                                       std::uint64_t map_bytes) {
  auto tables = std::make_unique<OpenTables>();
  tables->folder = folder;
  tables->map_bytes = map_bytes;
  int code = ::mdb_env_create(&tables->environment);
  if (code != MDB_SUCCESS) {
    tables->environment = nullptr;
    return lmdb_failed(code, *tables);
  }
  MDB_env* const environment = tables->environment;
  if (code == MDB_SUCCESS) code = ::mdb_env_set_maxdbs(environment, table_count);
  if (code == MDB_SUCCESS) code = ::mdb_env_set_maxreaders(environment, max_readers);
  if (code == MDB_SUCCESS) code = ::mdb_env_set_mapsize(environment, map_bytes);
  // A reader's slot belongs to its transaction, not to its thread: the daemon's threads come and
  // go.
  if (code == MDB_SUCCESS) code = ::mdb_env_open(environment, folder.c_str(), MDB_NOTLS, 0600);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *tables);
  if (::mdb_env_get_maxkeysize(environment) < static_cast<int>(key_bytes)) {
    return fail(ErrorCode::unsupported,
                fmt::format("this LMDB was built with keys shorter than {} bytes", key_bytes),
                folder);
  }
  // Left by readers of a process that was killed.
  code = ::mdb_reader_check(environment, nullptr);
  if (code != MDB_SUCCESS) return lmdb_failed(code, *tables);

  const auto fresh = is_new(*tables);
  if (!fresh) return failure(fresh);
  if (Status opened = open_tables(*tables, *fresh); !opened) return failure(opened);
  return std::unique_ptr<Environment>(new Environment(std::move(tables)));
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
