// Every report of tests/golden/reports is read by the reader that recognises it, and must give the
// text of the `.expected` file beside it. RISKD_UPDATE_GOLDEN=1 writes these files anew.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "report_dump.hpp"

namespace riskd::connectors::reports_golden_test {
namespace {

std::vector<std::filesystem::path> reports() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (entry.path().extension() != ".expected") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// "fail_junit_cut-off.xml" is of format junit.
std::string format_of(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (name.starts_with("fail_")) name.erase(0, 5);
  return name.substr(0, name.find('_'));
}

// Where a report is cut off: at every byte. Under a sanitizer, where that takes minutes, a report of more than
// 1 KiB is cut off before and after each byte of its syntax, and at every 16th byte.
std::vector<std::size_t> cuts(std::string_view whole, std::size_t begin, std::size_t end) {
#ifdef RISKD_SANITIZED
  const bool each = whole.size() <= 1024;
#else
  const bool each = true;
#endif
  constexpr std::string_view syntax = "<>/=\"'{}[]:,\\&;\n";
  const auto is_syntax = [&](std::size_t at) { return syntax.find(whole[at]) != syntax.npos; };
  std::vector<std::size_t> sizes;
  for (std::size_t size = begin; size < end; ++size) {
    if (each || size % 16 == 0 || is_syntax(size) || (size > 0 && is_syntax(size - 1)))
      sizes.push_back(size);
  }
  return sizes;
}

bool updating() {
  const char* flag = std::getenv("RISKD_UPDATE_GOLDEN");
  return flag != nullptr && std::string(flag) == "1";
}

}  // namespace

TEST_CASE("each report reads as its expected file says") {
  REQUIRE(!reports().empty());
  for (const auto& path : reports()) {
    DYNAMIC_SECTION(path.filename().string()) {
      const Result<Report> report = read_file(path);
      const std::string text = dump(report);
      const std::filesystem::path expected = path.string() + ".expected";
      if (updating()) std::ofstream(expected, std::ios::binary) << text;
      CHECK(text == file_text(expected));
      CHECK(report.has_value() == !path.filename().string().starts_with("fail_"));
      if (!report) return;
      CHECK(report->format == format_of(path));
      CHECK(unknown_word(*report).value_or("") == "");
    }
  }
}

TEST_CASE("no report is recognised by two readers") {
  for (const auto& path : reports()) {
    CAPTURE(path.filename().string());
    const std::string head = file_text(path).substr(0, 64u << 10);
    int readers = 0;
    for (const auto& reader : report_readers()) readers += reader->recognises(head) ? 1 : 0;
    CHECK(readers <= 1);
  }
}

TEST_CASE("a report that is named by its format needs no recognition") {
  for (const auto& path : reports()) {
    if (path.filename().string().starts_with("fail_")) continue;
    CAPTURE(path.filename().string());
    CHECK(dump(read_file(path, format_of(path))) == dump(read_file(path)));
  }
}

TEST_CASE("a well-formed report that loses its end is refused at every byte") {
  for (const auto& path : reports()) {
    const std::string whole = file_text(path);
    if (path.filename().string().starts_with("fail_")) continue;
    if (path.extension() == ".ndjson" || path.extension() == ".jsonl") continue;
    CAPTURE(path.filename().string());
    const bool archive = path.extension() == ".fpr";
    const std::size_t end = archive ? whole.size() : whole.find_last_of(">}]");
    std::size_t accepted = 0;
    // Of Nuclei an empty file is a whole report.
    const std::size_t begin = format_of(path) == "nuclei" ? 1 : 0;
    for (const std::size_t size : cuts(whole, begin, end)) {
      accepted +=
          read_text(std::string_view(whole).substr(0, size), "cut", format_of(path)) ? 1 : 0;
    }
    CHECK(accepted == 0);
  }
}

TEST_CASE("messages that end early are refused, or say that the run did not complete") {
  const std::string whole = file_text(golden_folder() / "cucumber_messages.ndjson");
  const std::size_t last_line = whole.rfind("\n{");
  for (std::size_t size = 0; size <= last_line; ++size) {
    CAPTURE(size);
    const auto report = read_text(std::string_view(whole).substr(0, size), "cut", "cucumber");
    if (report) CHECK(report->failed);
  }
  CHECK(!read_text(whole, "whole", "cucumber")->failed);
}

}  // namespace riskd::connectors::reports_golden_test
