// `openapi.json`: what every request and answer of the socket looks like.
#include "daemon/api/openapi.hpp"

#include "daemon/api/routes.hpp"

namespace riskd::api {

const std::string& openapi_document() {
  static const std::string document = [] {
    std::string text;
    for (const std::string_view piece : openapi_pieces()) text += piece;
    return text;
  }();
  return document;
}

void get_openapi(const CallPtr& call) {
  server::Response response;
  response.body = openapi_document();
  call->reply(std::move(response));
}

}  // namespace riskd::api
