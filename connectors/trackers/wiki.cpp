#include "connectors/trackers/wiki.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "connectors/trackers/text_blocks.hpp"

namespace riskd::connectors {
namespace {

using Kind = TextBlock::Kind;

// A backslash escapes these ("\ Escape special character"); the others that mean something, in words
// of two characters or together with what stands beside them, are written as entities.
constexpr std::string_view with_backslash = "*_?-+^~{}[]|!#";
constexpr std::string_view as_entity = "\\&<>:;()/@";

bool ends_with_www(std::string_view text) {
  return text.size() >= 3 &&
         std::all_of(text.end() - 3, text.end(), [](char c) { return c == 'w' || c == 'W'; });
}

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // "h1." and "bq." begin a block, "www." a link.
    const bool dot = c == '.' && (i < 3 || ends_with_www(text.substr(0, i)));
    if (dot || as_entity.find(c) != std::string_view::npos)
      out += fmt::format("&#{};", static_cast<int>(c));
    else if (with_backslash.find(c) != std::string_view::npos)
      (out += '\\') += c;
    else
      out += c;
  }
}

// Monospaced text is still read for markup: the policy's code is escaped like outside text.
void append_line(std::string& out, const TextLine& line) {
  for (const TextRun& run : line) {
    if (run.code) out += "{{";
    if (run.outside || run.code)
      append_escaped(out, run.text);
    else
      out += run.text;
    if (run.code) out += "}}";
  }
}

// Nothing is escaped between {noformat}s: text that could end them stands outside of them.
void append_code(std::string& out, const TextBlock& block) {
  std::string code;
  for (const TextLine& line : block.lines) {
    for (const TextRun& run : line) code += run.text;
    code += '\n';
  }
  if (code.find("{noformat") == std::string::npos) {
    out += "{noformat}\n" + code + "{noformat}";
    return;
  }
  for (const TextLine& line : block.lines) {
    for (const TextRun& run : line) append_escaped(out, run.text);
    if (&line != &block.lines.back()) out += '\n';
  }
}

std::string line_start(const TextBlock& block) {
  switch (block.kind) {
    case Kind::heading:
      return fmt::format("h{}. ", block.level);
    case Kind::bullets:
      return "* ";
    case Kind::numbers:
      return "# ";
    case Kind::paragraph:
    case Kind::code:
      break;
  }
  return {};
}

}  // namespace

std::string to_wiki(const RichText& text) {
  std::string out;
  for (const TextBlock& block : text_blocks(text)) {
    if (!out.empty()) out += "\n\n";
    if (block.kind == Kind::code) {
      append_code(out, block);
      continue;
    }
    const std::string start = line_start(block);
    for (std::size_t i = 0; i < block.lines.size(); ++i) {
      out += (i > 0 ? "\n" : "") + start;
      append_line(out, block.lines[i]);
    }
  }
  return out;
}

}  // namespace riskd::connectors
