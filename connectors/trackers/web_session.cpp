#include "connectors/trackers/web_session.hpp"

namespace riskd::connectors {

RestOptions rest_options(const WebTrackerOptions& options,
                         std::vector<std::pair<std::string, std::string>> headers) {
  RestOptions rest;
  rest.url = options.url;
  rest.headers = std::move(headers);
  rest.proxy = options.proxy;
  rest.ca_file = options.ca_file;
  rest.timeout = options.timeout;
  rest.first_wait = options.first_wait;
  rest.clock = options.clock;
  return rest;
}

}  // namespace riskd::connectors
