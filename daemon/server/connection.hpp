// One client's connection: requests are read, handled and answered one after the other, so a client
// that sends several at once gets its answers in their order.
#pragma once

#include <memory>

#include "daemon/server/server.hpp"
#include "daemon/server/socket.hpp"
#include "daemon/server/stream_queue.hpp"

namespace riskd::server {

class Hold;
struct Core;

// Every method may be called from any thread unless it says otherwise; what they start goes on in
// the connection's own strand.
class Connection {
 public:
  virtual ~Connection() = default;
  // Reads requests until the client or the server ends the connection.
  virtual void serve() = 0;
  // Answers without reading a request, and ends.
  virtual void refuse(Response response) = 0;
  // The answer to the request that is handled now; dropped where none is.
  virtual void answer(Response response) = 0;
  // Sends what has come to the stream's queue.
  virtual void send_queued() = 0;
  // Ends after the request that is under way; a stream ends with what is queued.
  virtual void finish() = 0;
  // Ends now.
  virtual void abandon() = 0;
  // Ends now, on this thread. Only once no thread runs the server any more.
  virtual void close_stopped() = 0;
};

// Takes `fd`, a connected socket of `peer`, with TLS where `tls` is not null. `place` counts for it until it is closed; null
// where it is only refused; with TLS it is then closed without an answer, which would cost a handshake.
// `core` outlives the connection. Null, with `fd` closed, where the system cannot watch another socket.
std::shared_ptr<Connection> make_connection(int fd, const Peer& peer,
                                            std::shared_ptr<TlsContext> tls,
                                            std::shared_ptr<Hold> place, Core& core);

}  // namespace riskd::server
