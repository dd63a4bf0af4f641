#include "connectors/trackers/ticket_marks.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "connectors/trackers/text_lines.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view mark_begin = "<!-- riskd:effect ";
constexpr std::string_view mark_end = "-->";
constexpr std::string_view sets_word = " sets ";

// No "--" is left.
std::string encoded(std::string_view text) {
  std::string out;
  char previous = '-';
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("._~:/@+=").find(c) != std::string_view::npos ||
                       (c == '-' && previous != '-');
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    previous = plain ? c : '%';
  }
  return out;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    if (text[i] == '%' && digits.size() == 2 &&
        std::from_chars(digits.data(), digits.data() + 2, code, 16).ptr == digits.data() + 2) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The next mark's inside, from `at` on, which is moved behind it: "KEY " or "KEY sets STATUS ".
std::optional<std::string_view> next_mark(std::string_view text, std::size_t& at) {
  const std::size_t begin = text.find(mark_begin, at);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find(mark_end, begin);
  if (end == std::string_view::npos) return std::nullopt;
  at = end + mark_end.size();
  // One that was cut off may stand before it.
  const std::size_t inside = text.rfind(mark_begin, end) + mark_begin.size();
  return text.substr(inside, end - inside);
}

std::optional<std::string> status_in(std::string_view mark) {
  const std::size_t word = mark.find(sets_word);
  if (word == std::string_view::npos) return std::nullopt;
  return decoded(trimmed(mark.substr(word + sets_word.size())));
}

bool says_nothing(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_high_heading(std::string_view line) {
  return line.starts_with("# ") || line.starts_with("## ");
}

bool opens_comments(std::string_view line) { return same_words(trimmed(line), "## comments"); }

// Collects blocks of text, and keeps the last one of a person.
class Words {
 public:
  void read(std::string_view line) {
    if (line.starts_with("```") && line.find(mark_begin) == std::string_view::npos)
      in_code_ = !in_code_;
    if (opens_comments(line) || (!in_code_ && is_high_heading(line))) {
      end_block();
      in_comments_ = opens_comments(line);
      in_code_ = false;  // where somebody forgot to end it
    } else if (!in_code_ && in_comments_ && line.starts_with("### ")) {
      end_block();
      headed_ = true;
    } else {
      read_text(line);
    }
  }

  std::string last() {
    end_block();
    return std::move(last_);
  }

 private:
  void read_text(std::string_view line) {
    std::size_t at = 0;
    bool marked = false, sets = false;
    while (const auto mark = next_mark(line, at)) {
      marked = true;
      sets = sets || status_in(*mark);
    }
    if (!marked) {
      if (in_comments_) (block_ += line) += '\n';
      return;
    }
    in_code_ = false;  // riskd's marks stand outside of code
    // A comment of riskd's has a heading; a mark by itself ends what a person wrote above it.
    const bool by_itself = says_nothing(line.substr(0, line.find(mark_begin)));
    if (headed_ || !by_itself) block_.clear();
    end_block();
    if (sets) last_.clear();
  }

  void end_block() {
    if (!says_nothing(block_)) last_ = std::move(block_);
    block_.clear();
    headed_ = false;
  }

  bool in_code_ = false;
  bool in_comments_ = false;
  bool headed_ = false;
  std::string block_;
  std::string last_;
};

}  // namespace

std::string file_effect_mark(std::string_view effect_key, std::string_view sets) {
  std::string mark = fmt::format("{}{}", mark_begin, encoded(effect_key));
  if (!sets.empty()) mark += fmt::format("{}{}", sets_word, encoded(sets));
  return fmt::format("{} {}", mark, mark_end);
}

bool has_effect(std::string_view text, std::string_view effect_key) {
  const std::string begin = fmt::format("{}{} ", mark_begin, encoded(effect_key));
  return text.find(begin) != std::string_view::npos;
}

bool ends_in_comments(std::string_view text) {
  bool comments = false;
  TextFileLines lines(text);
  for (TextFileLine line; lines.next(line);) {
    if (is_high_heading(line.text)) comments = opens_comments(line.text);
  }
  return comments;
}

std::optional<std::string> status_of_effects(std::string_view text) {
  std::optional<std::string> last;
  std::size_t at = 0;
  while (const auto mark = next_mark(text, at)) {
    if (auto status = status_in(*mark)) last = std::move(status);
  }
  return last;
}

std::string last_words(std::string_view text) {
  Words words;
  TextFileLines lines(text);
  for (TextFileLine line; lines.next(line);) words.read(line.text);
  return words.last();
}

}  // namespace riskd::connectors
