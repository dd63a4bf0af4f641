// Who is at the other end of a socket.
#pragma once

#include "daemon/server/server.hpp"

namespace riskd::server {

// Of a Unix socket, as it was when the peer connected (SO_PEERCRED, SO_PEERGROUPS). Where the system does not say, nobody:
// the ids that no user and no group has.
Peer unix_peer_of(int fd, Peer::Way way);

// Of a TCP socket.
Peer tcp_peer_of(int fd);

}  // namespace riskd::server
