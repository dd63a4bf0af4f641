// Where in the language a cursor stands, by the words before it: while somebody types, the file has no
// useful syntax tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::lsp {

// A pair of braces that is open at the cursor.
struct Frame {
  enum class Kind : std::uint8_t { construct, list, match, choices };
  Kind kind = Kind::construct;
  std::string word;  // of a construct its keyword; of a list or match the name that is asked
};

struct CursorPlace {
  bool code = true;  // false within a text or comment
  std::vector<Frame> frames;
  std::vector<std::string> words;  // before the cursor, without the one that is being typed
  bool line_begins = true;         // nothing stands before it on its line
  std::string declared;            // the question or field whose type is being written

  // The word `back` before the cursor; "" before the first.
  const std::string& before(std::size_t back = 0) const;
  // The innermost construct; "" at the top of the file.
  std::string construct() const;
};

CursorPlace place_at(std::string_view text, std::uint32_t offset);

}  // namespace riskd::lsp
