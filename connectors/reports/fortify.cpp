// Reads Fortify: a project result (FPR, a ZIP archive with audit.fvdl and perhaps audit.xml), or an
// audit.fvdl alone. A result is a vulnerability; its id is its category ("SQL Injection: JDBC"),
// which a rule's `test` clause names, and the class id and "instance/class" name it as well: an
// instance id alone is not unique. What audit.xml says of an instance, it says of every class that
// has it, as in Fortify's own tools. An FPR of WebInspect holds no audit.fvdl and is refused.
#include <istream>
#include <string>
#include <string_view>
#include <utility>

#include "connectors/reports/fortify_fvdl.hpp"
#include "connectors/reports/headed_stream.hpp"
#include "connectors/reports/readers.hpp"
#include "connectors/reports/xml_stream.hpp"
#include "connectors/reports/zip_archive.hpp"

namespace riskd::connectors {
namespace {

Report fortify_report() {
  Report report;
  report.format = "fortify";
  return report;
}

class FortifyReader : public ReportReader {
 public:
  std::string_view format() const override { return "fortify"; }

  bool recognises(std::string_view head) const override {
    return ZipArchive::is_archive(head) || xml_root(head) == "FVDL";
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    HeadedStream headed(input);
    if (ZipArchive::is_archive(headed.head())) {
      const auto archive = ZipArchive::open(headed.stream(), name);
      if (!archive) return failure(archive);
      return read_fpr(*archive, name);
    }
    Report report = fortify_report();
    const Status status = read_fvdl(headed.stream(), name, FortifyAudits(), report);
    return finished(status, std::move(report));
  }
};

}  // namespace

// People's decisions come first: the findings take them in.
Result<Report> read_fpr(const ZipArchive& archive, const std::string& name) {
  if (!archive.has("audit.fvdl")) {
    return fail(ErrorCode::unsupported,
                "the archive holds no `audit.fvdl`, only FPRs of static scans are read", name);
  }
  Report report = fortify_report();
  FortifyAudits audits;
  if (archive.has("audit.xml")) {
    const Status status = archive.read("audit.xml", [&](std::istream& file) {
      return read_fortify_audit(file, name + "/audit.xml", audits);
    });
    if (!status) return failure(status);
  }
  const Status status = archive.read("audit.fvdl", [&](std::istream& file) {
    return read_fvdl(file, name + "/audit.fvdl", audits, report);
  });
  return finished(status, std::move(report));
}

std::unique_ptr<ReportReader> make_fortify_reader() { return std::make_unique<FortifyReader>(); }

}  // namespace riskd::connectors
