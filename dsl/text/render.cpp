// How a diagnostic looks to people.
#include <algorithm>

#include "dsl/text/diagnostic.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::dsl {
namespace {

struct Palette {
  std::string_view error, warning, note, place, plain;
};

Palette palette(bool colour) {
  if (!colour) return {};
  return {"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[34m", "\x1b[0m"};
}

std::string place_of(const Sources& sources, Span span) {
  const SourceFile& file = sources[span.file];
  const LineColumn at = file.locate(span.begin);
  return file.name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

// The line with its number, and below it the span underlined; a long line is cut around the span.
std::string excerpt(const Sources& sources, Span span, const Palette& colours,
                    std::string_view underline) {
  constexpr std::size_t widest = 160;
  const SourceFile& file = sources[span.file];
  const LineColumn at = file.locate(span.begin);
  std::string_view line = file.line(at.line);
  std::size_t begin = std::min<std::size_t>(span.begin - file.line_start(at.line), line.size());
  std::size_t end =
      std::clamp<std::size_t>(span.end - file.line_start(at.line), begin, line.size());
  std::string cut_mark;
  if (line.size() > widest && begin > widest / 2) {
    std::size_t cut = begin - widest / 2;
    while (cut < line.size() && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) ++cut;
    line.remove_prefix(cut);
    begin -= cut;
    end -= cut;
    cut_mark = "…";
  }
  if (line.size() > widest) {
    std::size_t cut = widest;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
    line = line.substr(0, cut);
    begin = std::min(begin, cut);
    end = std::min(end, cut);
  }
  std::string shown = cut_mark;
  std::string pad(cut_mark.empty() ? 0 : 1, ' ');
  for (std::size_t i = 0; i < begin;) {
    const Utf8Char c = next_utf8(line.substr(i));
    pad += line[i] == '\t' ? '\t' : ' ';
    i += c.bytes;
  }
  for (const char c : line) shown += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
  const std::size_t width = std::max<std::size_t>(1, count_utf8(line.substr(begin, end - begin)));
  const std::string number = std::to_string(at.line);
  const std::string gutter(number.size(), ' ');
  std::string text;
  text += std::string(colours.place) + "  " + number + " | " + std::string(colours.plain) + shown +
          "\n";
  text += std::string(colours.place) + "  " + gutter + " | " + std::string(colours.plain) + pad +
          std::string(underline) + "^" + std::string(width - 1, '~') + std::string(colours.plain) +
          "\n";
  return text;
}

}  // namespace

std::string render(const Sources& sources, const Diagnostic& diagnostic, bool colour) {
  const Palette colours = palette(colour);
  const bool is_error = info(diagnostic.code).severity == Severity::error;
  const std::string_view strong = is_error ? colours.error : colours.warning;
  std::string text = place_of(sources, diagnostic.span) + ": " + std::string(strong) +
                     (is_error ? "error" : "warning") + "[" + to_string(diagnostic.code) + "]" +
                     std::string(colours.plain) + ": " + diagnostic.message + "\n";
  text += excerpt(sources, diagnostic.span, colours, strong);
  if (!diagnostic.help.empty()) {
    text += "  " + std::string(colours.note) + "help" + std::string(colours.plain) + ": " +
            diagnostic.help + "\n";
  }
  for (const Related& related : diagnostic.related) {
    text += "  " + std::string(colours.note) + "note" + std::string(colours.plain) + ": " +
            place_of(sources, related.span) + ": " + related.message + "\n";
    text += excerpt(sources, related.span, colours, colours.note);
  }
  return text;
}

}  // namespace riskd::dsl
