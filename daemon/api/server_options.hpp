// From riskd.toml to where the server listens.
#pragma once

#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"

namespace riskd::api {

server::ServerOptions server_options(const service::Config& config);

}  // namespace riskd::api
