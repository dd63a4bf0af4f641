// What is wrong with a posting, before anything of it is stored. Pure: the writer asks, and decides.
#pragma once

#include <optional>
#include <vector>

#include "daemon/service/live.hpp"
#include "engine/resolve.hpp"

namespace riskd::service {

// Of its product and version; `view` is null where there is no product.
std::optional<PostError> refusal(const Posting& posting, const ProductView* view);

// What makes a posting stale, though the product is there and nothing else is wrong with it.
std::optional<PostError> stale(const Posting& posting, const PolicyInForce& policy,
                               const ProductView& view);

// Resolves one fact after the other, each as if those before it were folded.
std::vector<engine::FactError> resolve_all(const engine::Program& program,
                                           const engine::Product& product,
                                           std::vector<PostedFact>& facts, Instant now);

// The same, with the errors of each. Whether those after a wrong fact see it.
enum class Wrong { counts, is_left_out };
std::vector<std::vector<engine::FactError>> resolve_each(const engine::Program& program,
                                                         const engine::Product& product,
                                                         std::vector<PostedFact>& facts,
                                                         Instant now, Wrong wrong);

// `errors` is not empty.
PostError not_taken(std::vector<engine::FactError> errors);

}  // namespace riskd::service
