// What an evaluation looked at, counted: which conditions were true and which false, which branches,
// rows and steps decided. For coverage; the daemon evaluates without one.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/program/node.hpp"
#include "engine/program/value.hpp"

namespace riskd::engine {

// A value that grows with every evaluation that is given it. Used by one thread at a time.
//
// Nodes are shared: the same condition written in two places is one node, and counts as one. What is
// evaluated only to name open questions, to find what had to be assumed, or to project the rating is
// not counted.
struct Trace {
  struct Truth {
    std::uint64_t yes = 0, no = 0, unknown = 0;
    std::uint64_t all() const { return yes + no + unknown; }
  };
  using Branch = std::pair<NodeId, std::uint32_t>;

  std::vector<Truth> truths;                     // by NodeId; of nodes whose type is truth
  std::map<Branch, std::uint64_t> cases;         // of a match: which of its cases was taken, from 0
  std::map<Branch, std::uint64_t> status;        // index in Program::status_maps, row
  std::map<Branch, std::uint64_t> evidence;      // index in Program::evidence, row
  std::map<std::uint32_t, std::uint64_t> steps;  // index in Program::adjusts: it changed a rating

  void saw(NodeId node, const Value& value) {
    if (node >= truths.size()) truths.resize(node + std::size_t{1});
    Truth& truth = truths[node];
    ++(value.is_true() ? truth.yes : value.is_unknown() ? truth.unknown : truth.no);
  }
};

}  // namespace riskd::engine
