// Answers and values of fields that a policy takes and the next one does not.
#pragma once

#include <string>
#include <vector>

#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

// The ids, sorted, under `before`: "web.reach", "product.owner", "api/component.image". A value that only
// has another name under `after` is not among them. A value is, as soon as one of its choices is gone. What `before`
// did not take cannot be lost. Cost: the questions and fields of `before`, for each component.
std::vector<std::string> lost_under(const Program& before, const Program& after,
                                    const Product& product);

}  // namespace riskd::engine
