// Who was given access, or lost it: the body of an entry of kind `access`. Who did it, and when, is in the entry's head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/entry.hpp"
#include "engine/base/instant.hpp"

namespace riskd::store {

struct AccessRecord {
  enum class Change : std::uint8_t { given, revoked };
  Change change = Change::given;
  std::string token;  // its name, which no other token has had or will have
  // Of a token that is given.
  Digest hash{};                      // SHA-256 of the secret, which is nowhere
  std::vector<std::string> roles;     // as riskd.toml names them
  std::vector<std::string> products;  // globs; empty: all
  std::optional<Instant> expires;
};

std::string encode_access(const AccessRecord& access);
std::optional<AccessRecord> decode_access(std::string_view bytes);

}  // namespace riskd::store
