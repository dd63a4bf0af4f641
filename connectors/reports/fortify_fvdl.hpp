// The two XML documents in a Fortify project result (FPR): the findings of the scan, and what
// people decided about them.
//
// Sources: the schemas that Fortify Static Code Analyzer ships (fvdl.xsd 1.12, audit.xsd), its
// documentation of the priority order, and FPRs of SCA 18 to 24.
#pragma once

#include <istream>
#include <string>
#include <unordered_map>

#include "connectors/report.hpp"
#include "connectors/reports/zip_archive.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

// What audit.xml says of an instance.
struct FortifyAudit {
  bool suppressed = false;
  std::string analysis;  // the value of the analysis tag: "Not an Issue"
};
using FortifyAudits = std::unordered_map<std::string, FortifyAudit>;  // by instance id

// Errors of both: as read_xml(), and invalid where the document is of another kind.
Status read_fortify_audit(std::istream& input, const std::string& name, FortifyAudits& audits);
Status read_fvdl(std::istream& input, const std::string& name, const FortifyAudits& audits,
                 Report& report);

// A project result: the findings in its `audit.fvdl`, and people's decisions in its `audit.xml`.
//   unsupported  it has no `audit.fvdl`: the FPR of a scan that is not static
Result<Report> read_fpr(const ZipArchive& archive, const std::string& name);

// Fortify's priority order: impact and likelihood, each high from 2.5, give "critical" (both),
// "high" (impact), "medium" (likelihood), "low" (neither).
std::string fortify_priority(double impact, double likelihood);

}  // namespace riskd::connectors
