#include "daemon/server/acceptor.hpp"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "daemon/server/connection.hpp"
#include "daemon/server/peer.hpp"
#include "daemon/server/peer_accounts.hpp"
#include "daemon/server/refusals.hpp"

namespace riskd::server {
namespace {

namespace asio = boost::asio;

constexpr std::size_t refused_at_once =
    64;  // over a limit, answered with 503 or 429 rather than cut off
constexpr std::chrono::milliseconds out_of_descriptors_pause{100};

class UnixListening : public Listening {
 public:
  UnixListening(SocketFile file, std::optional<std::uint32_t> proxy_uid)
      : file_(std::move(file)), proxy_uid_(proxy_uid) {}

  int fd() const override { return file_.fd(); }
  void close() override { file_.close(); }
  Peer peer_of(int fd) const override {
    return unix_peer_of(fd, proxy_uid_ ? Peer::Way::proxy : Peer::Way::local);
  }
  std::optional<Response> refusal_of(const Peer& peer) const override {
    if (!proxy_uid_ || peer.uid == *proxy_uid_) return std::nullopt;
    return not_the_proxy();
  }

 private:
  SocketFile file_;
  const std::optional<std::uint32_t> proxy_uid_;
};

}  // namespace

std::unique_ptr<Listening> listen_at(SocketFile file, std::optional<std::uint32_t> proxy_uid) {
  return std::make_unique<UnixListening>(std::move(file), proxy_uid);
}

Acceptor::Acceptor(Core& core, std::unique_ptr<Listening> listening)
    : core_(core),
      strand_(asio::make_strand(*core.context)),
      listening_(std::move(listening)),
      descriptor_(strand_, listening_->fd()),
      pause_(strand_) {}

void Acceptor::start() { wait_for_clients(); }

void Acceptor::wait_for_clients() {
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](Code error) {
    if (error || core_.stopping) return;
    accept_waiting();
  });
}

void Acceptor::accept_waiting() {
  while (true) {
    const int fd = ::accept4(listening_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      begin(fd);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_for_clients();
    // No descriptors or memory: clients wait in the kernel's queue until there are again.
    pause_.expires_after(out_of_descriptors_pause);
    pause_.async_wait([this](Code error) {
      if (!error && !core_.stopping) wait_for_clients();
    });
    return;
  }
}

void Acceptor::begin(int fd) {
  const Peer peer = listening_->peer_of(fd);
  auto refusal = listening_->refusal_of(peer);
  auto place = refusal ? nullptr : core_.accounts->open_connection(account_of(peer));
  const bool has_place = place != nullptr;
  const auto connection = make_connection(fd, peer, listening_->tls(), std::move(place), core_);
  if (!connection) return;
  const ServerOptions& options = core_.options;
  if (has_place && core_.serving.add(connection, options.connections)) return connection->serve();
  if (!core_.refused.add(connection, refused_at_once)) return;  // closes
  if (!refusal) {
    refusal = has_place ? too_many_connections(options.connections)
                        : too_many_connections_of_peer(options.peer_connections);
  }
  connection->refuse(core_.counted(std::move(*refusal)));
}

void Acceptor::stop() {
  asio::post(strand_, [this] { stop_now(); });
}

void Acceptor::stop_now() {
  if (!descriptor_.is_open()) return;
  descriptor_.release();
  pause_.cancel();
  listening_->close();
}

}  // namespace riskd::server
