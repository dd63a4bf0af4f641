#include "engine/evaluate/blocks.hpp"

#include <algorithm>

namespace riskd::engine {
namespace {

constexpr std::size_t line = 64;
static_assert(alignof(RiskInstance) <= line && alignof(WeaknessInstance) <= line &&
              alignof(CountermeasureInstance) <= line);

template <typename Visit>
void each_kind(const Visit& visit) {
  visit(static_cast<RiskInstance*>(nullptr));
  visit(static_cast<WeaknessInstance*>(nullptr));
  visit(static_cast<CountermeasureInstance*>(nullptr));
}

}  // namespace

void Block::Delete::operator()(Block* block) const {
  each_kind([&]<typename T>(T*) { std::destroy(block->all<T>().begin(), block->all<T>().end()); });
  block->~Block();
  ::operator delete (block, std::align_val_t{line});
}

Block::Pointer Block::make(ScopeInstance& scope, std::uint32_t number) {
  const Shape& shape = *scope.shape;
  const std::array<std::size_t, 3> counts{shape.risks_of_block.of(number).size(),
                                          shape.weaknesses_of_block.of(number).size(),
                                          shape.countermeasures_of_block.of(number).size()};
  std::array<Part, 3> parts;
  std::size_t size = sizeof(Block);
  each_kind([&]<typename T>(T*) {
    size = (size + alignof(T) - 1) / alignof(T) * alignof(T);
    parts[kind<T>] = {static_cast<std::uint32_t>(size),
                      static_cast<std::uint32_t>(counts[kind<T>])};
    size += counts[kind<T>] * sizeof(T);
  });
  Pointer block(new (::operator new (size, std::align_val_t{line})) Block);
  block->scope_ = &scope;
  block->number_ = number;
  block->parts_ = parts;
  each_kind([&]<typename T>(T*) {
    std::uninitialized_value_construct_n(block->storage<T>(), counts[kind<T>]);
  });
  return block;
}

Block& Blocks::make(ScopeInstance& scope, std::uint32_t number) {
  owned_.push_back(Block::make(scope, number));
  scope.blocks.set(number, owned_.back().get());
  return *owned_.back();
}

void Blocks::copy(Block& from, ScopeInstance& scope) {
  Block& to = make(scope, from.number());
  each_kind([&]<typename T>(T*) {
    const std::span<T> copies = to.all<T>();
    std::copy_n(from.all<T>().begin(), copies.size(), copies.begin());
    for (T& each : copies) {
      each.scope = &scope;
      counts_[Block::kind<T>] += each.is_there ? 1 : 0;
    }
  });
}

}  // namespace riskd::engine
