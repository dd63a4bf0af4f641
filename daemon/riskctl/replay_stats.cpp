#include "daemon/riskctl/replay_stats.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <numeric>

namespace riskd::riskctl {
namespace {

// Nearest-rank percentile of a sorted list.
double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

}  // namespace

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string show_stats(ReplayStats& stats) {
  std::vector<double>& events = stats.events_us;
  std::sort(events.begin(), events.end());
  const double total_us = std::accumulate(events.begin(), events.end(), 0.0);
  std::vector<double>& applied = stats.applied_us;
  std::sort(applied.begin(), applied.end());
  const double applied_us = std::accumulate(applied.begin(), applied.end(), 0.0);
  const auto rate = [](std::size_t count, double us) {
    return us > 0 ? static_cast<double>(count) * 1e6 / us : 0.0;
  };
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::string out = fmt::format("load and compile  {:.2f} ms\n", stats.load_ms);
  out += fmt::format("first evaluation  {:.2f} ms\n", stats.first_ms);
  out += fmt::format("events            {}\n", events.size());
  out += fmt::format("events per second {:.0f}\n", rate(events.size(), total_us));
  out += fmt::format("p50 per event     {:.1f} us\n", percentile(events, 0.50));
  out += fmt::format("p99 per event     {:.1f} us\n", percentile(events, 0.99));
  out += fmt::format("engine alone      {:.0f} events per second, p50 {:.2f} us, p99 {:.2f} us\n",
                     rate(applied.size(), applied_us), percentile(applied, 0.50),
                     percentile(applied, 0.99));
  out += fmt::format("peak memory       {:.1f} MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return out;
}

}  // namespace riskd::riskctl
