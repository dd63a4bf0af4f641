// A list without memory of its own as long as it has at most `Count` items. Used inside engine/ only.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace riskd::engine {

template <typename T, std::size_t Count>
class SmallVector {
 public:
  void push_back(const T& item) {
    if (size_ < Count) {
      items_[size_++] = item;
      return;
    }
    if (size_ == Count) all_.assign(items_.begin(), items_.end());
    all_.push_back(item);
    ++size_;
  }
  std::size_t size() const { return size_; }
  std::span<const T> all() const { return {size_ <= Count ? items_.data() : all_.data(), size_}; }
  const T& operator[](std::size_t index) const { return all()[index]; }
  const T& back() const { return all()[size_ - 1]; }
  const T* begin() const { return all().data(); }
  const T* end() const { return all().data() + size_; }

 private:
  std::array<T, Count> items_;
  std::vector<T> all_;  // once there are more than `Count`: all of them
  std::size_t size_ = 0;
};

}  // namespace riskd::engine
