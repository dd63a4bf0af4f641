// What the tests of report readers share: a report as text, and where reports lie.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/report.hpp"

namespace riskd::connectors {

// Everything that a report holds, one fact a line, without what is empty. Of an error its code,
// place and message.
std::string dump(const Result<Report>& report);

// "failed 3, passed 1"; outcomes that do not occur are left out.
std::string counts(const Report& report);

Result<Report> read_text(std::string_view text, const std::string& name = "report",
                         std::string_view format = {});
Result<Report> read_file(const std::filesystem::path& path, std::string_view format = {});
std::string file_text(const std::filesystem::path& path);

// tests/golden/reports
std::filesystem::path golden_folder();

// The folder of outside samples: $RISKD_SAMPLES, else beside the project. Where there is none, says
// so on standard output, and the test that asked has nothing to do.
std::optional<std::filesystem::path> samples_folder(const std::string& test);

}  // namespace riskd::connectors
