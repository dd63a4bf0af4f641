// The mark by which a tracker's ticket is known to be riskd's own, and whose it is.
#pragma once

#include <string>
#include <string_view>

#include "daemon/store/store.hpp"
#include "engine/facts/product.hpp"

namespace riskd::service {

// The store's 32 secret bytes, made at its first start.
Result<std::string> marker_key(store::Store& store);

// Hexadecimal HMAC-SHA256 over the three names, each preceded by its length.
std::string marker_of(std::string_view key, std::string_view product,
                      const engine::TicketKey& ticket);

// An effect's key as store and trackers take it: itself, or where it is long or holds outside text, its
// beginning and a keyed hash of it.
std::string outbox_key(std::string_view key, std::string_view effect_key);

}  // namespace riskd::service
