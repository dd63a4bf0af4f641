// What a ticket file records of its past: the marks of riskd's effects, and what people wrote under
// "## Comments". No I/O.
//
// A mark is an HTML comment, which readers do not see: `<!-- riskd:effect KEY -->`, and where the
// effect set the status `<!-- riskd:effect KEY sets STATUS -->`. What is no letter, digit or simple
// sign in the key and the status is written as %XX, so that nothing in them ends the comment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace riskd::connectors {

// `sets` is empty where the effect leaves the status as it is.
std::string file_effect_mark(std::string_view effect_key, std::string_view sets = {});
bool has_effect(std::string_view text, std::string_view effect_key);

// Whether "## Comments" is the last heading that high: what is added at the end stands under it.
bool ends_in_comments(std::string_view text);

// The status that the last effect with one set; nullopt where none did.
std::optional<std::string> status_of_effects(std::string_view text);

// The last block of text under "## Comments" that carries no mark, as it stands; empty where there is
// none. A block ends at a heading and at a mark. What stands above the last effect that set the
// status belongs to an earlier one and is left out.
std::string last_words(std::string_view text);

}  // namespace riskd::connectors
