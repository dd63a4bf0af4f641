// A page of what the store has of a product, for the routes that list facts and changes.
#pragma once

#include <string>
#include <vector>

#include "daemon/api/call.hpp"

namespace riskd::api {

struct HistoryPage {
  std::vector<service::Service::HistoryEntry> entries;
  json::value next;  // null at the end
};

// As the query's `limit` and `after` say. 404 where there is no such product.
Result<HistoryPage, server::Response> read_history_page(const Call& call);

// A body of the store as JSON; text where it does not parse.
json::value stored_json(const std::string& text);

}  // namespace riskd::api
