// A policy with a weakness that every source can reach, and what it is after one report.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/engine/small_product.hpp"

namespace riskd::tests {

using Attributes = std::vector<std::pair<std::string, std::string>>;

// A weakness with a test of every source, under the evidence that is given.
inline std::string policy_with(const std::string& evidence) {
  return "library t \"T\"\nattribute risk { harm : number = 50 }\nrating risk.inherent = harm\n"
         "component-type api \"API\"\n" +
         evidence + R"(
pattern p "P" { when yes risk r "R" { weakness w CWE-79 "W" {
  test junit "*.Login.*"  test cucumber "@login"  test zap 10202  test fortify "SQL Injection"
  test sarif "js/sql"  test wapiti "Backup file"  test nuclei "headers"  test trx "*.Login.*"
  countermeasure c "C" } } }
pattern q "Q" { for component of type api  when yes risk s "S" { weakness x CWE-77 "X" {
  match cwe descendants  test zap 10202  countermeasure d "D" { test zap 999 } } } }
)";
}

inline engine::TestResult reported(const std::string& id, Attributes attributes = {},
                                   engine::TestOutcome outcome = engine::TestOutcome::failed) {
  engine::TestResult test;
  test.id = id;
  test.verdict = false;
  test.outcome = outcome;
  test.attributes = std::move(attributes);
  return test;
}

// What the weakness is after one report.
inline std::string tested(const std::string& evidence, const std::string& source,
                          engine::TestResult result) {
  SmallProduct product(policy_with("evidence " + source + " { " + evidence + " }"));
  product.say(engine::ResultFact{"s", source, std::move(result)});
  return std::string(to_string(product.tested()));
}

}  // namespace riskd::tests
