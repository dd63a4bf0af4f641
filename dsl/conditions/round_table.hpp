// Tables of what is known of things with numbers, which forget everything in one step: an analysis asks
// thousands of conditions, and each reads a few nodes of many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace riskd::dsl {

// Numbers 0 to size - 1. An entry counts only in the round in which it was kept.
template <typename T>
class RoundTable {
 public:
  // Forgets all entries; costs something only where the table grows.
  void start(std::size_t size) {
    ++round_;
    if (rounds_.size() < size) {
      rounds_.resize(size);
      entries_.resize(size);
    }
  }
  // nullptr: nothing is kept. Valid until the next start().
  const T* find(std::size_t number) const {
    return rounds_[number] == round_ ? &entries_[number] : nullptr;
  }
  void keep(std::size_t number, T entry) {
    rounds_[number] = round_;
    entries_[number] = std::move(entry);
  }

 private:
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> rounds_;
  std::vector<T> entries_;
};

// The same for pairs of a number and a label. Most labels are 0.
template <typename T>
class LabelledTable {
 public:
  void start(std::size_t size) {
    plain_.start(size);
    labelled_.clear();
  }
  const T* find(std::uint32_t number, std::uint8_t label) const {
    if (label == 0) return plain_.find(number);
    const auto known = labelled_.find({number, label});
    return known == labelled_.end() ? nullptr : &known->second;
  }
  void keep(std::uint32_t number, std::uint8_t label, T entry) {
    if (label == 0) return plain_.keep(number, std::move(entry));
    labelled_.insert_or_assign({number, label}, std::move(entry));
  }

 private:
  RoundTable<T> plain_;
  std::map<std::pair<std::uint32_t, std::uint8_t>, T> labelled_;
};

}  // namespace riskd::dsl
