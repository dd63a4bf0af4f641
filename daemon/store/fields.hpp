// The fields of a record: one byte that says the layout, then the fields in order. Whole numbers are LEB128
// (seven bits a byte, lowest first), moments the same after zigzag, texts a length and the bytes.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/instant.hpp"

namespace riskd::store {

class FieldWriter {
 public:
  explicit FieldWriter(char layout) : bytes_(1, layout) {}

  FieldWriter& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  FieldWriter& integer(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return number(bits << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  FieldWriter& moment(Instant value) { return integer(value.ms); }
  FieldWriter& text(std::string_view value) {
    number(value.size());
    bytes_ += value;
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first field that does not fit, all fields read as empty and `whole` is false.
class FieldReader {
 public:
  // `greatest`: of the layouts that are read, which count from 1.
  FieldReader(std::string_view bytes, char greatest) : bytes_(bytes) {
    layout_ = bytes.empty() ? '\0' : bytes.front();
    good_ = layout_ >= 1 && layout_ <= greatest;
    if (good_) bytes_.remove_prefix(1);
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; good_; shift += 7) {
      if (bytes_.empty() || shift > 63) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      if (shift == 63 && byte > 1) break;
      bytes_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::int64_t integer() {
    const std::uint64_t bits = number();
    return static_cast<std::int64_t>(bits >> 1 ^ (bits & 1 ? ~std::uint64_t{0} : 0));
  }
  int small_integer() {
    const std::int64_t value = integer();
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
      good_ = false;
      return 0;
    }
    return static_cast<int>(value);
  }
  bool flag() {
    const std::uint64_t value = number();
    if (value > 1) good_ = false;
    return value == 1;
  }
  Instant moment() { return Instant{integer()}; }
  std::string_view text() {
    const std::uint64_t size = number();
    if (!good_ || size > bytes_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  char layout() const { return layout_; }
  bool good() const { return good_; }
  bool whole() const { return good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  char layout_ = 0;
  bool good_ = false;
};

}  // namespace riskd::store
