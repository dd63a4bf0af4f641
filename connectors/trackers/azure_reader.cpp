#include "connectors/trackers/azure_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t items_a_request = 200;  // Azure DevOps gives no more
constexpr std::size_t updates_a_page = 200;
// A query that finds 20,000 fails as a whole.
constexpr std::size_t found_a_query = 10'000;

}  // namespace

Result<AzureItem> AzureReader::item_in(const json::value& answer, const std::string& where) {
  auto item = azure_item(answer, options_);
  if (!item) return refuse("its answer holds no work item with a state", where);
  if (Status filled = types_.fill_closed(*item); !filled) return failure(filled);
  return std::move(*item);
}

Result<AzureItem> AzureReader::read(const std::string& id) {
  const std::string path = azure_item_path(id);
  const auto answer = session_.get(path, {{"fields", azure_fields(options_)}});
  if (!answer) return failure(answer);
  auto item = item_in(*answer, path);
  if (item && item->view.key != id) return refuse("its answer is another work item", path);
  return item;
}

Result<json::array> AzureReader::updates(const std::string& id) {
  json::array all;
  const std::string path = "/_apis/wit/workItems/" + id + "/updates";
  for (std::size_t page = 0; page < limits::listing_pages; ++page) {
    const auto answer = session_.get(
        path, {{"$top", std::to_string(updates_a_page)}, {"$skip", std::to_string(all.size())}});
    if (!answer) return failure(answer);
    const json::value* part = member(*answer, "value");
    if (part == nullptr || !part->is_array())
      return refuse("its answer holds no list of updates", path);
    all.insert(all.end(), part->get_array().begin(), part->get_array().end());
    if (part->get_array().size() < updates_a_page) return all;
  }
  return fail(ErrorCode::too_large, fmt::format("more than {} pages", limits::listing_pages), path);
}

Result<StatusOrigin> AzureReader::origin(const json::array& updates, const std::string& state) {
  const auto own = session_.own();
  if (!own) return failure(own);
  return origin_in(azure_history(updates), state, *own);
}

// Pages by number: what changes meanwhile keeps its own, and none is read twice or never.
Result<std::vector<std::string>> AzureReader::query(const std::string& project,
                                                    const std::string& condition) {
  std::vector<std::string> ids;
  RestRequest request;
  request.method = "POST";
  request.reads = true;
  request.path = (project.empty() ? "" : azure_project_path(project)) + "/_apis/wit/wiql";
  request.query = {{"timePrecision", "true"}, {"$top", std::to_string(found_a_query)}};
  std::string last = "0";
  for (std::size_t page = 0; page < limits::listing_pages; ++page) {
    request.body = json::object{
        {"query", fmt::format("SELECT [System.Id] FROM WorkItems WHERE {}{} AND [System.Id] > {} "
                              "ORDER BY [System.Id]",
                              project.empty() ? "" : "[System.TeamProject] = @project AND ",
                              condition, last)}};
    const auto answer = session_.send(request);
    if (!answer) return failure(answer);
    const json::value* found = member(*answer, "workItems");
    if (found == nullptr || !found->is_array())
      return refuse("its answer holds no list of work items", request.path);
    for (const json::value& each : found->get_array()) {
      std::string id = text_at(each, "id");
      if (is_azure_id(id)) ids.push_back(std::move(id));
    }
    if (found->get_array().size() < found_a_query) return ids;
    if (ids.empty() || ids.back() == last)
      return refuse("its list of work items does not go on", request.path);
    last = ids.back();
  }
  return fail(ErrorCode::too_large, fmt::format("more than {} pages", limits::listing_pages),
              request.path);
}

Status AzureReader::each_of(std::set<std::string>& ids, TicketListing& listing,
                            const Visit& visit) {
  const std::vector<std::string> all(ids.begin(), ids.end());
  for (std::size_t begin = 0; begin < all.size(); begin += items_a_request) {
    std::string wanted;
    for (std::size_t i = begin; i < std::min(all.size(), begin + items_a_request); ++i)
      wanted += (wanted.empty() ? "" : ",") + all[i];
    // One that is not there makes the whole request fail otherwise; so it stands as null.
    const std::string path = "/_apis/wit/workitems";
    const auto answer = session_.get(
        path, {{"ids", wanted}, {"fields", azure_fields(options_)}, {"errorPolicy", "omit"}});
    if (!answer) return failure(answer);
    const json::value* list = member(*answer, "value");
    if (list == nullptr || !list->is_array())
      return refuse("its answer holds no list of work items", path);
    for (const json::value& each : list->get_array()) {
      const std::string id = text_at(each, "id");
      if (ids.erase(id) == 0) continue;
      auto item = item_in(each, azure_item_path(id));
      if (item) {
        visit(std::move(*item));
      } else if (item.error().code == ErrorCode::unavailable) {
        return failure(item);
      } else {
        listing.unreadable.push_back(item.error());
        listing.unreadable_keys.push_back(id);
      }
    }
  }
  return Done{};
}

Result<bool> AzureReader::is_deleted(const std::string& id) {
  const auto answer = session_.get("/_apis/wit/recyclebin/" + id);
  if (answer) return text_at(*answer, "id") == id;
  if (is_hidden(answer.error())) return false;
  return failure(answer);
}

}  // namespace riskd::connectors
