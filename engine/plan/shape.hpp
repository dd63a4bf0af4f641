// Which elements of the model belong to which, and in what order, as the policy alone says it. A product
// has some of them; what it has, it has with all that is below it. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/program/node.hpp"

namespace riskd::engine {

struct Program;

// Lists by index, one after the other.
template <typename T>
class Rows {
 public:
  // `of(i)` gives the list of `i`, anything that can be gone through.
  template <typename ListOf>
  static Rows made(std::size_t count, const ListOf& of) {
    Rows rows;
    rows.first_.reserve(count + 1);
    for (std::uint32_t i = 0; i < count; ++i) {
      rows.first_.push_back(static_cast<std::uint32_t>(rows.all_.size()));
      for (const T& each : of(i)) rows.all_.push_back(each);
    }
    rows.first_.push_back(static_cast<std::uint32_t>(rows.all_.size()));
    return rows;
  }
  std::span<const T> of(std::uint32_t index) const {
    return {all_.data() + first_[index], first_[index + 1] - first_[index]};
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<T> all_;
};

struct Shape {
  Shape() = default;
  explicit Shape(const Program& program);

  // A use, in Program::uses, with the element at its other end.
  struct Use {
    std::uint32_t use = 0, element = 0;
  };
  struct UseInRisk {
    std::uint32_t use = 0, countermeasure = 0, weakness = 0;
    std::uint32_t place = 0;  // of the weakness, among those of the risk
  };
  // The order of ids: of risks; of weaknesses and countermeasures, which share one.
  std::vector<std::uint32_t> risk_rank, weakness_rank, countermeasure_rank;

  // What of a use no answer changes: whether it requires its countermeasure, and how much it takes off
  // the risk, 0 to 1; NaN if it must be computed.
  enum class Requires : std::uint8_t { never, always, asked };
  std::vector<Requires> requires_of_use;
  std::vector<Requires> requires_of_countermeasure;  // by whichever of its uses is there
  std::vector<double> share_of_use;
  // Whether the policy names a test of it.
  std::vector<bool> weakness_has_test, countermeasure_has_test;

  // Where an element stands in a product: in the block of the pattern that has it, or in one of its own where
  // several have it; among those of its kind there. No pattern has it: no_index.
  struct Place {
    std::uint32_t block = no_index, index = 0;
  };
  std::vector<Place> risk_place, weakness_place, countermeasure_place;
  // What a block has; those of patterns are the first ones, by pattern.
  Rows<std::uint32_t> risks_of_block, weaknesses_of_block, countermeasures_of_block;
  std::vector<bool> shares_nothing;  // by pattern: no other has an element that it has

  Rows<std::uint32_t> weaknesses_of_risk;  // all lists by id
  Rows<UseInRisk> uses_of_risk;            // by countermeasure, then weakness
  Rows<std::uint32_t> risks_of_weakness;
  Rows<Use> uses_of_weakness;
  Rows<Use> uses_of_countermeasure;

 private:
  void rank(const Program& program);
  void list_below(const Program& program);
  void list_above(const Program& program);
  void place_in_blocks(const Program& program);
};

}  // namespace riskd::engine
