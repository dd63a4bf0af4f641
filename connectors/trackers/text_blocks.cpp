#include "connectors/trackers/text_blocks.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace {

using Kind = TextBlock::Kind;

// Valid UTF-8 without control characters; a tab is a blank.
std::string clean_policy(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const Utf8Char c = next_utf8(text);
    if (!c.valid)
      clean += "\xef\xbf\xbd";
    else if (c.code == '\t')
      clean += ' ';
    else if (c.code >= 0x20 && (c.code < 0x7f || c.code >= 0xa0))
      clean += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return clean;
}

void append(TextLine& line, std::string text, bool outside) {
  if (text.empty()) return;
  if (!line.empty() && line.back().outside == outside)
    line.back().text += text;
  else
    line.push_back({std::move(text), outside, false});
}

// Only the policy's line breaks are some.
std::vector<TextLine> lines_of(const RichText& text) {
  std::vector<TextLine> lines(1);
  for (const TextPiece& piece : text) {
    if (piece.outside) {
      // A character that is replaced grows to three bytes.
      append(lines.back(), sanitize_outside(piece.text, piece.text.size() * 3), true);
      continue;
    }
    std::string_view rest = piece.text;
    for (;;) {
      const std::size_t end = rest.find('\n');
      append(lines.back(), clean_policy(rest.substr(0, end)), false);
      if (end == std::string_view::npos) break;
      lines.emplace_back();
      rest.remove_prefix(end + 1);
    }
  }
  return lines;
}

// What the line begins with, as the policy wrote it; empty where outside text begins it.
std::string_view start_of(const TextLine& line) {
  return line.empty() || line.front().outside ? std::string_view() : line.front().text;
}

bool is_blank(const TextLine& line) {
  return std::all_of(line.begin(), line.end(), [](const TextRun& run) {
    return run.text.find_first_not_of(' ') == std::string::npos;
  });
}

bool is_fence(const TextLine& line) { return start_of(line).starts_with("```"); }

struct Start {
  Kind kind = Kind::paragraph;
  int level = 0;
  std::size_t bytes = 0;  // to be taken off the line
};

Start read_start(const TextLine& line) {
  const std::string_view text = start_of(line);
  const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
  const std::string_view rest = text.substr(indent);
  if (rest.starts_with("- ") || rest.starts_with("* ")) return {Kind::bullets, 0, indent + 2};
  const std::size_t signs = std::min(rest.find_first_not_of('#'), rest.size());
  if (signs >= 1 && signs <= 6 && rest.substr(signs).starts_with(' '))
    return {Kind::heading, static_cast<int>(signs), indent + signs + 1};
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits >= 1 && digits <= 4 && rest.substr(digits).starts_with(". "))
    return {Kind::numbers, 0, indent + digits + 2};
  return {Kind::paragraph, 0, indent};
}

// Marks what stands between the policy's backticks, and takes these off. The last of an odd number is
// a character like others.
TextLine with_code(const TextLine& line) {
  std::ptrdiff_t ticks = 0;
  for (const TextRun& run : line) {
    if (!run.outside) ticks += std::count(run.text.begin(), run.text.end(), '`');
  }
  ticks -= ticks % 2;
  TextLine result;
  bool code = false;
  const auto add = [&](std::string_view text, bool outside) {
    if (!text.empty()) result.push_back({std::string(text), outside, code});
  };
  for (const TextRun& run : line) {
    std::string_view rest = run.text;
    while (!run.outside && ticks > 0) {
      const std::size_t tick = rest.find('`');
      if (tick == std::string_view::npos) break;
      add(rest.substr(0, tick), false);
      rest.remove_prefix(tick + 1);
      code = !code;
      --ticks;
    }
    add(rest, run.outside);
  }
  return result;
}

}  // namespace

std::vector<TextBlock> text_blocks(const RichText& text) {
  std::vector<TextBlock> blocks;
  std::vector<TextLine> lines = lines_of(text);
  bool goes_on = false;  // the last block takes a line of its kind
  for (std::size_t i = 0; i < lines.size(); ++i) {
    TextLine& line = lines[i];
    if (is_fence(line)) {
      TextBlock code{Kind::code, 0, {}};
      for (++i; i < lines.size() && !is_fence(lines[i]); ++i)
        code.lines.push_back(std::move(lines[i]));
      blocks.push_back(std::move(code));
      goes_on = false;
      continue;
    }
    if (is_blank(line)) {
      goes_on = false;
      continue;
    }
    const Start start = read_start(line);
    if (start.bytes > 0) {
      line.front().text.erase(0, start.bytes);
      if (line.front().text.empty()) line.erase(line.begin());
    }
    if (!goes_on || blocks.back().kind != start.kind || start.kind == Kind::heading)
      blocks.push_back({start.kind, start.level, {}});
    blocks.back().lines.push_back(with_code(line));
    goes_on = true;
  }
  return blocks;
}

std::string to_plain_line(const RichText& text) {
  std::string plain;
  for (const TextLine& line : lines_of(text)) {
    if (!plain.empty()) plain += ' ';
    for (const TextRun& run : line) plain += run.text;
  }
  return plain;
}

}  // namespace riskd::connectors
