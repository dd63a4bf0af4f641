// Reads the requests of one connection, one after the other, each within its deadline.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/server/core.hpp"
#include "daemon/server/deadline.hpp"
#include "daemon/server/peer_accounts.hpp"
#include "daemon/server/request_body.hpp"
#include "daemon/server/server.hpp"
#include "daemon/server/socket.hpp"

namespace riskd::server {

// Between two requests the reader keeps nothing of the earlier one but its terms, and its buffer has
// what the client sent ahead. While it reads, the connection's deadline is the reader's: set when it
// begins to wait, set again when the first bytes come, and not moved by later ones.
//
// Use in the connection's strand. The connection owns this object, and `Done` must keep the
// connection alive.
class RequestReader {
 public:
  // `peer` is read with each request.
  RequestReader(Core& core, const Peer& peer, Socket& socket, Deadline& deadline)
      : core_(core), peer_(peer), socket_(socket), deadline_(deadline) {}

  struct Incoming {
    Request request;
    std::optional<SpoolFile> body_file;  // the file that the request names, where it names one
    std::shared_ptr<Hold> held;          // counts the request for its peer
    std::optional<Response> refusal;     // of a request without a body that was not admitted
  };
  // The request; or the answer after which the connection must end, since the rest of what the client
  // sends cannot be understood or is not wanted; or nothing, where the client has gone.
  using Read = Result<Incoming, std::optional<Response>>;
  using Done = std::function<void(Read)>;

  // Reads the next request. The deadline is cancelled before `done` gets one.
  void read(Done done);

  // How the answer to the request that was read last must be sent. Where reading failed, what its head
  // said so far.
  struct Terms {
    bool is_http_1_0 = false;
    bool keep_alive = false;     // the client may send another request
    bool wants_no_body = false;  // HEAD
    std::string request_id;      // empty where none has begun
  };
  const Terms& terms() const { return terms_; }

  // Whether the first bytes of a request have come since `read`.
  bool has_begun() const { return has_begun_; }
  // Whether the client has sent something that has not been read.
  bool has_input() const;

  // Drops what has come of a request: `done` gets nothing. For a connection that is closed.
  void abandon();

 private:
  std::optional<Response> take(Handler::Admitted admitted);
  std::optional<Response> add_body(std::size_t bytes);
  std::optional<Response> count(std::size_t body_bytes);
  void set_deadline(const Done& done);
  void cut_off(const Done& done);
  void read_fields(Done done);
  void on_head(Done done);
  void read_body(Done done);
  void on_piece(Done done);
  void finish(const Done& done);
  void refuse(Response answer, const Done& done);  // counted
  void end(std::optional<Response> answer, const Done& done);
  void fail(Code error, const Done& done);

  Core& core_;
  const Peer& peer_;
  Socket& socket_;
  Deadline& deadline_;
  // Below 64 KiB: Beast throws for a longer field, and trailers are bounded by this alone.
  boost::beast::flat_buffer buffer_{48u << 10};
  std::optional<boost::beast::http::request_parser<boost::beast::http::buffer_body>> parser_;
  Terms terms_;
  Incoming incoming_;                // what is known of the request
  Handler::Admitted admitted_{};     // of the body
  std::size_t counted_bytes_ = 0;    // of the body, for the peer
  std::optional<RequestBody> body_;  // there while a body is read
  std::vector<char> piece_;          // what was read last of the body
  bool has_begun_ = false;
  bool timed_out_ = false;
  bool is_abandoned_ = false;
};

}  // namespace riskd::server
