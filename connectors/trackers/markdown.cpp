#include "connectors/trackers/markdown.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view zero_width_space = "\xe2\x80\x8b";
constexpr std::string_view effect_shape = "riskd:effect";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool ends_with_www(std::string_view text) {
  return text.size() >= 3 &&
         std::all_of(text.end() - 3, text.end(), [](char c) { return lower_letter(c) == 'w'; });
}

// Adds outside text to what is rendered already. Until a letter stands on the line, any punctuation
// may begin a block (a list, a heading, a rule under a paragraph) and is escaped.
void append_outside(std::string& out, std::string_view text) {
  const std::size_t newline = out.rfind('\n');
  const std::size_t line = newline == std::string::npos ? 0 : newline + 1;
  bool letters = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(line), out.end(), is_letter);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Four blanks at a line's start would be code, two at its end a break.
    if (c == ' ' && (out.empty() || out.back() == ' ' || out.back() == '\n')) continue;
    switch (c) {
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '&':
        out += "&amp;";
        continue;
      case '`':  // a backslash would not help inside the policy's own code
        out += "&#96;";
        continue;
      case '@':
        out += c;
        out += zero_width_space;
        continue;
      case '\\':
      case '*':
      case '_':
      case '[':
      case ']':
      case '!':
      case '#':
      case '|':
      case '~':
      case '$':
        out += '\\';
        break;
      case '-':
      case '+':
      case '=':
      case ')':
      case '/':  // GitLab carries out a line that begins with /close
        if (!letters) out += '\\';
        break;
      case ':':
        if (!letters || i + 1 == text.size() || text[i + 1] == '/') out += '\\';
        break;
      case '.':
        if (!letters || ends_with_www(out)) out += '\\';
        break;
      default:
        letters = letters || is_letter(c);
    }
    out += c;
  }
}

}  // namespace

std::string to_markdown(const RichText& text) {
  std::string out;
  for (const TextPiece& piece : text) {
    if (piece.outside) {
      // Cleaned before; again here, because a line break or control character would undo the rest.
      constexpr std::size_t uncut = std::numeric_limits<std::size_t>::max();
      append_outside(out, sanitize_outside(piece.text, uncut));
      continue;
    }
    for (std::size_t i = 0; i < piece.text.size(); ++i) {
      const char c = piece.text[i];
      if (c == '\r') {
        if (i + 1 == piece.text.size() || piece.text[i + 1] != '\n') out += '\n';
      } else {
        out += c;
      }
    }
  }
  for (std::size_t at = out.find(effect_shape); at != std::string::npos;
       at = out.find(effect_shape, at)) {
    out.replace(at, effect_shape.size(), "riskd&#58;effect");
  }
  return out;
}

std::string to_markdown_line(const RichText& text) {
  std::string line = to_markdown(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
}

}  // namespace riskd::connectors
