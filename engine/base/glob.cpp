#include "engine/base/glob.hpp"

#include <cstddef>

#include "engine/base/ascii.hpp"

namespace riskd::engine {

bool glob_matches(std::string_view pattern, std::string_view text, LetterCase letters) {
  const auto same = [&](char a, char b) {
    return a == b || (letters == LetterCase::ignored && lower_letter(a) == lower_letter(b));
  };
  // Two pointers; after a mismatch the last `*` takes one character more.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && same(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace riskd::engine
