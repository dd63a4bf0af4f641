// The report readers of this build.
//
// A reader is a .cpp file of this folder: what it recognises, and a handler over xml_stream.hpp or
// json_stream.hpp that fills in a Report. The top of each file says which tools write the format
// and what a result of it is.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "connectors/report.hpp"
#include "connectors/reports/stream.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {

std::unique_ptr<ReportReader> make_junit_reader();
std::unique_ptr<ReportReader> make_zap_reader();
std::unique_ptr<ReportReader> make_sarif_reader();
std::unique_ptr<ReportReader> make_cucumber_reader();
std::unique_ptr<ReportReader> make_fortify_reader();
std::unique_ptr<ReportReader> make_wapiti_reader();
std::unique_ptr<ReportReader> make_nuclei_reader();
std::unique_ptr<ReportReader> make_trx_reader();

// All of them, in the order in which they are asked to recognise a report and in which messages name them. Their
// formats are the sources of engine/vocabulary/vocabulary.hpp; a test holds the two lists against each other.
// tests/fuzz/CMakeLists.txt makes a fuzz target of each `make_FORMAT_reader` in it.
inline constexpr std::array reader_makers{
    make_junit_reader,   make_zap_reader,    make_sarif_reader,  make_cucumber_reader,
    make_fortify_reader, make_wapiti_reader, make_nuclei_reader, make_trx_reader};

// The result of a reader's stream: the report, or the error that ended the stream.
inline Result<Report> finished(const Status& status, Report report) {
  if (!status) return failure(status);
  return report;
}

// Only of these a message is kept.
inline bool says_why(Outcome outcome) {
  return outcome == Outcome::failed || outcome == Outcome::error;
}

// Orders outcomes by what they should not be hidden by: a failure is a verdict, an error is none.
inline bool worse(Outcome a, Outcome b) {
  const auto rank = [](Outcome outcome) {
    switch (outcome) {
      case Outcome::passed:
        return 0;
      case Outcome::skipped:
        return 1;
      case Outcome::error:
        return 2;
      case Outcome::failed:
        return 3;
    }
    return 3;
  };
  return rank(a) > rank(b);
}

}  // namespace riskd::connectors
