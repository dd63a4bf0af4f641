// The small texts of reports: made fit to keep, and read where tools write numbers, words and
// weaknesses into them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::connectors {

// CWEs, and tags, that are kept of one result.
inline constexpr std::size_t kept_words = 100;

// At most `bytes` of `text`, ending with a whole UTF-8 character.
std::string_view clip(std::string_view text, std::size_t bytes);

// `text` as it is kept: every control character a blank, trimmed, clipped to
// limits::report_field_bytes. Invalid UTF-8 must have been refused before.
std::string one_line(std::string_view text);

// `text` for people, on one line: blanks and line ends are one blank, the colours of terminals are left
// out, and at most limits::report_message_bytes stay, of whole characters.
std::string message_of(std::string_view text);

// The same of the lines before the stack trace.
std::string message_before_stack(std::string_view text);

// The first address of the web in `text`; empty where there is none, or it is too long to be one.
std::string first_url(std::string_view text);

// A word of a tool's closed list, as policies write it: "False Positive" is "false-positive".
std::string word(std::string_view text);

// A whole number that is all of `text` but blanks around it; nullopt for anything else.
std::optional<int> parse_int(std::string_view text);

// Puts a CWE into its place of an ascending list of at most kept_words. Zero, negative and absurd
// numbers are no CWE.
void add_cwe(std::vector<int>& list, int number);

// Adds every token such as "CWE-307", "cwe_307", "CWE:307", "CWE 307" or "cwe/307" in `text`: not within a longer
// word or number.
void add_cwe_tokens(std::vector<int>& list, std::string_view text);

// The same, and what an address of MITRE's list names: "https://cwe.mitre.org/data/definitions/307.html".
void add_cwe_url(std::vector<int>& list, std::string_view text);

// Adds what a field that is itself called "cwe" holds: "79", "CWE-79", "79, 89".
void add_cwe_field(std::vector<int>& list, std::string_view text);

// Adds `value` unless it is empty or there already; the list keeps at most kept_words.
void add_once(std::vector<std::string>& list, std::string value);

}  // namespace riskd::connectors
