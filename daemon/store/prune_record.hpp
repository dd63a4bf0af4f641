// What retention has removed: the body of an entry of kind `prune`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/entry.hpp"

namespace riskd::store {

struct PruneRecord {
  std::string product;
  std::uint64_t seq = 0;  // of the product's last fact that is in `base`
  // SHA-256 of the product's record in `bases`: its facts up to `seq`, folded, as they were before the removal.
  Digest base{};
  std::vector<std::uint64_t> positions;  // of the entries whose facts are gone, rising
};

std::string encode_prune(const PruneRecord& prune);
std::optional<PruneRecord> decode_prune(std::string_view bytes);

}  // namespace riskd::store
