#include "connectors/report.hpp"

#include <cstdlib>
#include <vector>

#include "connectors/reports/decoded_stream.hpp"
#include "connectors/reports/fields.hpp"
#include "connectors/reports/fortify_fvdl.hpp"
#include "connectors/reports/headed_stream.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/zip_archive.hpp"
#include "engine/base/ascii.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::connectors {
namespace {

std::string format_list() {
  std::string list;
  for (const auto& reader : report_readers()) {
    if (!list.empty()) list += ", ";
    list += '`' + std::string(reader->format()) + '`';
  }
  return list;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::failed:
      return "failed";
    case Outcome::skipped:
      return "skipped";
    case Outcome::error:
      return "error";
  }
  return "error";
}

const std::vector<std::unique_ptr<ReportReader>>& report_readers() {
  static const std::vector<std::unique_ptr<ReportReader>> readers = [] {
    std::vector<std::unique_ptr<ReportReader>> list;
    for (const auto make : reader_makers) list.push_back(make());
    return list;
  }();
  return readers;
}

const ReportReader* find_reader(std::string_view format) {
  for (const auto& reader : report_readers()) {
    if (reader->format() == format) return reader.get();
  }
  return nullptr;
}

namespace {

bool is_known(const engine::TestSource& source, std::string_view name, const std::string& value) {
  const engine::SourceField* field = source.field(name);
  if (field == nullptr || field->origin != engine::FieldOrigin::attribute) return false;
  if (value.empty()) return true;
  switch (field->type) {
    case engine::FieldType::word:
      return field->has_word(value);
    case engine::FieldType::truth:
      return value == "true" || value == "false";
    case engine::FieldType::number: {
      char* end = nullptr;
      std::strtod(value.c_str(), &end);
      return *end == '\0';
    }
    case engine::FieldType::text:
      return true;
    case engine::FieldType::texts:
      return false;
  }
  return false;
}

}  // namespace

bool covers_absent(const Report& report) {
  const engine::TestSource* source = engine::test_source(report.format);
  return source != nullptr && source->covers_absent && !report.looked_at_nothing;
}

std::optional<std::string> unknown_word(const Report& report) {
  const engine::TestSource* source = engine::test_source(report.format);
  if (source == nullptr) return report.format;
  for (const ReportResult& result : report.results) {
    for (const auto& [name, value] : result.attributes) {
      if (!is_known(*source, name, value)) return name + " = " + value;
    }
  }
  return std::nullopt;
}

namespace {

Result<Report> read_file(std::istream& input, const std::string& name, std::string_view format,
                         bool in_archive);

// An FPR, or a report that somebody packed.
Result<Report> read_archive(std::istream& input, const std::string& name, std::string_view format) {
  const auto archive = ZipArchive::open(input, name);
  if (!archive) return failure(archive);
  const bool is_fpr =
      archive->has("audit.fvdl") || archive->has("audit.xml") || archive->has("webinspect.xml");
  if (is_fpr || format == "fortify") return read_fpr(*archive, name);
  const std::vector<std::string> files = archive->files();
  if (files.size() != 1) {
    return fail(ErrorCode::unsupported,
                "the archive holds " + std::to_string(files.size()) +
                    " files, and one report is wanted: upload them one by one",
                name);
  }
  Result<Report> report = Report();
  const Status status = archive->read(files.front(), [&](std::istream& file) -> Status {
    report = read_file(file, name + "/" + one_line(files.front()), format, true);
    if (!report) return failure(report);
    return Done{};
  });
  if (!status) return failure(status);
  return report;
}

Result<Report> read_text(HeadedStream& headed, const std::string& name, std::string_view format) {
  if (!format.empty()) {
    if (const ReportReader* reader = find_reader(format))
      return reader->read(headed.stream(), name);
    return fail(ErrorCode::unsupported,
                "`" + std::string(format) + "` is no format that is read: " + format_list(), name);
  }
  if (headed.head().find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorCode::invalid,
                "an empty report does not tell whose it is: where a run that finds nothing writes "
                "an empty file, name the format, as `nuclei`",
                place(name, 1, 1));
  }
  for (const auto& reader : report_readers()) {
    if (reader->recognises(headed.head())) return reader->read(headed.stream(), name);
  }
  const std::string_view text = trimmed(headed.head());
  if (text.starts_with('[') && trimmed(text.substr(1)) == "]") {
    return fail(ErrorCode::unsupported,
                "an empty list does not tell whose report it is: name the format", name);
  }
  return fail(ErrorCode::unsupported,
              "the format is not recognised; formats that are read: " + format_list(), name);
}

Result<Report> read_file(std::istream& input, const std::string& name, std::string_view format,
                         bool in_archive) {
  DecodedStream decoded(input, name);
  HeadedStream headed(decoded.stream());
  if (headed.stream().bad() && !decoded.status())
    return Unexpected<Error>(decoded.status().error());
  if (headed.stream().bad()) return fail(ErrorCode::unavailable, "the report cannot be read", name);
  Result<Report> report = Report();
  if (!ZipArchive::is_archive(headed.head())) {
    report = read_text(headed, name, format);
  } else if (in_archive) {
    return fail(ErrorCode::unsupported, "an archive within an archive is not read", name);
  } else {
    report = read_archive(headed.stream(), name, format);
  }
  const Status status = decoded.status();
  if (!status) return failure(status);
  return report;
}

}  // namespace

Result<Report> read_report(std::istream& input, const std::string& name, std::string_view format) {
  return read_file(input, name, format, false);
}

}  // namespace riskd::connectors
