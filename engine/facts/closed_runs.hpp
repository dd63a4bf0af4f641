// Runs of a suite that no test lists any more: what a part that comes later must know of its run.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/base/shared.hpp"

namespace riskd::engine {

struct ClosedRun {
  std::string component;
  std::string id;  // never empty: a run without id has one part
  // As Run has them (engine/facts/product.hpp), of all its parts.
  Instant at;
  std::uint64_t seq = 0;
  bool complete = true;  // apart from parts that were announced and did not come
  bool failed = false;
  std::vector<std::string> scopes;
};

// One for each component and id. A copy shares all of them with the original until one of the two changes.
class ClosedRuns {
  struct List : Counted {
    std::vector<ClosedRun> runs;  // by component and id
  };

 public:
  std::size_t size() const { return list_ ? list_->runs.size() : 0; }
  const std::vector<ClosedRun>& all() const;

  // Adds them. Of two of one component and id it makes one, as of two parts.
  void add(std::vector<ClosedRun> closed);
  // Removes the run and returns it; nullopt where it is not closed.
  std::optional<ClosedRun> take(std::string_view component, std::string_view id);
  // Keeps the newest.
  void forget_oldest(std::size_t most);
  void rename_component(const std::string& from, const std::string& to);
  // As a ClockFact does with all times.
  void bring_back_times(Instant latest);

 private:
  Shared<List> list_;  // null where there never was one
};

}  // namespace riskd::engine
