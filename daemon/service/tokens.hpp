// Tokens: what a program or person shows that does not come over a Unix socket.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/service/config.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

// What a token gives to who has its secret.
struct TokenGrant {
  std::string name;  // letters, digits, `-`, `_` and `.`
  std::vector<Role> roles;
  std::vector<std::string> products;  // globs; empty: all
  std::optional<Instant> expires;     // nullopt: never
};

struct Token {
  TokenGrant grant;
  Instant given;
  std::string giver;
  std::optional<Instant> revoked;
  std::string revoker;
  std::optional<Instant>
      used;  // last, of the last ten minutes or so before riskd stopped perhaps not
};

// A token is an entry of the log, and so is that it was revoked. Its secret is nowhere: the store has its SHA-256. It has 256
// random bits, so nobody finds it by trying, and no slower hash is needed.
//
// A name is never given again, so what a fact says of its poster means one token for ever.
//
// Usable from any thread.
class Tokens {
 public:
  // `writer` may not have started yet.
  Tokens(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}

  // Of the store.
  Status load();

  // Waits until it is durable. The secret: "riskd_" and 43 letters, digits, `-` and `_`. Error::conflict where there is or was a token of
  // this name, Error::invalid where something of it is not as it should be, Error::too_large where there are too many.
  Result<std::string> give(const TokenGrant& grant, const std::string& poster);
  // Waits until it is durable; from then on the token is refused. Error::not_found, or Error::conflict where it was already.
  Status revoke(const std::string& name, const std::string& poster);

  // Whether there is a token of this name that has not expired and was not revoked.
  bool holds(const std::string& name) const;

  std::vector<Token> all() const;  // in the order in which they were given

  // Whose secret it is, and notes that it was used. Error::forbidden says why it gives nothing: nobody has it, it has expired, or it was
  // revoked. Takes as long for any secret.
  Result<TokenGrant> show(std::string_view secret);

 private:
  struct Entry {
    TokenGrant grant;
    store::Digest hash{};
    Instant given;
    std::string giver;
    std::optional<Instant> revoked;  // guarded by mutex_, as the next
    std::string revoker;
    std::atomic<std::int64_t> used = 0, stored_use = 0;  // in milliseconds; 0: never
  };
  using EntryPtr = std::shared_ptr<Entry>;

  Status check(const TokenGrant& grant) const;
  EntryPtr find(const std::string& name) const;
  Status store(store::AccessRecord record, const std::string& poster);
  void note_use(Entry& entry, Instant now);

  Shared& shared_;
  Writer& writer_;
  std::mutex change_mutex_;  // one change at a time
  mutable std::mutex mutex_;
  std::vector<EntryPtr> entries_;  // guarded by mutex_
};

// The writer's part.
Status change_access(store::Transaction& transaction, const AccessWork& work, const Batch& batch);

}  // namespace riskd::service
