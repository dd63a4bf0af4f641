// The results of the report that is being read, with an eye on how much they hold.
#pragma once

#include <cstddef>
#include <string>

#include "connectors/report.hpp"

namespace riskd::connectors {

// Results repeat what they share: the suite's name, the site, the tags of a rule. A small report
// could so become a huge one in memory, which is why the text of all results together may not be
// longer than the longest report.
class ResultList {
 public:
  explicit ResultList(Report& report) : report_(report) {}

  std::size_t size() const { return report_.results.size(); }

  // All are false, and change nothing, where limits::report_results or limits::report_bytes would
  // be passed; the reader then refuses the report as too large, with complaint().
  bool add(ReportResult result);
  bool replace(std::size_t index, ReportResult result);
  bool charge(std::size_t bytes);  // for what is put into results later

  // Whether `count` results in all would still be allowed; for readers that hold some back.
  static bool allows(std::size_t count);
  static std::string complaint();

 private:
  Report& report_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace riskd::connectors
