// Who is at the other end of a Unix socket.
#pragma once

#include "daemon/server/server.hpp"

namespace riskd::server {

// As it was when the peer connected (SO_PEERCRED). Where the system does not say, nobody: the ids
// that no user and no group has.
Peer peer_of(int fd);

}  // namespace riskd::server
