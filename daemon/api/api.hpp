// The routes of the socket: requests become calls of the service, its answers become JSON.
//
// Folder: access.hpp says who may do what, routes.cpp lists the routes, and each noun of a path has a
// file of its own, or shares one whose first line lists its nouns. Boost.JSON stays in this folder.
#pragma once

#include <memory>

#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"
#include "daemon/service/service.hpp"

namespace riskd::api {

// `service` must outlive the handler, and the handler the server. What takes long runs on threads of
// the handler; its destructor waits for them.
std::unique_ptr<server::Handler> make_handler(service::Service& service,
                                              const service::Config& config);

}  // namespace riskd::api
