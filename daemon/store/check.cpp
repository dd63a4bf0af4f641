#include "daemon/store/check.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/store/environment.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/store_file.hpp"

namespace riskd::store {
namespace {

// Of a table that grows with the history a start reads the end.
constexpr std::uint64_t newest_records = 200'000;
constexpr std::array history{Table::facts,   Table::facts_by_product,
                             Table::changes, Table::changes_by_product,
                             Table::log,     Table::days};

// The key from which on a table is read.
Result<std::string> first_key(const View& view, Table table, Extent extent) {
  const bool is_history = std::find(history.begin(), history.end(), table) != history.end();
  if (extent == Extent::everything || !is_history) return std::string();
  const auto last = view.last_key(table);
  if (!last) return failure(last);
  const auto number = *last ? read_number_key(**last) : std::nullopt;
  // The indexes are read by products(), a key of each product.
  if (!number) return *last ? std::string(**last) : std::string();
  return number_key(*number - std::min(*number, newest_records));
}

}  // namespace

Status read_store(const std::string& folder, Extent extent) {
  const auto environment = Environment::open_to_read(folder, Environment::Formats::all);
  if (!environment) return failure(environment);
  const auto view = (*environment)->read();
  if (!view) return failure(view);
  for (std::size_t i = 0; i < table_count; ++i) {
    const Table table = static_cast<Table>(i);
    if (!view->has(table)) continue;
    const auto from = first_key(*view, table, extent);
    if (!from) return failure(from);
    Status read = view->scan(table, *from, [](const Entry&) { return true; });
    if (!read) return read;
  }
  if (extent == Extent::everything || !view->has(Table::facts_by_product)) return Done{};
  return each_product(*view, [](std::string_view) { return true; });
}

Status check_store(const std::string& folder, Extent extent) {
  return in_child(folder + "/data.mdb", [&] { return read_store(folder, extent); });
}

Result<std::unique_ptr<Child>> begin_check(const std::string& folder) {
  return Child::start(folder + "/data.mdb",
                      [folder] { return read_store(folder, Extent::everything); });
}

std::uint64_t file_bytes(const std::string& folder) {
  struct stat found {};
  if (::stat((folder + "/data.mdb").c_str(), &found) != 0) return 0;
  return static_cast<std::uint64_t>(found.st_size);
}

}  // namespace riskd::store
