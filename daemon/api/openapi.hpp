// The OpenAPI document of the socket: daemon/api/openapi, joined when riskd is built.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace riskd::api {

// The whole document, JSON.
const std::string& openapi_document();

// What it is joined of, in order; made by cmake/embed_openapi.cmake.
const std::vector<std::string_view>& openapi_pieces();

}  // namespace riskd::api
