// What riskd said of a product when UTC days ended: the numbers that are kept of each day.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/service/archive.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/store/day_record.hpp"

namespace riskd::service {

// The model's numbers; the rest of the record is left.
store::DayRecord summed(const engine::Model& model);

struct Days {
  Date first, last;
};

// The records of these days, which have ended, in order: what is shown of the facts that had been received by the end of each, under the
// policy that was in force then. A day on which the product did not exist has none, nor one that cannot be known any
// more. Where nothing has changed since the day before, nothing is evaluated; `view` is the product as it stands. Days
// that ended before `started` are marked as late. Stops, with Done, where `take` returns false. Reads the product's
// facts where some came after the first day.
//
// Where this riskd does not compile a day's policy, `skipped` is called with the error, and the day has no record.
using TakeDay = std::function<bool(store::DayRecord)>;
using SkipDay = std::function<void(const Error&)>;
Status roll_up(const Shared& shared, PolicyArchive& archive, const ProductView& view, Days days,
               Instant started, const TakeDay& take, const SkipDay& skipped);

}  // namespace riskd::service
