#include "daemon/riskctl/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace riskd::riskctl {
namespace {

constexpr std::size_t width_of_pipe = 100;
constexpr std::size_t least_width = 40;

bool colour_on_stdout = false;
bool colour_on_stderr = false;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

void write(std::FILE* file, std::string_view bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), file);
}

}  // namespace

void use_colour(std::string_view when) {
  const auto wanted = [when](int file) {
    if (when != "auto") return when == "always";
    return ::isatty(file) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  };
  colour_on_stdout = wanted(STDOUT_FILENO);
  colour_on_stderr = wanted(STDERR_FILENO);
}

std::size_t terminal_width() {
  std::size_t columns = 0;
  const std::string_view given = variable("COLUMNS");
  std::from_chars(given.data(), given.data() + given.size(), columns);
  winsize size{};
  if (columns == 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  return columns == 0 ? width_of_pipe : std::max(columns, least_width);
}

void write_out(const Text& text) { write(stdout, text.shown(colour_on_stdout)); }

void write_error(const Text& text) {
  std::fflush(stdout);
  write(stderr, text.shown(colour_on_stderr));
}

void print_json_text(std::string_view json) {
  write(stdout, json);
  std::fputc('\n', stdout);
}

void print_file(std::string_view content) {
  if (::isatty(STDOUT_FILENO) == 1) {
    print(Text::lines(content));
  } else {
    write(stdout, content);
  }
}

void flush_output() { std::fflush(stdout); }

void draw_progress(const Text& line) {
  if (::isatty(STDERR_FILENO) != 1) return;
  write(stderr, "\r" + line.shown(colour_on_stderr) + "\x1b[K");
}

void clear_progress() {
  if (::isatty(STDERR_FILENO) == 1) write(stderr, "\r\x1b[K");
}

}  // namespace riskd::riskctl
