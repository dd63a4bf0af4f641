#include "daemon/server/peer.hpp"

#include <sys/socket.h>

namespace riskd::server {

Peer peer_of(int fd) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  Peer peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
    peer = {credentials.uid, credentials.gid, credentials.pid};
  } else {
    peer.uid = peer.gid = static_cast<std::uint32_t>(-1);
  }
  return peer;
}

}  // namespace riskd::server
