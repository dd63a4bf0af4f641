#include "daemon/service/marker.hpp"

#include <fmt/format.h>

#include <cctype>

#include "daemon/service/secrets.hpp"

namespace riskd::service {

namespace {
constexpr std::size_t key_bytes = 32;
constexpr std::string_view meta_name = "key";
constexpr std::size_t longest_key_bytes = 200;

}  // namespace

Result<std::string> marker_key(store::Store& store) {
  auto known = store.meta(meta_name);
  if (!known) return failure(known);
  if (*known) {
    if ((*known)->size() == key_bytes) return std::move(**known);
    return fail(ErrorCode::corrupt, "the store's key is not 32 bytes long", "meta/key");
  }
  auto key = random_bytes(key_bytes);
  if (!key) return key;
  auto transaction = store.begin();
  if (!transaction) return failure(transaction);
  if (Status put = (*transaction)->put_meta(meta_name, *key); !put) {
    return failure(put);
  }
  if (Status done = (*transaction)->commit(); !done) return failure(done);
  return key;
}

std::string marker_of(std::string_view key, std::string_view product,
                      const engine::TicketKey& ticket) {
  std::string message;
  for (const std::string_view part :
       {product, std::string_view(ticket.ticket), std::string_view(ticket.element)}) {
    message += fmt::format("{}:", part.size());
    message += part;
  }
  return hmac_sha256(key, message);
}

std::string outbox_key(std::string_view key, std::string_view effect_key) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("|/._:").find(static_cast<char>(c)) != std::string_view::npos;
  };
  std::size_t plain = 0;
  while (plain < effect_key.size() && plain < longest_key_bytes) {
    const bool dash = effect_key[plain] == '-' && (plain == 0 || effect_key[plain - 1] != '-');
    if (!dash && !is_plain(static_cast<unsigned char>(effect_key[plain]))) break;
    ++plain;
  }
  if (plain == effect_key.size()) return std::string(effect_key);
  return std::string(effect_key.substr(0, plain)) + "_" + hmac_sha256(key, effect_key);
}

}  // namespace riskd::service
