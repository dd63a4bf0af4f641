// What the connections of one server share, and the list of them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "daemon/server/connection.hpp"
#include "daemon/server/peer_accounts.hpp"
#include "daemon/server/server.hpp"

namespace boost::asio {
class io_context;
}

namespace riskd::server {

// The open connections. Usable from any thread.
class ConnectionList {
 public:
  // Keeps `open` at how many there are; null: nobody asks.
  explicit ConnectionList(std::atomic<std::size_t>* open = nullptr) : count_(open) {}
  // Keeps the connection alive until it is removed. False, and not kept, where `capacity` are open.
  bool add(std::shared_ptr<Connection> connection, std::size_t capacity);
  void remove(const Connection* connection);
  std::vector<std::shared_ptr<Connection>> all() const;
  // False where some are still open after `patience`.
  bool wait_until_empty(std::chrono::seconds patience);

 private:
  void count();  // with mutex_

  std::atomic<std::size_t>* const count_;
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::unordered_map<const Connection*, std::shared_ptr<Connection>> open_;  // guarded by mutex_
};

// Outlives the server where a reply or a stream that somebody still holds refers to it: they may be
// used after the server has stopped, and then do nothing.
struct Core : std::enable_shared_from_this<Core> {
  Core(const ServerOptions& server_options, Handler& server_handler);
  ~Core();

  std::string next_request_id();      // from any thread
  Response counted(Response answer);  // one that the server gives itself; from any thread

  const ServerOptions options;
  Handler& handler;  // not used once the server has stopped
  const std::shared_ptr<Counts> counts = handler.counts();
  const std::shared_ptr<PeerAccounts> accounts = std::make_shared<PeerAccounts>(options);
  // Destroyed last: connections hold sockets of it, and its queue holds connections.
  const std::unique_ptr<boost::asio::io_context> context;
  std::atomic<bool> stopping = false;
  ConnectionList serving{&counts->connections};
  ConnectionList refused;  // over the limits, until they have read so

 private:
  const std::string id_prefix_;  // of this process
  std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace riskd::server
