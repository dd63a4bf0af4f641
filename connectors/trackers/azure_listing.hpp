// Listings of work items: what changed since a moment, or all that is known.
#pragma once

#include "connectors/trackers/azure_reader.hpp"
#include "connectors/trackers/azure_session.hpp"

namespace riskd::connectors {

// As Tracker::list.
Result<TicketListing> list_azure(AzureSession& session, AzureReader& reader,
                                 const WebTrackerOptions& options, const ListRequest& request);

}  // namespace riskd::connectors
