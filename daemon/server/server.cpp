#include "daemon/server/server.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "daemon/server/acceptor.hpp"
#include "daemon/server/core.hpp"
#include "daemon/server/request_body.hpp"
#include "daemon/server/socket_file.hpp"
#include "daemon/server/tls.hpp"

namespace riskd::server {
namespace {

namespace asio = boost::asio;

class ListeningServer : public Server {
 public:
  ListeningServer(const ServerOptions& options, Handler& handler)
      : core_(std::make_shared<Core>(options, handler)),
        work_(asio::make_work_guard(*core_->context)) {}

  ~ListeningServer() override { stop(); }

  // All of these before `start`. They throw where the system cannot watch another socket.
  void add(std::unique_ptr<Listening> listening) {
    acceptors_.push_back(std::make_unique<Acceptor>(*core_, std::move(listening)));
  }
  void add(std::unique_ptr<TlsListening> listening) {
    tls_.push_back(listening.get());
    tls_addresses_.push_back(listening->address());
    note_certificate(*listening);
    add(std::unique_ptr<Listening>(std::move(listening)));
  }
  void start() {
    for (const auto& acceptor : acceptors_) acceptor->start();
    const int threads = std::max(1, core_->options.threads);
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { core_->context->run(); });
  }

  void stop() override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    core_->stopping = true;
    for (const auto& acceptor : acceptors_) acceptor->stop();
    // Those that are accepted from now on see `stopping` themselves.
    for (const auto& connection : core_->serving.all()) connection->finish();
    for (const auto& connection : core_->refused.all()) connection->finish();
    core_->serving.wait_until_empty(std::chrono::seconds(core_->options.stop_seconds));
    core_->context->stop();
    for (std::thread& thread : threads_) thread.join();
    for (const auto& acceptor : acceptors_) acceptor->stop_now();
    for (const auto& connection : core_->serving.all()) connection->close_stopped();
    for (const auto& connection : core_->refused.all()) connection->close_stopped();
  }

  Result<std::function<void()>> read_certificates() override {
    std::vector<std::shared_ptr<TlsContext>> contexts;
    for (const TlsListening* listening : tls_) {
      auto made = make_tls_context(listening->listener());
      if (!made) return failure(made);
      contexts.push_back(std::move(*made));
    }
    return std::function<void()>([this, contexts] {
      for (std::size_t i = 0; i < tls_.size(); ++i) {
        tls_[i]->replace(contexts[i]);
        note_certificate(*tls_[i]);
      }
    });
  }

  std::vector<std::string> tls_addresses() const override { return tls_addresses_; }

 private:
  void note_certificate(const TlsListening& listening) {
    if (const auto end = certificate_end(listening.listener().certificate_file))
      core_->counts->certificates.set(listening.address(), *end);
  }

  const std::shared_ptr<Core> core_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<TlsListening*> tls_;  // of acceptors_
  std::vector<std::string> tls_addresses_;
  // Replies come from elsewhere: while only they are waited for, the threads stay.
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;      // of stopping
  bool stopped_ = false;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler& handler) {
  if (auto ready = prepare_spool_folder(options.spool_folder); !ready) {
    return failure(ready);
  }
  try {
    auto server = std::make_unique<ListeningServer>(options, handler);
    auto socket = options.given_socket < 0
                      ? SocketFile::listen(options.socket_path, options.socket_access)
                      : SocketFile::adopt(options.socket_path, options.given_socket);
    if (!socket) return failure(socket);
    server->add(listen_at(std::move(*socket), std::nullopt));
    for (const ProxyListener& proxy : options.proxies) {
      auto file = SocketFile::listen(proxy.path, proxy.access);
      if (!file) return failure(file);
      server->add(listen_at(std::move(*file), proxy.uid));
    }
    for (const TlsListener& listener : options.tls) {
      auto listening = TlsListening::open(listener);
      if (!listening) return failure(listening);
      server->add(std::move(*listening));
    }
    server->start();
    return Result<std::unique_ptr<Server>>(std::move(server));
  } catch (const std::exception& error) {
    return fail(ErrorCode::unavailable,
                fmt::format("cannot serve at `{}`: {}", options.socket_path, error.what()));
  }
}

}  // namespace riskd::server
