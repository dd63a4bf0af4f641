#include "daemon/wire/hash.hpp"

#include <openssl/crypto.h>

#include <array>

#include "dsl/text/sha256.hpp"

namespace riskd::wire {
std::string sha256(std::istream& input, std::string_view head) {
  dsl::Sha256 sum;
  sum.add(head);
  std::array<char, 65'536> piece{};
  while (input.read(piece.data(), piece.size()) || input.gcount() > 0)
    sum.add({piece.data(), static_cast<std::size_t>(input.gcount())});
  return sum.digits();
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace riskd::wire
