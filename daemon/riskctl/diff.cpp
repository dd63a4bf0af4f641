#include "daemon/riskctl/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace riskd::riskctl {
namespace {

constexpr int context = 3;
constexpr int most_edits = 4'000;  // beyond it the middle is shown as replaced: quadratic memory

struct Edit {
  char sign;  // ' ', '-', '+'
  std::string_view line;
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// The shortest way from a to b: Myers, "An O(ND) difference algorithm" (1986), its greedy variant.
std::vector<Edit> edits(const std::vector<std::string_view>& a,
                        const std::vector<std::string_view>& b) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  const int limit = std::min(n + m, most_edits);
  std::vector<std::vector<int>> trace;
  std::vector<int> furthest(static_cast<std::size_t>(2 * limit + 3), 0);
  const auto at = [limit](std::vector<int>& v, int k) -> int& {
    return v[static_cast<std::size_t>(k + limit + 1)];
  };
  bool found = false;
  for (int d = 0; d <= limit && !found; ++d) {
    trace.push_back(furthest);
    for (int k = -d; k <= d; k += 2) {
      const bool down = k == -d || (k != d && at(furthest, k - 1) < at(furthest, k + 1));
      int x = down ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
      while (x < n && x - k < m &&
             a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)])
        ++x;
      at(furthest, k) = x;
      if (x >= n && x - k >= m) found = true;
    }
  }
  std::vector<Edit> way;
  if (!found) {
    for (const std::string_view each : a) way.push_back({'-', each});
    for (const std::string_view each : b) way.push_back({'+', each});
    return way;
  }
  int x = n;
  int y = m;
  for (int d = static_cast<int>(trace.size()) - 1; d >= 0; --d) {
    std::vector<int>& v = trace[static_cast<std::size_t>(d)];
    const int k = x - y;
    const bool down = k == -d || (k != d && at(v, k - 1) < at(v, k + 1));
    const int from_k = down ? k + 1 : k - 1;
    const int from_x = d == 0 ? 0 : at(v, from_k);
    const int from_y = d == 0 ? 0 : from_x - from_k;
    while (x > from_x && y > from_y) {
      way.push_back({' ', a[static_cast<std::size_t>(--x)]});
      --y;
    }
    if (d > 0) {
      if (down)
        way.push_back({'+', b[static_cast<std::size_t>(--y)]});
      else
        way.push_back({'-', a[static_cast<std::size_t>(--x)]});
    }
  }
  std::reverse(way.begin(), way.end());
  return way;
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
  if (before == after) return {};
  const std::vector<Edit> way = edits(lines_of(before), lines_of(after));
  std::string out = fmt::format("--- {}\n+++ {} (laid out)\n", name, name);
  int old_line = 1;
  int new_line = 1;
  const int count = static_cast<int>(way.size());
  for (int i = 0; i < count;) {
    if (way[static_cast<std::size_t>(i)].sign == ' ') {
      ++old_line, ++new_line, ++i;
      continue;
    }
    // A hunk: from here to the last change that is followed by more context than two hunks share.
    int end = i;
    for (int j = i; j < count && j - end <= 2 * context; ++j) {
      if (way[static_cast<std::size_t>(j)].sign != ' ') end = j + 1;
    }
    const int begin = std::max(0, i - context);
    const int stop = std::min(count, end + context);
    std::string lines;
    int old_count = 0;
    int new_count = 0;
    for (int j = begin; j < stop; ++j) {
      const Edit& edit = way[static_cast<std::size_t>(j)];
      lines += fmt::format("{}{}\n", edit.sign, edit.line);
      old_count += edit.sign != '+' ? 1 : 0;
      new_count += edit.sign != '-' ? 1 : 0;
    }
    out += fmt::format("@@ -{},{} +{},{} @@\n{}", old_line - (i - begin), old_count,
                       new_line - (i - begin), new_count, lines);
    for (int j = i; j < stop; ++j) {
      old_line += way[static_cast<std::size_t>(j)].sign != '+' ? 1 : 0;
      new_line += way[static_cast<std::size_t>(j)].sign != '-' ? 1 : 0;
    }
    i = stop;
  }
  return out;
}

}  // namespace riskd::riskctl
