// Rich text as blocks, for markups that have no such text themselves: what the policy wrote like
// Markdown gives the structure, outside text never does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// Text on one line; without control characters, valid UTF-8.
struct TextRun {
  std::string text;  // never empty
  bool outside = false;
  bool code = false;  // between the policy's backticks
};
using TextLine = std::vector<TextRun>;

struct TextBlock {
  enum class Kind : std::uint8_t { paragraph, heading, bullets, numbers, code };
  Kind kind = Kind::paragraph;
  int level = 0;                // of a heading: 1 to 6
  std::vector<TextLine> lines;  // of a list: one an item
};

// Read are headings ("# "), lists ("- ", "* ", "1. "), fenced code and inline code. Everything else
// is paragraphs, their lines kept.
std::vector<TextBlock> text_blocks(const RichText& text);

// On one line.
std::string to_plain_line(const RichText& text);

}  // namespace riskd::connectors
