// What the results of an element say together.
#include <algorithm>
#include <tuple>

#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

bool Results::Before::operator()(const BoundResult* a, const BoundResult* b) const {
  const auto order = [](const BoundResult& each) {
    return std::make_tuple(std::string_view(each.suite), each.key());
  };
  return order(*a) < order(*b);
}

namespace {

Tested said_by(const BoundResult& result) {
  if (result.verdict == Verdict::failed) return Tested::failed;
  if (result.verdict == Verdict::untested) return Tested::untested;
  return result.stale ? Tested::stale : Tested::passed;
}

}  // namespace

Tested tested_by(const Results& results) {
  Tested worst = Tested::untested;
  results.each([&](const BoundResult& result) { worst = std::max(worst, said_by(result)); });
  return worst;
}

const BoundResult* deciding(const Results& results, Tested tested) {
  const BoundResult* newest = nullptr;
  results.each([&](const BoundResult& result) {
    if (said_by(result) != tested) return;
    if (newest == nullptr || std::tie(newest->at, newest->run) < std::tie(result.at, result.run))
      newest = &result;
  });
  return newest;
}

}  // namespace riskd::engine
