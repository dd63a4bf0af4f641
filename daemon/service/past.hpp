// What the store remembers of a product.
#pragma once

#include <cstdint>
#include <functional>
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
  std::optional<Instant> begin;    // when the first fact of all was received
  std::uint64_t begin_policy = 0;  // the revision that was in force then
};
// Error::corrupt where a fact does not decode, Error::gone where retention has removed what was said by then.
Result<Past> past_of(const store::Store& store, const std::string& product, Instant at);

// The last moment of a UTC day.
Instant end_of(Date day);

// The product's facts at the end of each day from `first` to `last`, in order, until `visit` returns false.
// `has_changed`: they are others than at the visit before. Days before the first fact are left out, and those that
// past_of does not know any more. Reads the product's facts once.
using DayVisitor = std::function<bool(Date day, const engine::Product& facts, bool has_changed)>;
Status each_day(const store::Store& store, const std::string& product, Date first, Date last,
                const DayVisitor& visit);

}  // namespace riskd::service
