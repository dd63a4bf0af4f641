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

bool is_zip(std::string_view head) { return head.starts_with("PK\x03\x04"); }

// People's decisions come first: the findings take them in.
Status read_fpr(std::istream& input, const std::string& name, Report& report) {
  const auto archive = ZipArchive::open(input, name);
  if (!archive) return Unexpected<Error>(archive.error());
  if (!archive->has("audit.fvdl")) {
    return fail(ErrorCode::unsupported,
                "the archive holds no `audit.fvdl`, only FPRs of static scans are read", name);
  }
  FortifyAudits audits;
  if (archive->has("audit.xml")) {
    const Status status = archive->read("audit.xml", [&](std::istream& file) {
      return read_fortify_audit(file, name + "/audit.xml", audits);
    });
    if (!status) return status;
  }
  return archive->read("audit.fvdl", [&](std::istream& file) {
    return read_fvdl(file, name + "/audit.fvdl", audits, report);
  });
}

class FortifyReader : public ReportReader {
 public:
  std::string_view format() const override { return "fortify"; }

  bool recognises(std::string_view head) const override {
    return is_zip(head) || xml_root(head) == "FVDL";
  }

  Result<Report> read(std::istream& input, const std::string& name) const override {
    Report report;
    report.format = format();
    report.covers_absent = true;
    HeadedStream headed(input);
    const Status status = is_zip(headed.head())
                              ? read_fpr(headed.stream(), name, report)
                              : read_fvdl(headed.stream(), name, FortifyAudits(), report);
    return finished(status, std::move(report));
  }
};

}  // namespace

std::unique_ptr<ReportReader> make_fortify_reader() { return std::make_unique<FortifyReader>(); }

}  // namespace riskd::connectors
