// A request's way back from its handler.
#pragma once

#include <memory>
#include <optional>

#include "daemon/server/request_body.hpp"
#include "daemon/server/server.hpp"

namespace riskd::server {

class Hold;
struct Core;
class Connection;

// The function that a handler is given. The first call answers and removes the spooled body, others
// do nothing. Where the last copy goes without a call, the client gets 500. `held` counts the body until then.
Handler::Reply make_reply(std::shared_ptr<Core> core, const std::shared_ptr<Connection>& connection,
                          std::optional<SpoolFile> body, std::shared_ptr<Hold> held);

}  // namespace riskd::server
