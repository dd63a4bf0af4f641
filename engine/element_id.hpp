// The id of an element of the model, cheap to copy: what every change of one says.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace riskd::engine {

// The policy's own text, or one that its copies share. Never without text; a pointer wide.
class ElementId {
 public:
  ElementId() : ElementId(of_policy(nothing)) {}
  explicit ElementId(std::string text) : held_(held_by(new Shared{std::move(text)})) {}
  // `id` lives longer than it and its copies.
  static ElementId of_policy(const std::string& id) {
    return ElementId(reinterpret_cast<std::uintptr_t>(&id));
  }
  ElementId(const ElementId& other) : held_(other.held_) {
    if (Shared* shared = this->shared()) shared->owners.fetch_add(1, std::memory_order_relaxed);
  }
  ElementId(ElementId&& other) noexcept
      : held_(std::exchange(other.held_, reinterpret_cast<std::uintptr_t>(&nothing))) {}
  ElementId& operator=(ElementId other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~ElementId() {
    Shared* shared = this->shared();
    if (shared != nullptr && shared->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete shared;
  }

  const std::string& str() const {
    const Shared* shared = this->shared();
    return shared != nullptr ? shared->text : *reinterpret_cast<const std::string*>(held_);
  }
  operator const std::string&() const { return str(); }  // NOLINT(google-explicit-constructor)
  operator std::string_view() const { return str(); }    // NOLINT(google-explicit-constructor)

  friend bool operator==(const ElementId& a, std::string_view b) { return a.str() == b; }
  friend bool operator==(const ElementId& a, const ElementId& b) {
    return a.held_ == b.held_ || a.str() == b.str();
  }
  friend std::strong_ordering operator<=>(const ElementId& a, const ElementId& b) {
    return a.str() <=> b.str();
  }
  friend std::string operator+(const std::string& a, const ElementId& b) { return a + b.str(); }

 private:
  struct Shared {
    std::string text;
    std::atomic<std::uint32_t> owners{1};
    explicit Shared(std::string of) : text(std::move(of)) {}
  };
  static constexpr std::uintptr_t mark = 1;  // of a Shared: nothing else stands at an odd address

  explicit ElementId(std::uintptr_t held) : held_(held) {}
  static std::uintptr_t held_by(const Shared* shared) {
    return reinterpret_cast<std::uintptr_t>(shared) | mark;
  }
  Shared* shared() const {
    return (held_ & mark) != 0 ? reinterpret_cast<Shared*>(held_ & ~mark) : nullptr;
  }

  inline static const std::string nothing;
  std::uintptr_t held_;
};

}  // namespace riskd::engine
