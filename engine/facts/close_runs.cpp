#include "engine/facts/close_runs.hpp"

#include <cstdint>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/base/limits.hpp"

namespace riskd::engine {
namespace {

// Of the uploads of a suite, whether a test has a listing of it, or it is one of the newest to arrive.
class UploadsInUse {
 public:
  explicit UploadsInUse(const SuiteFacts& suite)
      : first_(suite.runs.begin()->first), used_(suite.runs.rbegin()->first - first_ + 1) {
    auto each = suite.runs.rbegin();
    for (std::size_t i = 0; i < limits::suite_recent_uploads && each != suite.runs.rend(); ++i)
      used_[(each++)->first - first_] = true;
    for (const KeptTest& test : suite.tests) {
      for (const Listing& listing : test.listed) {
        const std::uint32_t upload = listing.said->upload;
        if (upload >= first_ && upload - first_ < used_.size()) used_[upload - first_] = true;
      }
    }
  }
  bool contains(std::uint32_t upload) const { return used_[upload - first_]; }

 private:
  const std::uint32_t first_;
  std::vector<bool> used_;  // of each upload from the first one that is kept to the last
};

// Of each component and each scope the newest complete run without listings.
class Newest {
 public:
  bool add(const Run& run) {
    bool is_newest = covered_.emplace(run.component, std::string_view()).second;
    for (const std::string& scope : run.scopes)
      is_newest = covered_.emplace(run.component, scope).second || is_newest;
    return is_newest;
  }

 private:
  std::set<std::pair<std::string_view, std::string_view>> covered_;
};

// For each run of `runs`, whether it is kept.
std::vector<bool> kept_runs(const UploadsInUse& used, const Runs& runs) {
  std::vector<bool> kept(runs.newest_first.size());
  for (const auto& [upload, run] : runs.of_upload) kept[run] = kept[run] || used.contains(upload);
  Newest newest;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Run& run = runs.newest_first[i];
    if (!kept[i] && run.complete && !run.failed) kept[i] = newest.add(run);
  }
  return kept;
}

// Uploads that count for nothing since the suite was retired, whatever becomes of its times.
void forget_retired(SuiteFacts& suite, const UploadsInUse& used) {
  if (!suite.retired) return;
  std::erase_if(suite.runs, [&](const auto& each) {
    const Provenance& from = each.second.from;
    return from.at <= suite.retired->at && from.seq <= suite.retired->seq &&
           !used.contains(each.first);
  });
}

void add_part(ClosedRun& run, const RunFacts& part) {
  if (run.seq == 0 || std::tie(part.from.at, part.from.seq) < std::tie(run.at, run.seq))
    std::tie(run.at, run.seq) = std::tie(part.from.at, part.from.seq);
  run.complete = run.complete && part.run.complete.value_or(complete_by_default(part.run.source));
  run.failed = run.failed || part.run.failed;
}

}  // namespace

void close_runs(SuiteFacts& suite) {
  if (suite.runs.size() <= limits::suite_recent_uploads) return;
  const UploadsInUse used(suite);
  forget_retired(suite, used);
  const Runs runs = runs_of(suite);
  const std::vector<bool> kept = kept_runs(used, runs);
  std::vector<ClosedRun> closed(runs.newest_first.size());
  for (const auto& [upload, run] : runs.of_upload) {
    if (kept[run]) continue;
    const auto place = suite.runs.find(upload);
    add_part(closed[run], place->second);
    suite.runs.erase(place);
  }
  std::vector<ClosedRun> named;
  for (std::size_t i = 0; i < closed.size(); ++i) {
    const Run& run = runs.newest_first[i];
    if (kept[i] || run.id.empty()) continue;
    closed[i].component = run.component;
    closed[i].id = run.id;
    closed[i].scopes = run.scopes;
    named.push_back(std::move(closed[i]));
  }
  suite.closed.add(std::move(named));
  suite.closed.forget_oldest(limits::suite_uploads);
}

void open_run(SuiteFacts& suite, const RunFact& run) {
  if (run.run.empty()) return;
  auto known = suite.closed.take(run.component, run.run);
  if (!known) return;
  RunFacts earlier;
  earlier.run.suite = run.suite;
  earlier.run.run = run.run;
  earlier.run.source = run.source;
  earlier.run.component = run.component;
  earlier.run.complete = known->complete;
  earlier.run.failed = known->failed;
  earlier.run.scopes = std::move(known->scopes);
  earlier.from.seq = known->seq;
  earlier.from.at = earlier.from.received = known->at;
  suite.runs.emplace(suite.next_upload++, std::move(earlier));
}

}  // namespace riskd::engine
