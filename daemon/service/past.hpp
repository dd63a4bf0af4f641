// What the store remembers of a product.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/service/service.hpp"
#include "daemon/store/store.hpp"

namespace riskd::service {

// Facts and changes after `after`, in order; `limit` of them, and those that have the seq of the last.
Result<std::vector<Service::HistoryEntry>> history_of(const store::Store& store,
                                                      const std::string& product,
                                                      std::uint64_t after, std::size_t limit);

// The facts that had been received by then. Error::corrupt where one does not decode.
Result<engine::Product> facts_at(const store::Store& store, const std::string& product, Instant at);

}  // namespace riskd::service
