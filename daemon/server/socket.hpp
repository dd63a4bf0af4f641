// The socket of one connection, and the strand in which all steps of the connection run.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace riskd::server {

using Code = boost::system::error_code;
using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
using TlsContext = boost::asio::ssl::context;

// A connected socket, of the file system or of TCP, with TLS where it has a context for that. To Asio and Beast it is one
// stream: what is read and written is what the client says, whatever the wire carries.
class Socket {
 public:
  using executor_type = Strand;
  using Plain = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;

  // Takes `fd`, of this address family. Throws boost::system::system_error where the system cannot watch another socket;
  // `fd` is then still the caller's.
  Socket(const Strand& strand, int fd, int family, std::shared_ptr<TlsContext> tls)
      : plain_(strand, Plain::protocol_type(family, 0), fd), context_(std::move(tls)) {
    if (!context_) return;
    try {
      tls_.emplace(plain_, *context_);
    } catch (...) {
      plain_.release();
      throw;
    }
  }

  executor_type get_executor() { return plain_.get_executor(); }
  bool is_tls() const { return tls_.has_value(); }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    plain_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    plain_.async_write_some(buffers, std::forward<Handler>(handler));
  }

  // Of TLS only: before the first read, and before `close`.
  template <typename Handler>
  void async_handshake(Handler&& handler) {
    tls_->async_handshake(TlsStream::server, std::forward<Handler>(handler));
  }
  template <typename Handler>
  void async_say_goodbye(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }
  // The subject of the certificate that the client has shown and the context's authority has signed; empty where there is
  // none. After the handshake.
  std::string client_certificate();

  // Whether bytes have come that were not read. Of TLS they may be less than a record, and no input yet.
  bool has_input() {
    Code error;
    const bool has_decrypted = tls_ && ::SSL_has_pending(tls_->native_handle()) == 1;
    return has_decrypted || (plain_.available(error) > 0 && !error);
  }
  bool is_open() const { return plain_.is_open(); }
  void cancel() {
    Code ignored;
    plain_.cancel(ignored);
  }
  // The client is told that nothing more comes. Not of TLS, whose streams end as a whole.
  void end_sending() {
    Code ignored;
    if (!tls_) plain_.shutdown(Plain::shutdown_send, ignored);
  }
  void close() {
    Code ignored;
    plain_.shutdown(Plain::shutdown_both, ignored);
    plain_.close(ignored);
  }

 private:
  using TlsStream = boost::asio::ssl::stream<Plain&>;

  Plain plain_;
  std::shared_ptr<TlsContext> context_;  // null: no TLS
  std::optional<TlsStream> tls_;
};

}  // namespace riskd::server
