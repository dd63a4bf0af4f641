#include "daemon/service/toml_reader.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "dsl/text/diagnostic.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

using Names = TomlReader::Names;

std::string choices(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

}  // namespace

std::string did_you_mean(std::string_view name, const Names& names) {
  const std::string near = dsl::closest(name, names);
  if (!near.empty()) return fmt::format("; did you mean `{}`?", near);
  return "; known here: " + choices(names);
}

void TomlReader::refuse(const toml::source_region& at, std::string message) const {
  throw Mistake{{ErrorCode::invalid, std::move(message), place(at)}};
}

std::string TomlReader::place(const toml::source_region& at) const {
  return fmt::format("{}:{}:{}", file_, at.begin.line, at.begin.column);
}

void TomlReader::known(const toml::table& table, std::string_view what, const Names& names) const {
  for (const auto& [key, value] : table) {
    if (std::find(names.begin(), names.end(), key.str()) != names.end()) continue;
    refuse(key.source(), fmt::format("unknown key `{}` in {}{}", key.str(), what,
                                     did_you_mean(key.str(), names)));
  }
}

const toml::table* TomlReader::optional_section(const toml::table& root,
                                                std::string_view name) const {
  const toml::node* node = root.get(name);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) refuse(node->source(), fmt::format("`{}` is a table: [{}]", name, name));
  return node->as_table();
}

const toml::table& TomlReader::section(const toml::table& root, std::string_view name) const {
  if (const toml::table* table = optional_section(root, name)) return *table;
  throw Mistake{{ErrorCode::invalid, fmt::format("the table [{}] is missing", name), file_}};
}

std::vector<const toml::table*> TomlReader::tables(const toml::table& root,
                                                   std::string_view name) const {
  std::vector<const toml::table*> found;
  const toml::node* node = root.get(name);
  if (node == nullptr) return found;
  const auto must_be_tables = [&](const toml::node& at) {
    refuse(at.source(), fmt::format("`{}` is a list of tables: [[{}]]", name, name));
  };
  const toml::array* array = node->as_array();
  if (array == nullptr) must_be_tables(*node);
  for (const toml::node& item : *array) {
    if (!item.is_table()) must_be_tables(item);
    found.push_back(item.as_table());
  }
  return found;
}

std::string TomlReader::text(const toml::node& node, std::string_view key) const {
  const auto value = node.value_exact<std::string>();
  if (!value) refuse(node.source(), fmt::format("`{}` is a text in quotes", key));
  if (value->empty()) refuse(node.source(), fmt::format("`{}` is empty", key));
  return *value;
}

std::string TomlReader::required_text(const toml::table& table, std::string_view key,
                                      std::string_view what) const {
  const toml::node* node = table.get(key);
  if (node == nullptr) refuse(table.source(), fmt::format("{} needs `{}`", what, key));
  return text(*node, key);
}

TomlReader::Names TomlReader::texts(const toml::node& node, std::string_view key) const {
  const toml::array* array = node.as_array();
  if (array == nullptr) refuse(node.source(), fmt::format("`{}` is a list of texts", key));
  Names result;
  for (const toml::node& item : *array) result.push_back(text(item, key));
  return result;
}

std::string TomlReader::resolved(const std::string& path) const {
  return (folder_ / path).lexically_normal().string();
}

std::string TomlReader::one_of(const toml::node& node, std::string_view key,
                               const Names& names) const {
  std::string value = text(node, key);
  if (std::find(names.begin(), names.end(), value) == names.end()) {
    refuse(node.source(), fmt::format("unknown {} `{}`{}", key, value, did_you_mean(value, names)));
  }
  return value;
}

std::size_t TomlReader::whole_number(const toml::node& node, std::string_view key) const {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 1)
    refuse(node.source(), fmt::format("`{}` is a whole number from 1", key));
  return static_cast<std::size_t>(*value);
}

// "90 seconds", "5 minutes", "1 hour".
double TomlReader::duration(const toml::node& node, std::string_view key) const {
  std::istringstream stream(text(node, key));
  double amount = 0;
  std::string unit;
  std::string rest;
  stream >> amount >> unit;
  if (unit.ends_with('s')) unit.pop_back();
  const double seconds = unit == "second"   ? 1
                         : unit == "minute" ? 60
                         : unit == "hour"   ? 3'600
                         : unit == "day"    ? 86'400
                                            : 0;
  const double total = amount * seconds;
  if (stream >> rest || !(total >= 1) || total > 366.0 * 86'400) {
    refuse(node.source(),
           fmt::format("`{}` is a duration of a second or more, as \"5 minutes\"", key));
  }
  return total;
}

bool TomlReader::is_readable_by_all(const std::string& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0;
}

void TomlReader::refuse_readable_by_all(const toml::node& node, const std::string& file) const {
  if (!is_readable_by_all(file)) return;
  refuse(
      node.source(),
      fmt::format("every user of this machine can read `{}`: chmod 600, or 640 for a group", file));
}

std::optional<std::string> TomlReader::secret(const toml::table& table,
                                              const std::string& name) const {
  const std::string file_key = name + "-file", env_key = name + "-env";
  const toml::node* file = table.get(file_key);
  const toml::node* variable = table.get(env_key);
  if (file != nullptr && variable != nullptr)
    refuse(variable->source(), fmt::format("`{}` or `{}`, not both", file_key, env_key));
  if (file == nullptr && variable == nullptr) return std::nullopt;
  const toml::node& given = file != nullptr ? *file : *variable;
  const std::string where = text(given, file != nullptr ? file_key : env_key);
  std::string value;
  if (file != nullptr) {
    refuse_readable_by_all(given, resolved(where));
    std::ifstream stream(resolved(where), std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    if (!stream) refuse(given.source(), fmt::format("`{}` cannot be read", resolved(where)));
    value = content.str();
  } else {
    const char* found = std::getenv(where.c_str());
    if (found == nullptr)
      refuse(given.source(), fmt::format("the environment has no variable `{}`", where));
    value = found;
  }
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (value.empty() || value.size() > limits::secret_bytes || !plain) {
    refuse(given.source(), fmt::format("`{}` holds no secret: one is a line of visible ASCII "
                                       "characters, at most {}",
                                       where, limits::secret_bytes));
  }
  return value;
}

}  // namespace riskd::service
