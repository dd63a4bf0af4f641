// Any bytes as a rule file: the front end reports, and never crashes, hangs or grows without bound; its
// layout keeps every word (format() throws where it would not), is its own layout, and leaves the policy
// what it was; every name that editors get is in the file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "dsl/compile.hpp"
#include "dsl/format/format.hpp"
#include "dsl/index/index.hpp"

namespace {

riskd::dsl::Compilation compiled(std::string text) {
  riskd::dsl::Sources sources;
  sources.emplace_back("fuzz.risk", std::move(text));
  return riskd::dsl::compile(std::move(sources));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = compiled(std::string(reinterpret_cast<const char*>(data), size));
  for (const riskd::dsl::Diagnostic& each : policy.diagnostics) {
    if (riskd::dsl::render(policy.sources, each, false).empty()) __builtin_trap();
  }
  if (!policy.sound() && policy.diagnostics.empty()) __builtin_trap();
  const riskd::dsl::NameIndex index = riskd::dsl::index_names(policy);
  for (const riskd::dsl::NameUse& use : index.uses) {
    if (use.span.end > size || use.definition >= index.definitions.size()) __builtin_trap();
  }
  const auto laid_out = riskd::dsl::format(policy.sources.front());
  if (!laid_out) return 0;
  if (riskd::dsl::format({"fuzz.risk", *laid_out}) != laid_out) __builtin_trap();
  if (policy.sound()) {
    const auto again = compiled(*laid_out);
    if (!again.sound() || again.program->hash != policy.program->hash) __builtin_trap();
  }
  return 0;
}
