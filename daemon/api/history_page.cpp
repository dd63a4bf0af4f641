#include "daemon/api/history_page.hpp"

#include <utility>

namespace riskd::api {

Result<HistoryPage, server::Response> read_history_page(const Call& call) {
  if (!call.service.product(call.product())) return Unexpected(unknown_product(call.product()));
  auto limit = query_limit(call);
  if (!limit) return failure(limit);
  auto after = query_number(call, "after", 0);
  if (!after) return failure(after);
  auto entries = call.service.history(call.product(), *after, *limit);
  if (!entries) return Unexpected(refusal(entries.error(), *call.paths));
  HistoryPage page;
  if (entries->size() >= *limit) page.next = entries->back().seq;
  page.entries = std::move(*entries);
  return page;
}

json::value stored_json(const std::string& text) {
  json::error_code error;
  json::value value = json::parse(text, error);
  return error ? json::value(text) : value;
}

}  // namespace riskd::api
