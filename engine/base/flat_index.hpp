// Pointers by a small number, as a table that is searched from where the number hashes to: what a
// product looks up with every pattern that begins or ends.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace riskd::engine {

// Holds no ownership. Iterators end with the next change; the order is the table's.
template <typename T>
class FlatIndex {
 public:
  using Entry = std::pair<std::uint32_t, T*>;

  // Null where there is none.
  T* find(std::uint32_t key) const {
    if (entries_.empty()) return nullptr;
    for (std::size_t at = home(key);; at = next(at)) {
      if (entries_[at].second == nullptr) return nullptr;
      if (entries_[at].first == key) return entries_[at].second;
    }
  }
  void set(std::uint32_t key, T* value) {
    if (2 * (size_ + 1) > entries_.size()) grow();
    place({key, value});
  }
  void erase(std::uint32_t key) {
    if (entries_.empty()) return;
    std::size_t at = home(key);
    while (entries_[at].second != nullptr && entries_[at].first != key) at = next(at);
    if (entries_[at].second == nullptr) return;
    --size_;
    // What stands behind it may have been pushed there: it moves up.
    for (std::size_t hole = at;;) {
      entries_[hole].second = nullptr;
      std::size_t other = next(hole);
      while (entries_[other].second != nullptr && !may_move(other, hole)) other = next(other);
      if (entries_[other].second == nullptr) return;
      entries_[hole] = entries_[other];
      hole = other;
    }
  }
  void clear() {
    entries_.clear();
    size_ = 0;
  }

  template <typename Visit>
  void each(const Visit& visit) const {
    for (const Entry& entry : entries_) {
      if (entry.second != nullptr) visit(entry.second);
    }
  }
  // Replaces every pointer by what `map` makes of its key; that is no null.
  template <typename Map>
  void replace(const Map& map) {
    for (Entry& entry : entries_) {
      if (entry.second != nullptr) entry.second = map(entry.first);
    }
  }

 private:
  // Neighbours by number stand beside each other, four in a line of memory: what belongs together often
  // is looked up together.
  std::size_t home(std::uint32_t key) const {
    const std::size_t group = (key >> 2) * std::size_t{0x9e3779b97f4a7c15u} >> 32;
    return (group << 2 | (key & 3)) & (entries_.size() - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (entries_.size() - 1); }
  // Whether what stands at `from` is found at `to`, which is before it and empty.
  bool may_move(std::size_t from, std::size_t to) const {
    const std::size_t mask = entries_.size() - 1;
    const std::size_t distance = (from - home(entries_[from].first)) & mask;
    return distance >= ((from - to) & mask);
  }
  void place(Entry entry) {
    std::size_t at = home(entry.first);
    while (entries_[at].second != nullptr && entries_[at].first != entry.first) at = next(at);
    size_ += entries_[at].second == nullptr ? 1 : 0;
    entries_[at] = entry;
  }
  void grow() {
    std::vector<Entry> old(entries_.empty() ? 8 : 2 * entries_.size(), Entry{0, nullptr});
    old.swap(entries_);
    size_ = 0;
    for (const Entry& entry : old) {
      if (entry.second != nullptr) place(entry);
    }
  }

  std::vector<Entry> entries_;  // a power of two; at most half of it used
  std::size_t size_ = 0;
};

}  // namespace riskd::engine
