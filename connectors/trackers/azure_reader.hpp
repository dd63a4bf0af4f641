// Reading work items of Azure DevOps: one by its number, many by numbers or a query, their past, and
// whether one that is missing was deleted.
#pragma once

#include <boost/json/array.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "connectors/trackers/azure_json.hpp"
#include "connectors/trackers/azure_session.hpp"
#include "connectors/trackers/azure_types.hpp"

namespace riskd::connectors {

// Errors as of AzureSession.
class AzureReader {
 public:
  using Visit = std::function<void(AzureItem)>;

  // All outlive it.
  AzureReader(AzureSession& session, AzureTypes& types, const WebTrackerOptions& options)
      : session_(session), types_(types), options_(options) {}

  // From an answer; `closed` is filled in.
  Result<AzureItem> item_in(const boost::json::value& answer, const std::string& where);
  Result<AzureItem> read(const std::string& id);

  // Who did what, from the making on.
  Result<boost::json::array> updates(const std::string& id);
  Result<StatusOrigin> origin(const boost::json::array& updates, const std::string& state);

  // The numbers of the items that the condition of the query language finds, the lowest first: in one
  // project, or, where it is empty, everywhere.
  Result<std::vector<std::string>> query(const std::string& project, const std::string& condition);

  // Visits those of these numbers that can be read, and takes them out of `ids`. What cannot be understood
  // goes into the listing as unreadable, and out of `ids` too.
  Status each_of(std::set<std::string>& ids, TicketListing& listing, const Visit& visit);

  // Whether it is in the recycle bin. What is not, and cannot be read either, may be hidden.
  Result<bool> is_deleted(const std::string& id);

 private:
  AzureSession& session_;
  AzureTypes& types_;
  const WebTrackerOptions& options_;
};

}  // namespace riskd::connectors
