// A report as the run of a suite, in the light of what is known of the suite. Used inside daemon/api/ only.
#pragma once

#include <string>

#include "connectors/report.hpp"
#include "engine/facts/product.hpp"

namespace riskd::api {

// What the query of an upload says of its run.
struct RunOf {
  std::string suite, run, component;
};

// The run of an upload without run id. The bytes of its files name it. Where the newest run of the suite and the
// component has the same bytes, this repeats it. Where an older one has, something else was said meanwhile: this is a
// run of its own, that begins now.
struct NamedRun {
  std::string id;
  bool known = false;  // its bytes were posted before: it counts from its arrival
};
NamedRun run_of_bytes(const engine::Product& facts, const RunOf& of, const std::string& bytes);

// The report's results, for the evidence blocks to judge, and:
// - a rule for which the report says that the tool did not look lists its tests without a verdict: what the suite said
//   of them before stays;
// - of JUnit, the suite is part of a test's name where class and name are not unique: two suites of the report
//   have a case of one class and name, or had one before.
engine::RunFact run_of_report(const connectors::Report& report, const RunOf& of,
                              const engine::Product& facts);

}  // namespace riskd::api
