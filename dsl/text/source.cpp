#include "dsl/text/source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::dsl {
namespace fs = std::filesystem;

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

LineColumn SourceFile::locate(std::uint32_t offset) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(after - starts_.begin());
  const std::uint32_t start = starts_[line - 1];
  const auto before = std::string_view(text_).substr(start, offset - start);
  return {line, static_cast<std::uint32_t>(count_utf8(before)) + 1};
}

std::string_view SourceFile::line(std::uint32_t number) const {
  const std::size_t begin = starts_[number - 1];
  const std::size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
  std::string_view line = std::string_view(text_).substr(begin, end - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

namespace {

Result<std::vector<std::string>> list_rule_files(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  fs::recursive_directory_iterator walk(path, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (walk->path().extension() == ".risk" && walk->is_regular_file(error)) {
      files.push_back(walk->path().string());
      if (files.size() > limits::source_files) {
        return fail(ErrorCode::too_large,
                    "more than " + std::to_string(limits::source_files) + " rule files", path);
      }
    }
  }
  if (error)
    return fail(ErrorCode::unavailable, "cannot list the folder: " + error.message(), path);
  if (files.empty()) return fail(ErrorCode::not_found, "no `.risk` file in this folder", path);
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return fail(ErrorCode::not_found, "no such file or folder", path);
  if (!fs::is_regular_file(status)) {
    return fail(ErrorCode::invalid, "not a regular file", path);
  }
  if (fs::file_size(path, error) > limits::source_file_bytes) {
    return fail(ErrorCode::too_large,
                "larger than " + std::to_string(limits::source_file_bytes >> 20) + " MiB", path);
  }
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) return fail(ErrorCode::unavailable, "cannot be read", path);
  return std::move(content).str();
}

}  // namespace

std::string on_one_line(std::string_view source, std::size_t longest) {
  std::string all;
  bool blank = false;
  std::string_view quotes;  // of the text that is open
  for (std::size_t i = 0; i < source.size(); ++i) {
    const char c = source[i];
    if (quotes.empty() && c == '#') {
      i = std::min(source.find('\n', i), source.size());
      blank = true;
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      blank = true;
      continue;
    }
    if (blank && !all.empty()) all += ' ';
    blank = false;
    std::size_t taken = 1;
    if (c == '"') {
      const std::string_view found = source.substr(i, 3) == "\"\"\"" ? "\"\"\"" : "\"";
      if (quotes.empty() || quotes == found || quotes.size() == 1) {
        quotes = quotes.empty() ? found : std::string_view();
        taken = found.size();
      }
    } else if (c == '\\' && !quotes.empty() && i + 1 < source.size()) {
      taken = 2;
    }
    all += source.substr(i, taken);
    i += taken - 1;
  }
  if (all.size() <= longest) return all;
  std::size_t cut = longest - 1;
  while (cut > 0 && (static_cast<unsigned char>(all[cut]) & 0xc0) == 0x80) --cut;
  return all.substr(0, cut) + "…";
}

Result<Sources> read_sources(const std::vector<std::string>& paths) {
  Sources sources;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    auto files = list_rule_files(path);
    if (!files) return failure(files);
    for (const std::string& file : *files) {
      std::error_code error;
      if (!seen.insert(fs::weakly_canonical(file, error).string()).second) continue;
      auto text = read_file(file);
      if (!text) return failure(text);
      sources.emplace_back(fs::path(file).lexically_normal().string(), std::move(*text));
    }
  }
  return sources;
}

}  // namespace riskd::dsl
