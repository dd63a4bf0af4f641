#include "connectors/trackers/html.hpp"

#include <fmt/format.h>

#include <string_view>

#include "connectors/trackers/text_blocks.hpp"

namespace riskd::connectors {
namespace {

using Kind = TextBlock::Kind;

constexpr std::string_view unseen_space = "\xe2\x80\x8b";

// A space that is not seen keeps `@name`, `#12` and `!12` of outside text from acting
// (https://learn.microsoft.com/en-us/azure/devops/organizations/notifications/at-mentions).
void append_as_html(std::string& out, const TextRun& run) {
  for (const char c : run.text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
        if (run.outside && (c == '@' || c == '#' || c == '!')) out += unseen_space;
    }
  }
}

std::string html_line(const TextLine& line) {
  std::string out;
  for (const TextRun& run : line) {
    if (run.code) out += "<code>";
    append_as_html(out, run);
    if (run.code) out += "</code>";
  }
  return out;
}

std::string joined(const TextBlock& block, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < block.lines.size(); ++i) {
    if (i > 0) out += between;
    out += html_line(block.lines[i]);
  }
  return out;
}

std::string html_block(const TextBlock& block) {
  switch (block.kind) {
    case Kind::heading:
      return fmt::format("<h{0}>{1}</h{0}>", block.level, joined(block, "<br>"));
    case Kind::bullets:
      return "<ul><li>" + joined(block, "</li><li>") + "</li></ul>";
    case Kind::numbers:
      return "<ol><li>" + joined(block, "</li><li>") + "</li></ol>";
    case Kind::code:
      return "<pre>" + joined(block, "\n") + "</pre>";
    case Kind::paragraph:
      break;
  }
  return "<p>" + joined(block, "<br>") + "</p>";
}

}  // namespace

std::string to_html(const RichText& text) {
  std::string out;
  for (const TextBlock& block : text_blocks(text)) out += html_block(block);
  return out;
}

std::string to_html(const RichText& text, const std::string& last_line) {
  std::string out = to_html(text) + "<p>";
  append_as_html(out, {last_line, false, false});
  return out + "</p>";
}

}  // namespace riskd::connectors
