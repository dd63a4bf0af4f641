#include "tests/dsl/markdown.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace riskd::tests {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string heading_of(const std::string& line) {
  return trimmed(line.substr(std::min(line.find_first_not_of('#'), line.size())));
}

}  // namespace

bool Block::is(const std::string& word) const {
  return std::find(info.begin(), info.end(), word) != info.end();
}

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  std::string line, section;
  bool inside = false;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.starts_with("```")) {
      if (!inside) {
        blocks.push_back({{}, {}, number + 1, section});
        std::istringstream words(line.substr(3));
        for (std::string word; words >> word;) blocks.back().info.push_back(word);
      }
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    } else if (line.starts_with('#')) {
      section = heading_of(line);
    }
  }
  REQUIRE(!inside);
  return blocks;
}

std::vector<Row> rows_of(const std::string& page) {
  std::vector<Row> rows;
  std::istringstream lines(page);
  std::string line, section;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) inside = !inside;
    if (inside) continue;
    if (line.starts_with('#')) section = heading_of(line);
    if (!line.starts_with('|') || line.find_first_not_of("|-: ") == std::string::npos) continue;
    Row row{{}, section};
    std::istringstream cells(line.substr(1));
    for (std::string cell; std::getline(cells, cell, '|');) row.cells.push_back(trimmed(cell));
    rows.push_back(std::move(row));
  }
  return rows;
}

dsl::Sources files_of(const Block& block, const std::string& name) {
  constexpr std::string_view mark = "# file: ";
  dsl::Sources files;
  std::istringstream lines(block.text);
  std::string line, text, file = name;
  while (std::getline(lines, line)) {
    if (line.starts_with(mark)) {
      if (trimmed(text) != "" && file != name) files.emplace_back(file, text);
      file = line.substr(mark.size());
      text.clear();
    }
    text += line + "\n";
  }
  files.emplace_back(file, text);
  return files;
}

std::string read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  INFO(path);
  REQUIRE(stream.good());
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

}  // namespace riskd::tests
