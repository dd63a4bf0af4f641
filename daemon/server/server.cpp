#include "daemon/server/server.hpp"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cerrno>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "daemon/server/core.hpp"
#include "daemon/server/peer.hpp"
#include "daemon/server/peer_accounts.hpp"
#include "daemon/server/refusals.hpp"
#include "daemon/server/request_body.hpp"
#include "daemon/server/socket_file.hpp"

namespace riskd::server {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

constexpr std::size_t refused_at_once =
    64;  // over a limit, answered with 503 or 429 rather than cut off
constexpr std::chrono::milliseconds out_of_descriptors_pause{100};

class UnixServer : public Server {
 public:
  UnixServer(const ServerOptions& options, Handler& handler, SocketFile socket)
      : core_(std::make_shared<Core>(options, handler)),
        strand_(asio::make_strand(*core_->context)),
        socket_(std::move(socket)),
        listening_(strand_, socket_.fd()),
        pause_(strand_),
        work_(asio::make_work_guard(*core_->context)) {}

  ~UnixServer() override { stop(); }

  // Throws where the system gives no thread.
  void start() {
    wait_for_clients();
    const int threads = std::max(1, core_->options.threads);
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { core_->context->run(); });
  }

  void stop() override {
    const std::lock_guard lock(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    core_->stopping = true;
    asio::post(strand_, [this] { stop_listening(); });
    // Those that are accepted from now on see `stopping` themselves.
    for (const auto& connection : core_->serving.all()) connection->finish();
    for (const auto& connection : core_->refused.all()) connection->finish();
    core_->serving.wait_until_empty(std::chrono::seconds(core_->options.stop_seconds));
    core_->context->stop();
    for (std::thread& thread : threads_) thread.join();
    stop_listening();
    for (const auto& connection : core_->serving.all()) connection->close_stopped();
    for (const auto& connection : core_->refused.all()) connection->close_stopped();
  }

 private:
  void wait_for_clients() {
    listening_.async_wait(asio::posix::stream_descriptor::wait_read, [this](Code error) {
      if (error || core_->stopping) return;
      accept_waiting();
    });
  }

  void accept_waiting() {
    while (true) {
      const int fd = ::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0) {
        begin(fd);
        continue;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_for_clients();
      // No descriptors or memory: clients wait in the kernel's queue until there are again.
      pause_.expires_after(out_of_descriptors_pause);
      pause_.async_wait([this](Code error) {
        if (!error && !core_->stopping) wait_for_clients();
      });
      return;
    }
  }

  void begin(int fd) {
    const Peer peer = peer_of(fd);
    auto place = core_->accounts->open_connection(peer.uid);
    const bool has_place = place != nullptr;
    const auto connection = make_connection(fd, peer, std::move(place), *core_);
    if (!connection) return;
    const ServerOptions& options = core_->options;
    if (has_place && core_->serving.add(connection, options.connections))
      return connection->serve();
    if (!core_->refused.add(connection, refused_at_once)) return;  // closes
    connection->refuse(has_place ? too_many_connections(options.connections)
                                 : too_many_connections_of_peer(options.peer_connections));
  }

  void stop_listening() {
    if (!listening_.is_open()) return;
    listening_.release();
    pause_.cancel();
    socket_.close();
  }

  const std::shared_ptr<Core> core_;
  asio::strand<asio::io_context::executor_type> strand_;
  SocketFile socket_;
  asio::posix::stream_descriptor listening_;  // socket_'s descriptor, given back before it closes
  asio::steady_timer pause_;
  // Replies come from elsewhere: while only they are waited for, the threads stay.
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
  std::mutex stop_mutex_;
  bool stopped_ = false;  // guarded by stop_mutex_
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler& handler) {
  if (auto ready = prepare_spool_folder(options.spool_folder); !ready) {
    return failure(ready);
  }
  auto socket = SocketFile::listen(options.socket_path);
  if (!socket) return failure(socket);
  try {
    auto server = std::make_unique<UnixServer>(options, handler, std::move(*socket));
    server->start();
    return Result<std::unique_ptr<Server>>(std::move(server));
  } catch (const std::exception& error) {
    return fail(ErrorCode::unavailable,
                fmt::format("cannot serve at `{}`: {}", options.socket_path, error.what()));
  }
}

}  // namespace riskd::server
