// The one place that writes to standard output and standard error (tests/house holds it to that), so
// that no command can print what it did not clean: people get a `Text`, programs get JSON or a file.
//
// Used by one thread at a time; ProgressLine by another beside it.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

#include "daemon/riskctl/text.hpp"

namespace riskd::riskctl {

// "always", "never", or "auto": on a terminal, unless $NO_COLOR is set or $TERM is "dumb".
void use_colour(std::string_view when);

// Columns to lay out text in: $COLUMNS, else what the terminal says, else 100; 40 at least.
std::size_t terminal_width();

void write_out(const Text& text);
void write_error(const Text& text);  // on standard error, after what was printed

// A Text, or a pattern with its arguments (text.hpp): on standard output, and on standard error.
void print(const std::same_as<Text> auto& text) { write_out(text); }
void print_error(const std::same_as<Text> auto& text) { write_error(text); }

template <typename... Args>
void print(fmt::format_string<Printable<Args>...> pattern, const Args&... args) {
  write_out(text_of_clean(pattern, printable(args)...));
}
template <typename... Args>
void print_error(fmt::format_string<Printable<Args>...> pattern, const Args&... args) {
  write_error(text_of_clean(pattern, printable(args)...));
}

// One JSON document, as daemon/wire wrote it, and a line break.
void print_json_text(std::string_view json);

// A file's content, byte by byte; on a terminal as people read it.
void print_file(std::string_view content);

// What was printed is shown before this returns.
void flush_output();

// A line on the terminal of standard error that is written over and over; nothing where there is none.
void draw_progress(const Text& line);
void clear_progress();

}  // namespace riskd::riskctl
