// What a formula reads, without its value: the walk that the static graph is made with. Used inside
// engine/ only.
#pragma once

#include <map>
#include <set>

#include "engine/program/program.hpp"

namespace riskd::engine {

// What one formula reads.
struct Reads {
  std::map<std::uint32_t, std::set<std::uint32_t>> compared;  // question, choices
  std::set<std::uint32_t> questions, fields, lets;
  bool today = false, approval = false, undecided = false;
  bool risks = false, weaknesses = false, measures = false;
  bool far = false;  // all elements, or those that are not neighbours
  bool across = false;

  bool of_model() const { return far || risks || weaknesses || measures || approval || undecided; }
};

// Adds what the formulas and everything below them read, down to the cells that stand for themselves.
// Lets and ratings of elements are part of a formula.
void add_reads(const Program& program, const std::vector<NodeId>& formulas, Reads& reads);

// Whether a formula of a risk is made of constants, and of the risk's own attributes and lets, alone.
bool reads_own_attributes_alone(const Program& program, NodeId formula);

}  // namespace riskd::engine
