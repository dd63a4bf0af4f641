// Takes connections at one place.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/server/core.hpp"
#include "daemon/server/server.hpp"
#include "daemon/server/socket.hpp"
#include "daemon/server/socket_file.hpp"

namespace riskd::server {

// Something to accept at.
class Listening {
 public:
  virtual ~Listening() = default;
  virtual int fd() const = 0;
  virtual void close() = 0;
  // Who has connected; and the answer where that one may not.
  virtual Peer peer_of(int fd) const = 0;
  virtual std::optional<Response> refusal_of(const Peer& peer) const = 0;
  // Null: no TLS.
  virtual std::shared_ptr<TlsContext> tls() const { return nullptr; }
};

// A Unix socket. `proxy_uid`: it is a proxy's, and only this user may connect.
std::unique_ptr<Listening> listen_at(SocketFile file, std::optional<std::uint32_t> proxy_uid);

class TlsListening : public Listening {
 public:
  // Error::unavailable where the address cannot be had, Error::invalid where it is none or a certificate cannot be used.
  static Result<std::unique_ptr<TlsListening>> open(const TlsListener& listener);
  ~TlsListening() override { close_now(); }
  TlsListening(const TlsListening&) = delete;

  int fd() const override { return fd_; }
  void close() override { close_now(); }
  Peer peer_of(int fd) const override;
  std::optional<Response> refusal_of(const Peer&) const override { return std::nullopt; }
  std::shared_ptr<TlsContext> tls() const override;

  const TlsListener& listener() const { return listener_; }
  std::string address() const;  // "127.0.0.1:8443"
  void replace(std::shared_ptr<TlsContext> context);

 private:
  TlsListening(TlsListener listener, int fd, std::shared_ptr<TlsContext> context)
      : listener_(std::move(listener)), fd_(fd), context_(std::move(context)) {}
  void close_now();

  const TlsListener listener_;
  int fd_;
  mutable std::mutex mutex_;
  std::shared_ptr<TlsContext> context_;  // guarded by mutex_
};

// Accepts until it is stopped, in a strand of its own.
class Acceptor {
 public:
  // `core` outlives it.
  Acceptor(Core& core, std::unique_ptr<Listening> listening);

  void start();
  // From any thread; goes on in the strand.
  void stop();
  // Only once no thread runs the server any more.
  void stop_now();

 private:
  void wait_for_clients();
  void accept_waiting();
  void begin(int fd);

  Core& core_;
  Strand strand_;
  const std::unique_ptr<Listening> listening_;
  boost::asio::posix::stream_descriptor descriptor_;  // listening_'s, given back before it closes
  boost::asio::steady_timer pause_;
};

}  // namespace riskd::server
