// The elements of a product: those of a pattern side by side in one block of memory, at places that do not
// move. Used inside engine/ only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

// A place for each element that one pattern has, or for one that several have; Shape numbers them. Not all
// are there at a time. Made once a scope, and kept when the pattern ends: it may begin again.
class Block {
 public:
  struct Delete {
    void operator()(Block* block) const;
  };
  using Pointer = std::unique_ptr<Block, Delete>;

  static Pointer make(ScopeInstance& scope, std::uint32_t number);

  template <typename T>
  std::span<T> all() {
    const std::uint32_t count = parts_[kind<T>].count;
    return count == 0 ? std::span<T>() : std::span<T>(items<T>(), count);
  }
  template <typename T>
  T& at(std::uint32_t index) {
    return items<T>()[index];
  }
  // Every element, whether it is there or not.
  template <typename Visit>
  void each(const Visit& visit) {
    for (RiskInstance& risk : all<RiskInstance>()) visit(risk);
    for (WeaknessInstance& weakness : all<WeaknessInstance>()) visit(weakness);
    for (CountermeasureInstance& measure : all<CountermeasureInstance>()) visit(measure);
  }
  ScopeInstance& scope() const { return *scope_; }
  std::uint32_t number() const { return number_; }

  template <typename T>
  static constexpr std::size_t kind = std::is_same_v<T, RiskInstance>       ? 0
                                      : std::is_same_v<T, WeaknessInstance> ? 1
                                                                            : 2;

 private:
  struct Part {
    std::uint32_t offset = 0, count = 0;  // in bytes from the block, of elements
  };
  Block() = default;
  template <typename T>
  T* storage() {
    return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(this) + parts_[kind<T>].offset);
  }
  template <typename T>
  T* items() {
    return std::launder(storage<T>());
  }

  ScopeInstance* scope_ = nullptr;
  std::uint32_t number_ = no_index;
  std::array<Part, 3> parts_;
};

// Elements of one kind that are there, in no order that means anything.
template <typename T>
class ElementsThere {
 public:
  explicit ElementsThere(std::span<const Block::Pointer> blocks) : blocks_(blocks) {}
  class Iterator {
   public:
    explicit Iterator(std::span<const Block::Pointer> left) : left_(left) {
      enter();
      look();
    }
    T* operator*() const { return at_; }
    Iterator& operator++() {
      ++at_;
      look();
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return left_.size() == other.left_.size() && at_ == other.at_;
    }

   private:
    // The first that is there, from `at_` on.
    void look() {
      for (;;) {
        while (at_ != end_ && !at_->is_there) ++at_;
        if (at_ != end_ || left_.empty()) return;
        left_ = left_.subspan(1);
        enter();
      }
    }
    void enter() {
      const std::span<T> all = left_.empty() ? std::span<T>() : left_.front()->template all<T>();
      at_ = all.data();
      end_ = at_ + all.size();
    }
    std::span<const Block::Pointer> left_;  // from the one that `at_` is in
    T* at_ = nullptr;
    T* end_ = nullptr;
  };
  Iterator begin() const { return Iterator(blocks_); }
  Iterator end() const { return Iterator(blocks_.last(0)); }

 private:
  std::span<const Block::Pointer> blocks_;
};

// Those of all scopes.
class Blocks {
 public:
  // Of a scope that has none of this number; the scope finds it.
  Block& make(ScopeInstance& scope, std::uint32_t number);
  // With the same elements as `from` has, which is of another evaluation.
  void copy(Block& from, ScopeInstance& scope);
  template <typename T>
  ElementsThere<T> all() const {
    return ElementsThere<T>(owned_);
  }
  template <typename T>
  std::size_t count() const {
    return counts_[Block::kind<T>];
  }
  // An element begins, or ends.
  template <typename T>
  void enter(T& element) {
    element.is_there = true;
    ++counts_[Block::kind<T>];
  }
  template <typename T>
  void leave(T& element) {
    element.is_there = false;
    --counts_[Block::kind<T>];
  }
  std::span<const Block::Pointer> owned() const { return owned_; }

 private:
  std::vector<Block::Pointer> owned_;
  std::array<std::size_t, 3> counts_{};
};

template <typename T>
Shape::Place place_in(const Shape& shape, std::uint32_t definition) {
  if constexpr (std::is_same_v<T, RiskInstance>)
    return shape.risk_place[definition];
  else if constexpr (std::is_same_v<T, WeaknessInstance>)
    return shape.weakness_place[definition];
  else
    return shape.countermeasure_place[definition];
}

// Elements of a scope, by definition. Those that are looked for one after the other are in one block as a
// rule, which is looked up once.
class Finder {
 public:
  explicit Finder(const ScopeInstance& scope) : scope_(&scope) {}
  // Whether it applies or not; null where it has no place yet.
  template <typename T>
  T* place(std::uint32_t definition) {
    const Shape::Place at = place_in<T>(*scope_->shape, definition);
    if (at.block != number_) {
      number_ = at.block;
      block_ = scope_->blocks.find(at.block);
    }
    return block_ == nullptr ? nullptr : &block_->at<T>(at.index);
  }
  // Null where it does not apply.
  template <typename T>
  T* find(std::uint32_t definition) {
    T* at = place<T>(definition);
    return at != nullptr && at->is_there ? at : nullptr;
  }
  void forget() {
    number_ = no_index;
    block_ = nullptr;
  }

 private:
  const ScopeInstance* scope_;
  std::uint32_t number_ = no_index;
  Block* block_ = nullptr;
};

template <typename T>
T* ScopeInstance::place(std::uint32_t definition) const {
  return Finder(*this).place<T>(definition);
}

template <typename T>
T* ScopeInstance::find(std::uint32_t definition) const {
  return Finder(*this).find<T>(definition);
}

// By the kind of an element: the tickets of a scope; and the element, null where it does not apply there.
FlatIndex<ElementTickets>& tickets_in(ScopeInstance& scope, Kind kind);
Instance* find_element(ScopeInstance& scope, Kind kind, std::uint32_t definition);

}  // namespace riskd::engine
