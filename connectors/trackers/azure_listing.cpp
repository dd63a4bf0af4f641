#include "connectors/trackers/azure_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace riskd::connectors {
namespace {

constexpr std::size_t ids_a_query = 1'000;  // a query has 32,000 characters at most

// Takes the numbers that queries find, and then what is read of them.
class AzureCollector {
 public:
  explicit AzureCollector(const ListRequest& request) {
    for (const std::string& key : request.keys) {
      if (Status good = check_azure_id(key); good)
        keys.insert(key);
      else
        unreadable(key, good.error());
    }
  }

  void add(AzureItem item) {
    if (!item.view.marker.empty() || keys.contains(item.view.key))
      listing.tickets.push_back(std::move(item.view));
  }
  void unreadable(const std::string& key, Error error) {
    listing.unreadable.push_back(std::move(error));
    listing.unreadable_keys.push_back(key);
  }

  std::set<std::string> keys, wanted;
  TicketListing listing;
};

// What carries riskd's label in the projects, and what is known, wherever it is and whatever its tags are.
Status find_changes(AzureReader& reader, const WebTrackerOptions& options, Instant since,
                    AzureCollector& collector) {
  const std::string changed = fmt::format("[System.ChangedDate] >= '{}'", to_string(since));
  const std::string labelled =
      "[System.Tags] CONTAINS " + azure_quoted(options.label) + " AND " + changed;
  for (const std::string& project : options.projects) {
    const auto found = reader.query(project, labelled);
    if (found) {
      collector.wanted.insert(found->begin(), found->end());
    } else if (found.error().code == ErrorCode::not_found) {
      collector.listing.unreadable.push_back(found.error());  // does not hide the others
    } else {
      return failure(found);
    }
  }
  const std::vector<std::string> keys(collector.keys.begin(), collector.keys.end());
  for (std::size_t begin = 0; begin < keys.size(); begin += ids_a_query) {
    std::string ids;
    for (std::size_t i = begin; i < std::min(keys.size(), begin + ids_a_query); ++i)
      ids += (ids.empty() ? "" : ",") + keys[i];
    const auto found = reader.query("", fmt::format("[System.Id] IN ({}) AND {}", ids, changed));
    if (!found) return failure(found);
    collector.wanted.insert(found->begin(), found->end());
  }
  return Done{};
}

// One by one: what lies in the recycle bin was deleted. What was destroyed for good cannot be distinguished
// from what may no longer be seen.
Status read_missing(AzureReader& reader, AzureCollector& collector) {
  for (const std::string& id : collector.wanted) {
    auto item = reader.read(id);
    if (item) {
      collector.add(std::move(*item));
      continue;
    }
    if (item.error().code == ErrorCode::unavailable) return failure(item);
    if (!is_hidden(item.error())) {
      collector.unreadable(id, item.error());
      continue;
    }
    const auto deleted = reader.is_deleted(id);
    if (!deleted) return failure(deleted);
    if (*deleted) continue;
    collector.unreadable(
        id, {ErrorCode::forbidden,
             fmt::format("ticket {} may no longer be seen, or was destroyed for good", id),
             item.error().where});
  }
  return Done{};
}

}  // namespace

Result<TicketListing> list_azure(AzureSession& session, AzureReader& reader,
                                 const WebTrackerOptions& options, const ListRequest& request) {
  // A public project shows a part of itself without a sign-in.
  if (Status known = session.check_credentials(); !known) return failure(known);
  AzureCollector collector(request);
  // What changed within that time may not have been found.
  collector.listing.asked_at = {session.peer_now().ms - options.settle.count()};
  const bool all = request.since.ms <= 0;
  if (all) {
    collector.wanted = collector.keys;
  } else if (Status found = find_changes(reader, options, request.since, collector); !found) {
    return failure(found);
  }
  if (Status read = reader.each_of(collector.wanted, collector.listing,
                                   [&](AzureItem item) { collector.add(std::move(item)); });
      !read) {
    return failure(read);
  }
  if (all) {
    if (Status read = read_missing(reader, collector); !read) return failure(read);
  }
  return std::move(collector.listing);
}

}  // namespace riskd::connectors
