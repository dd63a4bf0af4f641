#include "daemon/server/peer.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace riskd::server {
namespace {

constexpr std::size_t most_groups = 65'536;  // NGROUPS_MAX of Linux

std::vector<std::uint32_t> groups_of(int fd) {
  std::vector<std::uint32_t> groups(32);
  for (;;) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
      groups.resize(size / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE || groups.size() >= most_groups) return {};
    groups.resize(size / sizeof(gid_t));
  }
}

std::string text_of(const in6_addr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  return text.data();
}

std::string text_of(const void* address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, address, text.data(), text.size());
  return text.data();
}

}  // namespace

Peer unix_peer_of(int fd, Peer::Way way) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  Peer peer;
  peer.way = way;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
    peer.groups = groups_of(fd);
  } else {
    peer.uid = peer.gid = static_cast<std::uint32_t>(-1);
  }
  return peer;
}

Peer tcp_peer_of(int fd) {
  Peer peer;
  peer.way = Peer::Way::tls;
  peer.uid = peer.gid = static_cast<std::uint32_t>(-1);
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return peer;
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    peer.address = fmt::format("{}:{}", text_of(&four.sin_addr), ntohs(four.sin_port));
  } else if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr);  // IPv4 on a socket of both
    peer.address =
        is_mapped ? fmt::format("{}:{}", text_of(&six.sin6_addr.s6_addr[12]), ntohs(six.sin6_port))
                  : fmt::format("[{}]:{}", text_of(six.sin6_addr), ntohs(six.sin6_port));
  }
  return peer;
}

std::string account_of(const Peer& peer) {
  if (peer.way != Peer::Way::tls) return std::to_string(peer.uid);
  std::string host = peer.address.substr(0, peer.address.rfind(':'));
  if (host.starts_with('[')) {
    in6_addr network{};
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &network) == 1) {
      std::memset(&network.s6_addr[8], 0, 8);
      host = text_of(network);
    }
  }
  return "address " + host;
}

}  // namespace riskd::server
