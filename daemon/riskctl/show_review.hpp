// What there is to approve of a product, for people: the answer of GET /v1/products/{product}/review.
#pragma once

#include <boost/json.hpp>

namespace riskd::riskctl {

void print_review(const boost::json::value& review);

}  // namespace riskd::riskctl
