// Which elements of the policy a test result is about: those whose `test` names it, and the weaknesses
// that have its CWE. Made once a program. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace riskd::engine {

struct Program;
struct TestResult;

class TestBindings {
 public:
  TestBindings() = default;
  explicit TestBindings(const Program& program);

  // Definitions, whether they apply or not.
  struct About {
    std::vector<std::uint32_t> weaknesses, countermeasures;  // whose `test` names it
    std::vector<std::uint32_t> by_cwe;                       // weaknesses that have its CWE
  };
  About about(const std::string& source, const TestResult& result) const;

 private:
  struct Binding {
    bool of_weakness = false;
    std::uint32_t definition = 0;
    std::string_view name;
    std::string_view tool;  // a glob; empty: any
  };
  struct Descendants {
    int cwe = 0;
    std::uint32_t weakness = 0;
  };
  std::unordered_map<std::string, std::vector<Binding>> by_test_;  // by source and name
  std::unordered_map<std::string, std::vector<Binding>> globs_;    // by source
  std::unordered_map<int, std::vector<std::uint32_t>> by_cwe_;     // weaknesses
  std::vector<Descendants> descendants_;
};

}  // namespace riskd::engine
