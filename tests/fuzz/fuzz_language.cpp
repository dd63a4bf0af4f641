// Any bytes as a rule file: the front end reports, and never crashes, hangs or grows without bound; its
// layout keeps every word (format() throws where it would not) and is its own layout.
#include <cstddef>
#include <cstdint>
#include <string>

#include "dsl/compile.hpp"
#include "dsl/format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  riskd::dsl::Sources sources;
  sources.emplace_back("fuzz.risk", std::string(reinterpret_cast<const char*>(data), size));
  const riskd::dsl::Compilation compilation = riskd::dsl::compile(std::move(sources));
  for (const riskd::dsl::Diagnostic& each : compilation.diagnostics) {
    if (riskd::dsl::render(compilation.sources, each, false).empty()) __builtin_trap();
  }
  if (!compilation.sound() && compilation.diagnostics.empty()) __builtin_trap();
  const auto laid_out = riskd::dsl::format(compilation.sources.front());
  if (laid_out && riskd::dsl::format({"fuzz.risk", *laid_out}) != laid_out) __builtin_trap();
  return 0;
}
