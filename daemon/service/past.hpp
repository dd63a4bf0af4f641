// What the store remembers of a product.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/service/corrections.hpp"
#include "daemon/service/service.hpp"
#include "daemon/store/store.hpp"

namespace riskd::service {

// Facts and changes after `after`, in order; `limit` of them, and those that have the seq of the last.
Result<std::vector<Service::HistoryEntry>> history_of(const store::Store& store,
                                                      const std::string& product,
                                                      std::uint64_t after, std::size_t limit);

// A product as its facts were at a moment.
struct Past {
  engine::Product facts;  // that had been received by then
  Corrections corrections;
  std::optional<Instant> begin;  // when the first fact of all was received
};
// Error::corrupt where a fact does not decode, Error::gone where retention has removed what was said by then.
Result<Past> past_of(const store::Store& store, const std::string& product, Instant at);

}  // namespace riskd::service
