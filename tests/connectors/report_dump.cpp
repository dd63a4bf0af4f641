#include "report_dump.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace riskd::connectors {
namespace {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::gone:
      return "gone";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::corrupt:
      return "corrupt";
  }
  return "?";
}

void line(std::ostream& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out << name << ": " << value << '\n';
}

template <typename List>
void lines(std::ostream& out, std::string_view name, const List& list) {
  for (const auto& item : list) out << name << ": " << item << '\n';
}

void dump_result(std::ostream& out, const ReportResult& result) {
  out << "\n" << to_string(result.outcome) << ": " << result.id << '\n';
  lines(out, "  alias", result.aliases);
  line(out, "  title", result.title);
  line(out, "  severity", result.severity);
  line(out, "  confidence", result.confidence);
  lines(out, "  cwe", result.cwe);
  lines(out, "  tag", result.tags);
  lines(out, "  location", result.locations);
  if (result.suppressed) out << "  suppressed\n";
  line(out, "  scope", result.scope);
  line(out, "  message", result.message);
  line(out, "  url", result.url);
  for (const auto& [name, value] : result.attributes) line(out, "  " + name + " =", value);
}

}  // namespace

std::string dump(const Result<Report>& report) {
  std::ostringstream out;
  if (!report) {
    const Error& error = report.error();
    out << "error " << code_name(error.code) << '\n'
        << error.where << ": " << error.message << '\n';
    return out.str();
  }
  line(out, "format", report->format);
  line(out, "producer", report->producer);
  if (report->generated) line(out, "generated", to_string(*report->generated));
  lines(out, "scope", report->scopes);
  for (const ReportCheck& check : report->checks) {
    out << "check: " << check.id;
    for (const int cwe : check.cwe) out << " CWE-" << cwe;
    out << '\n';
  }
  if (covers_absent(*report)) out << "covers absent\n";
  if (report->failed) out << "did not complete\n";
  for (const ReportResult& result : report->results) dump_result(out, result);
  return out.str();
}

std::string counts(const Report& report) {
  static constexpr std::array all{Outcome::failed, Outcome::passed, Outcome::skipped,
                                  Outcome::error};
  std::ostringstream out;
  for (const Outcome outcome : all) {
    int count = 0;
    for (const ReportResult& result : report.results) count += result.outcome == outcome ? 1 : 0;
    if (count == 0) continue;
    out << (out.str().empty() ? "" : ", ") << to_string(outcome) << ' ' << count;
  }
  return out.str();
}

Result<Report> read_text(std::string_view text, const std::string& name, std::string_view format) {
  std::istringstream input{std::string(text)};
  return read_report(input, name, format);
}

Result<Report> read_file(const std::filesystem::path& path, std::string_view format) {
  std::ifstream input(path, std::ios::binary);
  return read_report(input, path.filename().string(), format);
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream input(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

std::filesystem::path golden_folder() {
  return std::filesystem::path(RISKD_SOURCE_DIR) / "tests" / "golden" / "reports";
}

std::optional<std::filesystem::path> samples_folder(const std::string& test) {
  const char* named = std::getenv("RISKD_SAMPLES");
  const std::filesystem::path folder =
      named != nullptr ? std::filesystem::path(named)
                       : std::filesystem::path(RISKD_SOURCE_DIR) / ".." / "shared" / "samples";
  if (std::filesystem::is_directory(folder)) return folder;
  std::cout << "skipped: " << test << ": there is no folder " << folder.string() << '\n';
  return std::nullopt;
}

}  // namespace riskd::connectors
