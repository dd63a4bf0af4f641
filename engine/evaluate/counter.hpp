// `any`, `all` and `count` over the components of a product: how many of them the body holds for, and how
// many may. A component that changes is asked again, the others are not. Used inside engine/ only.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/program/node.hpp"
#include "engine/program/value.hpp"

namespace riskd::engine {

class Counter {
 public:
  // Nothing is known of `components` components, numbered from 0.
  void reset(std::size_t components) {
    of_.assign(components, Body::stale);
    stale_.resize(components);
    for (std::size_t i = 0; i < components; ++i) stale_[i] = static_cast<std::uint32_t>(i);
    counts_ = {};
  }

  // What the body is of this component may have changed.
  void forget(std::uint32_t component) {
    if (component >= of_.size() || of_[component] == Body::stale) return;
    --counts_[static_cast<std::size_t>(of_[component])];
    of_[component] = Body::stale;
    stale_.push_back(component);
  }

  // The aggregate's value; `body` is asked for the components that were forgotten.
  template <typename BodyOf>
  Value value(Aggregate function, const BodyOf& body) {
    while (!stale_.empty()) {
      const std::uint32_t component = stale_.back();
      stale_.pop_back();
      const Value found = body(component);
      of_[component] = found.is_none()    ? Body::none
                       : found.is_true()  ? Body::yes
                       : found.is_false() ? Body::no
                                          : Body::unknown;
      ++counts_[static_cast<std::size_t>(of_[component])];
    }
    const double yes = count(Body::yes), no = count(Body::no), unknown = count(Body::unknown);
    if (function == Aggregate::any) return Value::range(yes > 0 ? 1 : 0, yes + unknown > 0 ? 1 : 0);
    if (function == Aggregate::all) return Value::range(no + unknown > 0 ? 0 : 1, no > 0 ? 0 : 1);
    return Value::range(yes, yes + unknown);
  }

 private:
  enum class Body : std::uint8_t { no, yes, unknown, none, stale };
  double count(Body of) const { return counts_[static_cast<std::size_t>(of)]; }

  std::vector<Body> of_;  // by component
  std::vector<std::uint32_t> stale_;
  std::array<std::uint32_t, 4> counts_{};
};

}  // namespace riskd::engine
