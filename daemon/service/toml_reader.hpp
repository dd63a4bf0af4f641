// How a TOML file is read: its values by their kind, and where one is wrong.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "engine/base/result.hpp"

namespace riskd::service {

// The first mistake ends the reading; it carries its place, "riskd.toml:7:2".
struct Mistake {
  Error error;
};

// Every function throws a Mistake where the file is wrong.
class TomlReader {
 public:
  // `file` names it in messages; paths in it are relative to its folder.
  explicit TomlReader(std::string file)
      : file_(std::move(file)), folder_(std::filesystem::absolute(file_).parent_path()) {}

  using Names = std::vector<std::string>;

  const std::string& file() const { return file_; }
  [[noreturn]] void refuse(const toml::source_region& at, std::string message) const;
  std::string place(const toml::source_region& at) const;
  std::string resolved(const std::string& path) const;

  // Refuses a key that is not one of `names`.
  void known(const toml::table& table, std::string_view what, const Names& names) const;
  const toml::table* optional_section(const toml::table& root, std::string_view name) const;
  const toml::table& section(const toml::table& root, std::string_view name) const;
  // Each table of a list of tables.
  template <typename Visit>
  void each(const toml::table& root, std::string_view name, const Visit& visit) const {
    for (const toml::table* table : tables(root, name)) visit(*table);
  }

  std::string text(const toml::node& node, std::string_view key) const;
  std::string required_text(const toml::table& table, std::string_view key,
                            std::string_view what) const;
  Names texts(const toml::node& node, std::string_view key) const;
  std::string one_of(const toml::node& node, std::string_view key, const Names& names) const;
  std::size_t whole_number(const toml::node& node, std::string_view key) const;  // from 1
  double duration(const toml::node& node, std::string_view key) const;           // in seconds
  // Refuses a file with a secret that any user of this machine can read. One that is not there is found when it is read.
  void refuse_readable_by_all(const toml::node& node, const std::string& file) const;
  static bool is_readable_by_all(const std::string& file);
  // What `NAME-file` or the environment's variable `NAME-env` holds; it is not shown anywhere.
  std::optional<std::string> secret(const toml::table& table, const std::string& name) const;

 private:
  std::vector<const toml::table*> tables(const toml::table& root, std::string_view name) const;

  std::string file_;
  std::filesystem::path folder_;
};

// "; did you mean `log`?", or the names that are known.
std::string did_you_mean(std::string_view name, const TomlReader::Names& names);

}  // namespace riskd::service
