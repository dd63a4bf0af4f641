#include "tests/engine/variants.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include "dsl/compile.hpp"
#include "tests/engine/generator.hpp"

namespace riskd::tests {

std::vector<engine::Policy> variants(const dsl::Sources& sources, std::size_t wanted,
                                     std::uint64_t seed) {
  static const std::pair<std::regex, const char*> edits[] = {
      {std::regex(R"(\bis ([a-z]))"), "is not $1"},
      {std::regex(R"(\band\b)"), "or"},
      {std::regex(R"((\d)\d%)"), "$011%"},
      {std::regex(R"((\s)(\d)\d*$)"), "$017"},
      {std::regex("\"([^\"]*)\" \\{"), "\"$1, differently\" {"},
      {std::regex(R"(\brequired\b)"), ""},
      {std::regex(R"(\bwhen not\b)"), "when"},
  };
  struct Line {
    std::size_t file = 0, number = 0;
  };
  std::vector<Line> lines;
  for (std::size_t file = 0; file < sources.size(); ++file) {
    const std::string_view text = sources[file].text();
    const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    for (std::size_t i = 0; i < count; ++i) lines.push_back({file, i});
  }
  Dice dice{seed};
  std::vector<engine::Policy> found;
  for (std::size_t tries = 0; found.size() < wanted && tries < wanted * 40; ++tries) {
    const Line at = lines[dice.below(lines.size())];
    const auto& [pattern, with] = edits[dice.below(std::size(edits))];
    dsl::Sources changed;
    bool differs = false;
    for (std::size_t file = 0; file < sources.size(); ++file) {
      std::istringstream in{std::string(sources[file].text())};
      std::string text, line;
      for (std::size_t i = 0; std::getline(in, line); ++i) {
        if (file == at.file && i == at.number) {
          const std::string other =
              std::regex_replace(line, pattern, with, std::regex_constants::format_first_only);
          differs = other != line;
          line = other;
        }
        text += line + "\n";
      }
      changed.emplace_back(sources[file].name(), text);
    }
    if (!differs) continue;
    const dsl::Compilation compiled = dsl::compile(std::move(changed));
    if (compiled.sound()) found.push_back(compiled.program);
  }
  return found;
}

}  // namespace riskd::tests
