// Rule files as they were read, and places in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::dsl {

// Bytes begin…end of one file.
struct Span {
  std::uint32_t file = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// Lines and columns count from 1; a column counts characters, not bytes.
struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

class SourceFile {
 public:
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  LineColumn locate(std::uint32_t offset) const;
  std::string_view line(std::uint32_t number) const;  // without its line break
  std::uint32_t line_start(std::uint32_t number) const { return starts_[number - 1]; }

 private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> starts_;
};

using Sources = std::vector<SourceFile>;

inline std::string_view text_of(const Sources& sources, Span span) {
  return sources[span.file].text().substr(span.begin, span.end - span.begin);
}

// Source text on one line, its blanks made single, without its comments; what is longer than `longest` bytes ends in `…`.
std::string on_one_line(std::string_view source, std::size_t longest = std::string_view::npos);

// Reads rule files: each path is a `.risk` file or a folder, whose `.risk` files are read in the
// order of their names, folders below it included. A file named twice is read once.
//   not_found    a path does not exist, or a folder holds no rule file
//   too_large    a limit of engine/base/limits.hpp was passed
//   unavailable  it cannot be read
Result<Sources> read_sources(const std::vector<std::string>& paths);

}  // namespace riskd::dsl
