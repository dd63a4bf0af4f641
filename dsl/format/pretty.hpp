// Text that knows where it may break: what fits on a line stays on it, what does not breaks at the
// places that its writer offered, outermost first. After Wadler, "A prettier printer" (1998).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace riskd::dsl {

struct Doc {
  enum class Kind : std::uint8_t {
    text,       // never broken
    space,      // a blank that is no place to break
    line,       // a blank (two where `number` is 2), or a new line where the group around it breaks
    soft_line,  // nothing, or a new line where the group around it breaks
    hard_line,  // a new line, always
    text_line,  // a new line inside a text: two of them leave an empty line
    empty_line,    // an empty line, always; two of them are one
    pad,           // `number` blanks where the group breaks, one where it does not
    concat,        // its parts, one after the other
    indent,        // its parts, further in by two columns
    group,         // its parts: on one line where they fit, broken where they do not
    own_comment,   // a comment on a line of its own
    tail_comment,  // a comment behind what is on the line
  };
  Kind kind = Kind::text;
  std::uint32_t number = 0;
  std::string text;
  std::vector<Doc> parts;
};

Doc text(std::string value);
Doc space();
Doc line(std::size_t blanks = 1);
Doc soft_line();
Doc hard_line();
Doc text_line();
Doc empty_line();
Doc pad(std::size_t blanks);
Doc concat(std::vector<Doc> parts);
Doc indent(std::vector<Doc> parts);
Doc group(std::vector<Doc> parts);

// The columns that `doc` takes on one line; nullopt-like -1 where it cannot be on one line.
int flat_width(const Doc& doc);

// Lays `doc` out at most `width` columns wide where its breaks allow that. Ends without a line break.
std::string print(const Doc& doc, int width);

}  // namespace riskd::dsl
