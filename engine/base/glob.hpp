// Patterns with `*` for any characters, none among them: how rules name many tests at once.
#pragma once

#include <cstdint>
#include <string_view>

namespace riskd::engine {

enum class LetterCase : std::uint8_t { counts, ignored };  // of ASCII letters

// Whether all of `text` is as `pattern` says. Time: their lengths multiplied, at worst.
bool glob_matches(std::string_view pattern, std::string_view text,
                  LetterCase letters = LetterCase::counts);

}  // namespace riskd::engine
