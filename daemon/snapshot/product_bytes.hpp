// A product's folded facts as bytes, and back. The bytes hold everything that later facts and any policy can read of
// them; nothing that is derived. They begin with the number of their layout: what a newer riskd wrote is not read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/facts/product.hpp"

namespace riskd::snapshot {

// Raised with each change of the facts' structures. What was written in an earlier layout is read, for it may be all that
// retention has left; facts that are folded anew may give other structures, with the same meaning.
//
//   1  all uploads are in SuiteFacts::runs
//   2  SuiteFacts::closed
inline constexpr char product_layout = 2;

char layout_of_product(std::string_view bytes);

std::string write_product(const engine::Product& product);
// nullopt where the bytes are not a whole product of this layout or an earlier one. Never reads out of bounds; takes no
// more memory than some hundred bytes for each byte that it is given.
std::optional<engine::Product> read_product(std::string_view bytes);

}  // namespace riskd::snapshot
