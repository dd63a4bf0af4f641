// A list that is short most of the time: then it is where it is declared. Used inside engine/ only.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace riskd::engine {

template <typename T, std::size_t Count>
class Few {
 public:
  void push_back(const T& item) {
    if (size_ < Count) {
      few_[size_++] = item;
      return;
    }
    if (size_ == Count) many_.assign(few_.begin(), few_.end());
    many_.push_back(item);
    ++size_;
  }
  std::size_t size() const { return size_; }
  std::span<const T> all() const { return {size_ <= Count ? few_.data() : many_.data(), size_}; }
  const T& operator[](std::size_t index) const { return all()[index]; }
  const T& back() const { return all()[size_ - 1]; }
  const T* begin() const { return all().data(); }
  const T* end() const { return all().data() + size_; }

 private:
  std::array<T, Count> few_;
  std::vector<T> many_;
  std::size_t size_ = 0;
};

}  // namespace riskd::engine
