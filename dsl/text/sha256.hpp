// SHA-256 (FIPS 180-4), of bytes that come piece by piece.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace riskd::dsl {

using Digest = std::array<std::uint8_t, 32>;
std::string digits_of(const Digest& digest);  // 64, hexadecimal

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  // Of all bytes since it was made, or since the last call of one of these; then it begins anew.
  Digest digest();
  std::string digits() { return digits_of(digest()); }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace riskd::dsl
