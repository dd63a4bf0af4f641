// What each peer has open and in memory, held to the limits of ServerOptions, so that none takes all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "daemon/server/server.hpp"

namespace riskd::server {

class PeerAccounts;

// A connection or a request of a peer. It counts until the object goes. Usable from any thread.
class Hold {
 public:
  enum class Of : std::uint8_t { connection, request };

  Hold(std::shared_ptr<PeerAccounts> accounts, std::string peer, Of what)
      : accounts_(std::move(accounts)), peer_(std::move(peer)), what_(what) {}
  Hold(const Hold&) = delete;
  ~Hold();

  // More of the request's body is in memory, or none. Where the peer passes its limit, or all do, it does not count,
  // and the answer refuses the request.
  std::optional<Response> add_body(std::size_t bytes);
  void drop_body();                    // it is not in memory any more
  void add_answer(std::size_t bytes);  // counts, and is not refused: it is there

 private:
  friend class PeerAccounts;
  const std::shared_ptr<PeerAccounts> accounts_;
  const std::string peer_;  // as account_of gives it, or the handler
  const Of what_;
  std::size_t body_bytes_ = 0, answer_bytes_ = 0;  // guarded by the accounts' mutex
};

class PeerAccounts : public std::enable_shared_from_this<PeerAccounts> {
 public:
  // `options` outlives the object.
  explicit PeerAccounts(const ServerOptions& options) : options_(options) {}

  using HoldPtr = std::shared_ptr<Hold>;
  // Null where the peer has as many as it may.
  HoldPtr open_connection(const std::string& peer);
  HoldPtr begin_request(const std::string& peer);

  std::size_t body_bytes() const;  // in memory, of all peers

 private:
  friend class Hold;
  struct Account {
    std::size_t connections = 0, requests = 0, bytes = 0;
  };

  HoldPtr hold(const std::string& peer, Hold::Of what, std::size_t Account::*counted,
               std::size_t most);
  void end(const Hold& hold);

  const ServerOptions& options_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Account>
      accounts_;  // of peers with something; guarded by mutex_, as the next
  std::size_t body_bytes_ = 0;
};

}  // namespace riskd::server
