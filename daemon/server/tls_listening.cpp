#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/server/acceptor.hpp"
#include "daemon/server/peer.hpp"
#include "daemon/server/tls.hpp"

namespace riskd::server {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

std::optional<Address> address_of(const TlsListener& listener) {
  Address address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.bytes);
  if (::inet_pton(AF_INET, listener.address.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(listener.port);
    address.size = sizeof(four);
    return address;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(address.bytes);
  if (::inet_pton(AF_INET6, listener.address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(listener.port);
    address.size = sizeof(six);
    return address;
  }
  return std::nullopt;
}

void set(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof(value));
}

}  // namespace

Result<std::unique_ptr<TlsListening>> TlsListening::open(const TlsListener& listener) {
  const auto address = address_of(listener);
  const std::string place = fmt::format("{} port {}", listener.address, listener.port);
  if (!address)
    return fail(ErrorCode::invalid,
                fmt::format("`{}` is no IPv4 or IPv6 address", listener.address));
  auto context = make_tls_context(listener);
  if (!context) return failure(context);
  const int fd = ::socket(address->bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail(ErrorCode::unavailable,
                fmt::format("cannot listen at {}: {}", place, std::strerror(errno)));
  std::unique_ptr<TlsListening> made(new TlsListening(listener, fd, std::move(*context)));
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);  // connections of a process that has ended may still linger
  if (address->bytes.ss_family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);  // `::` is both
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address->bytes), address->size) != 0 ||
      ::listen(fd, SOMAXCONN) != 0) {
    const auto code = errno == EADDRINUSE ? ErrorCode::conflict : ErrorCode::unavailable;
    return fail(code, fmt::format("cannot listen at {}: {}", place, std::strerror(errno)));
  }
  return made;
}

std::vector<Error> check_tls(const ServerOptions& options, Instant now) {
  constexpr std::int64_t soon_ms = 14LL * 24 * 3'600'000;
  std::vector<Error> wrong;
  for (const TlsListener& listener : options.tls) {
    if (const auto opened = TlsListening::open(listener);
        !opened && opened.error().code != ErrorCode::conflict)
      wrong.push_back(opened.error());
    const auto end = certificate_end(listener.certificate_file);
    if (!end || end->ms - now.ms > soon_ms) continue;
    wrong.push_back({ErrorCode::invalid,
                     fmt::format("the certificate {} at {}",
                                 *end <= now ? "has ended" : "ends soon,", to_string(*end)),
                     listener.certificate_file});
  }
  return wrong;
}

Peer TlsListening::peer_of(int fd) const {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  return tcp_peer_of(fd);
}

std::shared_ptr<TlsContext> TlsListening::tls() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

void TlsListening::replace(std::shared_ptr<TlsContext> context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

std::string TlsListening::address() const {
  sockaddr_storage bytes{};
  socklen_t size = sizeof(bytes);
  std::uint16_t port = listener_.port;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&bytes), &size) == 0) {
    port =
        ntohs(bytes.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(bytes).sin_port
                                         : reinterpret_cast<const sockaddr_in6&>(bytes).sin6_port);
  }
  const bool is_six = listener_.address.find(':') != std::string::npos;
  return is_six ? fmt::format("[{}]:{}", listener_.address, port)
                : fmt::format("{}:{}", listener_.address, port);
}

void TlsListening::close_now() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace riskd::server
