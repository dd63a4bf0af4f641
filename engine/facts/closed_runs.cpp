#include "engine/facts/closed_runs.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace riskd::engine {
namespace {

auto name_of(const ClosedRun& run) {
  return std::make_tuple(std::string_view(run.component), std::string_view(run.id));
}
bool has_lesser_name(const ClosedRun& a, const ClosedRun& b) { return name_of(a) < name_of(b); }

auto moment_of(const ClosedRun& run) { return std::make_tuple(run.at, run.seq); }

// Puts them in order, and makes one of two that have one name.
void put_in_order(std::vector<ClosedRun>& runs) {
  std::stable_sort(runs.begin(), runs.end(), has_lesser_name);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    ClosedRun& last = runs[kept];
    ClosedRun& next = runs[i];
    if (name_of(last) != name_of(next)) {
      if (++kept != i) runs[kept] = std::move(next);
      continue;
    }
    std::tie(last.at, last.seq) = std::min(moment_of(last), moment_of(next));
    last.complete = last.complete && next.complete;
    last.failed = last.failed || next.failed;
    last.scopes.insert(last.scopes.end(), next.scopes.begin(), next.scopes.end());
  }
  if (!runs.empty()) runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(kept) + 1, runs.end());
}

}  // namespace

const std::vector<ClosedRun>& ClosedRuns::all() const {
  static const std::vector<ClosedRun> none;
  return list_ ? list_->runs : none;
}

void ClosedRuns::add(std::vector<ClosedRun> closed) {
  if (closed.empty()) return;
  if (!list_) list_ = make_shared_value<List>();
  std::vector<ClosedRun>& runs = list_.own().runs;
  runs.reserve(runs.size() + closed.size());
  std::move(closed.begin(), closed.end(), std::back_inserter(runs));
  put_in_order(runs);
}

std::optional<ClosedRun> ClosedRuns::take(std::string_view component, std::string_view id) {
  const std::vector<ClosedRun>& known = all();
  const auto name = std::make_tuple(component, id);
  const auto place =
      std::lower_bound(known.begin(), known.end(), name,
                       [](const ClosedRun& run, const auto& of) { return name_of(run) < of; });
  if (place == known.end() || name_of(*place) != name) return std::nullopt;
  ClosedRun taken = *place;
  const auto at = place - known.begin();
  std::vector<ClosedRun>& runs = list_.own().runs;
  runs.erase(runs.begin() + at);
  return taken;
}

void ClosedRuns::forget_oldest(std::size_t most) {
  if (size() <= most) return;
  std::vector<ClosedRun>& runs = list_.own().runs;
  std::stable_sort(runs.begin(), runs.end(), [](const ClosedRun& a, const ClosedRun& b) {
    return moment_of(b) < moment_of(a);
  });
  runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(most), runs.end());
  put_in_order(runs);
}

void ClosedRuns::rename_component(const std::string& from, const std::string& to) {
  const bool is_known = std::any_of(all().begin(), all().end(),
                                    [&](const ClosedRun& run) { return run.component == from; });
  if (!is_known) return;
  std::vector<ClosedRun>& runs = list_.own().runs;
  for (ClosedRun& run : runs) {
    if (run.component == from) run.component = to;
  }
  put_in_order(runs);
}

void ClosedRuns::bring_back_times(Instant latest) {
  const bool is_later = std::any_of(all().begin(), all().end(),
                                    [&](const ClosedRun& run) { return run.at > latest; });
  if (!is_later) return;
  for (ClosedRun& run : list_.own().runs) run.at = std::min(run.at, latest);
}

}  // namespace riskd::engine
