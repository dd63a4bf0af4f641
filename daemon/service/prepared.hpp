// A posting that was judged and evaluated beside the writer. It is right as long as the product and the
// policy are as they were.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/service/live.hpp"
#include "daemon/service/missing.hpp"
#include "daemon/service/posting.hpp"

namespace riskd::service {

struct Prepared {
  ViewPtr before;  // null: the product is new
  PolicyInForce policy;
  Instant now;                         // when the facts arrive, as far as is known
  Judged judged;                       // without error
  std::vector<std::string> bodies;     // of the facts that are taken, as they are stored
  std::shared_ptr<ProductView> after;  // with these facts; null where none is taken
  std::string changed;                 // wire::write_changed
  bool changes_nothing = true;
  std::vector<Missing> missing;
  std::string told;  // Posting::tell
};

// Whether it is of a report, which takes many times the memory of what is kept of it.
bool has_many_results(const Posting& posting);

// Whether the posting is worth to be evaluated beside the writer, and may be. `view` is null where there is no
// product.
bool is_large(const Posting& posting, const ProductView* view);

// Of a product that is as `before`, null where there is none. Where `judged` has an error, nothing else is there.
Prepared prepare(const Shared& shared, const Posting& posting, PolicyInForce policy, ViewPtr before,
                 Instant now);

}  // namespace riskd::service
