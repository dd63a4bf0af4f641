// The id of an element of the model, cheap to copy: what every change of one says.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace riskd::engine {

// The policy's own text, or one of its own: then a copy copies it. Never without text; a pointer wide.
class ElementId {
 public:
  ElementId() : ElementId(of_policy(nothing)) {}
  explicit ElementId(std::string text) : held_(own(std::move(text))) {}
  // `id` lives longer than it and its copies.
  static ElementId of_policy(const std::string& id) {
    return ElementId(reinterpret_cast<std::uintptr_t>(&id));
  }
  ElementId(const ElementId& other)
      : held_(other.is_own() ? own(std::string(other.str())) : other.held_) {}
  ElementId(ElementId&& other) noexcept
      : held_(std::exchange(other.held_, reinterpret_cast<std::uintptr_t>(&nothing))) {}
  ElementId& operator=(ElementId other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~ElementId() {
    if (is_own()) delete &str();
  }

  const std::string& str() const { return *reinterpret_cast<const std::string*>(held_ & ~mark); }
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
  static constexpr std::uintptr_t mark = 1;  // of its own: no text stands at an odd address

  explicit ElementId(std::uintptr_t held) : held_(held) {}
  static std::uintptr_t own(std::string text) {
    return reinterpret_cast<std::uintptr_t>(new std::string(std::move(text))) | mark;
  }
  bool is_own() const { return (held_ & mark) != 0; }

  inline static const std::string nothing;
  std::uintptr_t held_;
};

}  // namespace riskd::engine
