// The tracefile format of LCOV, as geninfo(1) describes it.
#include <algorithm>
#include <map>

#include "dsl/scenario/coverage.hpp"

namespace riskd::dsl {
namespace {

struct File {
  std::string functions, hits, branches;
  std::size_t function_count = 0, functions_hit = 0, branch_count = 0, branches_hit = 0;
  std::map<std::uint32_t, std::uint64_t> lines;
  std::map<std::uint32_t, std::uint32_t> blocks;  // of a match or condition: its block number

  // A branch of something that was never looked at has no count but a dash.
  void branch(std::uint32_t line, std::uint32_t group, std::uint32_t index, bool seen,
              std::uint64_t taken) {
    const auto block = blocks.try_emplace(group, static_cast<std::uint32_t>(blocks.size()));
    branches += "BRDA:" + std::to_string(line) + "," + std::to_string(block.first->second) + "," +
                std::to_string(index) + "," + (seen ? std::to_string(taken) : "-") + "\n";
    ++branch_count;
    branches_hit += taken > 0 ? 1 : 0;
  }
};

}  // namespace

std::string lcov(const Compilation& policy, const std::vector<CoverageItem>& items) {
  std::map<std::uint32_t, File> files;
  std::map<std::uint32_t, std::uint64_t> looked_at;  // of a match: its cases together
  std::map<std::uint32_t, std::uint32_t> first_line;
  for (const CoverageItem& item : items) {
    if (item.kind == Covered::match_case) looked_at[item.group] += item.hits;
  }
  for (const CoverageItem& item : items) {
    File& file = files[item.span.file];
    const std::uint32_t line = policy.sources[item.span.file].locate(item.span.begin).line;
    std::uint64_t& hits = file.lines[line];
    hits = std::max(hits, item.hits);
    if (item.kind == Covered::pattern) {
      file.functions += "FN:" + std::to_string(line) + "," + item.name + "\n";
      file.hits += "FNDA:" + std::to_string(item.hits) + "," + item.name + "\n";
      ++file.function_count;
      file.functions_hit += item.hits > 0 ? 1 : 0;
    } else if (item.kind == Covered::condition) {
      file.branch(line, item.group, 0, item.hits > 0, item.yes);
      file.branch(line, item.group, 1, item.hits > 0, item.no);
    } else if (item.kind == Covered::match_case) {
      // All branches of a block stand on one line: that of the first case.
      const std::uint32_t at = first_line.try_emplace(item.group, line).first->second;
      file.branch(at, item.group, item.index, looked_at[item.group] > 0, item.hits);
    }
  }
  std::string text;
  for (const auto& [index, file] : files) {
    const auto total = [&](const char* name, std::size_t count) {
      text += std::string(name) + ":" + std::to_string(count) + "\n";
    };
    text += "TN:\nSF:" + policy.sources[index].name() + "\n" + file.functions + file.hits;
    total("FNF", file.function_count);
    total("FNH", file.functions_hit);
    text += file.branches;
    total("BRF", file.branch_count);
    total("BRH", file.branches_hit);
    std::size_t hit = 0;
    for (const auto& [line, count] : file.lines) {
      text += "DA:" + std::to_string(line) + "," + std::to_string(count) + "\n";
      hit += count > 0 ? 1 : 0;
    }
    total("LF", file.lines.size());
    total("LH", hit);
    text += "end_of_record\n";
  }
  return text;
}

}  // namespace riskd::dsl
