// Values that many share and nobody changes while they do.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <utility>

namespace riskd::engine {

// The number of those that share it. Of a value that is made with make_shared_value.
class Counted {
 public:
  Counted() = default;
  // A copy is counted anew.
  Counted(const Counted&) {}
  Counted& operator=(const Counted&) { return *this; }

 private:
  template <typename T>
  friend class Shared;
  std::atomic<std::uint32_t> owners_ = 0;
};

// A pointer of eight bytes to a value that counts its owners. Owners may be of different threads.
template <typename T>
class Shared {
 public:
  Shared() = default;
  explicit Shared(T* made) : value_(made) { take(); }
  Shared(const Shared& other) : value_(other.value_) { take(); }
  Shared(Shared&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Shared() {
    if (value_ != nullptr && value_->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete value_;
  }

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_; }
  const T* get() const { return value_; }
  explicit operator bool() const { return value_ != nullptr; }
  // Whether it is the same value, not an equal one.
  auto operator<=>(const Shared&) const = default;

  // The value to be changed: a copy where others share it.
  T& own() {
    if (value_->owners_.load(std::memory_order_acquire) != 1) *this = Shared(new T(*value_));
    return *value_;
  }
  // The value itself, to be changed for all that share it. For one who knows all of them.
  T& in_place() { return *value_; }

 private:
  void take() {
    if (value_ != nullptr) value_->owners_.fetch_add(1, std::memory_order_relaxed);
  }
  T* value_ = nullptr;
};

template <typename T, typename... Arguments>
Shared<T> make_shared_value(Arguments&&... arguments) {
  return Shared<T>(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace riskd::engine
