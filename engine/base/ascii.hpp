// Letters and blanks of ASCII. Other bytes are left as they are, so that UTF-8 stays UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace riskd {

char lower_letter(char c);  // `A` to `Z` as `a` to `z`
std::string in_lower_case(std::string_view text);
// But for the case of letters: "to do" is "To Do".
bool same_words(std::string_view a, std::string_view b);

// Without blanks and control characters at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace riskd
