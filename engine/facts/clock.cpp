#include "engine/facts/clock.hpp"

#include <algorithm>
#include <map>

#include "engine/facts/stamps.hpp"

namespace riskd::engine {

void bring_back_times(Product& product, Instant latest) {
  const auto bring_back = [&](Provenance& from) {
    from.at = std::min(from.at, latest);
    if (from.received.ms != 0) from.received = std::min(from.received, latest);
  };
  each_stamp(product, bring_back);
  for (auto& [name, suite] : product.suites) {
    suite.closed.bring_back_times(latest);
    // Copies of a product share what was said: what changes is new, once for all listings of a fact.
    std::map<Shared<Saying>, Shared<Saying>> corrected;
    suite.tests.change_all([&](KeptTest& test) {
      for (Listing& each : test.listed) {
        if (each.said->from.at <= latest) continue;
        Shared<Saying>& now = corrected[each.said];
        if (!now) {
          now = make_shared_value<Saying>(*each.said);
          bring_back(now.own().from);
        }
        each.said = now;
      }
      // What had different times may have the same one now: the later arrival holds.
      std::stable_sort(
          test.listed.begin(), test.listed.end(),
          [](const Listing& a, const Listing& b) { return is_older(a.said->from, b.said->from); });
    });
  }
}

}  // namespace riskd::engine
