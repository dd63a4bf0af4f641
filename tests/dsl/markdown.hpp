// The parts of a Markdown page that tests read: headings, fenced blocks, tables.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dsl/text/source.hpp"

namespace riskd::tests {

struct Block {
  std::vector<std::string> info;  // the words after ```: "risk", "fragment"
  std::string text;               // with its last line break
  std::size_t line = 0;           // of its first line of text, from 1
  std::string section;            // the nearest heading above it, without its #
  bool is(const std::string& word) const;
};

std::vector<Block> blocks_of(const std::string& page);

// The cells of every table row of the page, without the rulers; `section` as in Block.
struct Row {
  std::vector<std::string> cells;
  std::string section;
};
std::vector<Row> rows_of(const std::string& page);

// One file, or several where lines `# file: NAME` divide the block.
dsl::Sources files_of(const Block& block, const std::string& name);

std::string read_text(const std::string& path);  // fails the test where it cannot

}  // namespace riskd::tests
