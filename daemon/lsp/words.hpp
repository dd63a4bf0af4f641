// The words of the language: what each construct may begin its clauses with.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace riskd::lsp {

// The keywords with which a clause of the construct begins; "" is the top of a file.
const std::vector<std::string_view>& clause_words(std::string_view construct);
// "when its condition is true"; empty for what is no word of the language.
std::string_view meaning_of(std::string_view word);

bool is_name_byte(char c);            // of a name or keyword
bool is_name(std::string_view text);  // and no reserved word
// Whether the byte stands outside of texts and comments.
bool in_code(std::string_view text, std::uint32_t offset);

}  // namespace riskd::lsp
