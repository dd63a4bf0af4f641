// The neighbours of an element: what the policy puts above and below it, where it applies. Used inside
// engine/ only.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "engine/evaluate/blocks.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

// A list of the policy, as the elements that it stands for in a scope: those of them that are there.
// Each is looked up once.
template <typename Item, typename Map>
class Mapped {
 public:
  Mapped(std::span<const Item> items, Map map) : items_(items), map_(map) {}
  class Iterator {
   public:
    Iterator(const Item* at, const Item* end, const Map& map) : at_(at), end_(end), map_(map) {
      look();
    }
    const auto& operator*() const { return found_; }
    Iterator& operator++() {
      ++at_;
      look();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void look() {
      while (at_ != end_ && !Map::is_there(found_ = map_(*at_))) ++at_;
    }
    const Item* at_;
    const Item* end_;
    Map map_;
    decltype(std::declval<Map>()(std::declval<const Item&>())) found_{};
  };
  Iterator begin() const { return Iterator(items_.data(), items_.data() + items_.size(), map_); }
  Iterator end() const {
    const Item* end = items_.data() + items_.size();
    return Iterator(end, end, map_);
  }
  std::size_t most() const { return items_.size(); }  // there are not more

 private:
  std::span<const Item> items_;
  Map map_;
};

// A use of a countermeasure by a weakness: in Program::uses, and the element at its other end.
template <typename T>
struct UseOf {
  std::uint32_t use = 0;
  T* element = nullptr;
};
struct UseInRisk {
  std::uint32_t use = 0;
  CountermeasureInstance* countermeasure = nullptr;
  WeaknessInstance* weakness = nullptr;
};

namespace neighbours {
// What is below an element is there with it; what is above it may be.
struct Weaknesses {
  Finder in;
  static bool is_there(const WeaknessInstance*) { return true; }
  WeaknessInstance* operator()(std::uint32_t definition) {
    return in.place<WeaknessInstance>(definition);
  }
};
struct Risks {
  Finder in;
  static bool is_there(const RiskInstance* risk) { return risk != nullptr; }
  RiskInstance* operator()(std::uint32_t definition) { return in.find<RiskInstance>(definition); }
};
struct UsesInRisk {
  Finder measures, weaknesses;
  static bool is_there(const UseInRisk&) { return true; }
  UseInRisk operator()(const Shape::UseInRisk& use) {
    return {use.use, measures.place<CountermeasureInstance>(use.countermeasure),
            weaknesses.place<WeaknessInstance>(use.weakness)};
  }
};
struct UsesOfWeakness {
  Finder in;
  static bool is_there(const UseOf<CountermeasureInstance>&) { return true; }
  UseOf<CountermeasureInstance> operator()(const Shape::Use& use) {
    return {use.use, in.place<CountermeasureInstance>(use.element)};
  }
};
struct UsesOfCountermeasure {
  Finder in;
  static bool is_there(const UseOf<WeaknessInstance>& use) { return use.element != nullptr; }
  UseOf<WeaknessInstance> operator()(const Shape::Use& use) {
    return {use.use, in.find<WeaknessInstance>(use.element)};
  }
};
}  // namespace neighbours

// All by id; uses in a risk by countermeasure, then weakness. Of an element that is there.
inline auto weaknesses_of(const RiskInstance& risk) {
  return Mapped(risk.scope->shape->weaknesses_of_risk.of(risk.definition),
                neighbours::Weaknesses{Finder(*risk.scope)});
}
inline auto uses_of(const RiskInstance& risk) {
  return Mapped(risk.scope->shape->uses_of_risk.of(risk.definition),
                neighbours::UsesInRisk{Finder(*risk.scope), Finder(*risk.scope)});
}
inline auto risks_of(const WeaknessInstance& weakness) {
  return Mapped(weakness.scope->shape->risks_of_weakness.of(weakness.definition),
                neighbours::Risks{Finder(*weakness.scope)});
}
inline auto uses_of(const WeaknessInstance& weakness) {
  return Mapped(weakness.scope->shape->uses_of_weakness.of(weakness.definition),
                neighbours::UsesOfWeakness{Finder(*weakness.scope)});
}
inline auto uses_of(const CountermeasureInstance& measure) {
  return Mapped(measure.scope->shape->uses_of_countermeasure.of(measure.definition),
                neighbours::UsesOfCountermeasure{Finder(*measure.scope)});
}

}  // namespace riskd::engine
