// SHA-256 (FIPS 180-4), of bytes that come piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace riskd::dsl {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  std::string digits();  // 64, hexadecimal; once, at the end

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace riskd::dsl
