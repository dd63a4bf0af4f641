// Sends on the socket of one connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "daemon/server/deadline.hpp"
#include "daemon/server/socket.hpp"

namespace riskd::server {

// At most one write is under way. Its bytes are kept until `Written` is called, and no longer.
//
// Use in the connection's strand. The connection owns this object, and `Written` must keep the
// connection alive.
class SocketWriter {
 public:
  SocketWriter(Socket& socket, Deadline& deadline) : socket_(socket), deadline_(deadline) {}

  // With an error where the client has gone, or where nothing went out within the patience.
  using Written = std::function<void(Code)>;

  // Sends `head`, then `body`. With `patience`, the connection's deadline is set anew whenever some
  // of it has gone out, and cancelled at the end; without, it is left as it is.
  void write(std::string head, std::string body, std::optional<std::chrono::seconds> patience,
             Written written);
  // The write that is under way does not set the deadline any more.
  void leave_deadline() { patience_.reset(); }

 private:
  void write_rest(std::size_t sent, Written written);

  Socket& socket_;
  Deadline& deadline_;
  std::string head_;
  std::string body_;
  std::optional<std::chrono::seconds> patience_;
};

}  // namespace riskd::server
