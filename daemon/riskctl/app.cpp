#include "daemon/riskctl/app.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {

int complain(const Error& error) {
  print_error("riskctl: {}{}\n", error.message,
              error.where.empty() ? Text() : text(" ({})", error.where));
  return exit_bad_input;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return fail(ErrorCode::not_found, "`" + path + "` cannot be opened");
  }
  std::istream& input = path == "-" ? std::cin : file;
  std::string text;
  std::string block(64 << 10, '\0');
  while (input.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         input.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(input.gcount()));
    if (text.size() > limit) {
      return fail(ErrorCode::too_large, fmt::format("`{}` has more than {} bytes", path, limit));
    }
  }
  if (input.bad()) return fail(ErrorCode::unavailable, "`" + path + "` cannot be read");
  return text;
}

Status write_atomically(const std::string& path, const std::string& content) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool replaces = fs::exists(path, error);
  const fs::path target = replaces ? fs::canonical(path, error) : fs::path(path);
  const fs::path beside = target.string() + "." + std::to_string(::getpid()) + ".tmp";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) error = std::make_error_code(std::errc::io_error);
  if (!error && replaces) fs::permissions(beside, fs::status(target, error).permissions(), error);
  if (!error) fs::rename(beside, target, error);
  if (!error) return Done{};
  std::error_code ignored;
  fs::remove(beside, ignored);
  return fail(ErrorCode::unavailable,
              fmt::format("`{}` cannot be written: {}", path, error.message()));
}

Result<std::optional<Instant>> parse_now(const std::string& text) {
  if (text.empty()) return std::optional<Instant>();
  const auto moment = parse_instant(text);
  if (moment) return moment;
  return fail(ErrorCode::invalid, "`--now " + text + "` is no time such as 2026-11-23T02:10:00Z");
}

Instant system_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace riskd::riskctl
