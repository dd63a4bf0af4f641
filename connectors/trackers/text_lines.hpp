// A ticket file's text, line by line. Used by the sources of ticket_file.hpp and ticket_marks.hpp.
#pragma once

#include <cstddef>
#include <string_view>

namespace riskd::connectors {

struct TextFileLine {
  std::string_view text;   // without its end
  std::size_t begin = 0;   // offset in the file
  std::size_t end = 0;     // offset of the next line
  std::size_t number = 0;  // from 1
  bool crlf = false;
};

// Steps over a byte order mark. The text outlives it.
class TextFileLines {
 public:
  explicit TextFileLines(std::string_view text) : text_(text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  }

  bool next(TextFileLine& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t newline = text_.find('\n', at_);
    const std::size_t end = newline == std::string_view::npos ? text_.size() : newline;
    line.begin = at_;
    line.number = ++number_;
    line.text = text_.substr(at_, end - at_);
    line.crlf = newline != std::string_view::npos && line.text.ends_with('\r');
    while (line.text.ends_with('\r')) line.text.remove_suffix(1);
    at_ = newline == std::string_view::npos ? end : end + 1;
    line.end = at_;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
};

}  // namespace riskd::connectors
