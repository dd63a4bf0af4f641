// The routes of the socket: requests become calls of the service, its answers become JSON.
//
// Folder: access.hpp says who may do what, routes.cpp lists the routes, and each noun of a path has a
// file of its own, or shares one whose first line lists its nouns. Boost.JSON stays in this folder.
#pragma once

#include <functional>
#include <memory>

#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"
#include "daemon/service/service.hpp"

namespace riskd::api {

// Who asks says which configuration holds now; from any thread. Limits and folders are those of the first answer.
using ConfigSource = std::function<std::shared_ptr<const service::Config>()>;

// `service` must outlive the handler, and the handler the server. What takes long runs on threads of
// the handler; its destructor waits for them.
std::unique_ptr<server::Handler> make_handler(service::Service& service, ConfigSource config);
// With one configuration.
std::unique_ptr<server::Handler> make_handler(service::Service& service,
                                              const service::Config& config);

}  // namespace riskd::api
