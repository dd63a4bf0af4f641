// A product as it was at a moment, with the facts and the rules of then.
#pragma once

#include <string>

#include "daemon/service/archive.hpp"
#include "daemon/service/shared.hpp"

namespace riskd::service {

// As Service::then.
Result<Then> then_of(const Shared& shared, PolicyArchive& archive, const std::string& product,
                     const Moment& moment);

}  // namespace riskd::service
