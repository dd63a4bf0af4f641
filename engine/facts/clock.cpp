#include "engine/facts/clock.hpp"

#include <algorithm>
#include <memory>

#include "engine/facts/stamps.hpp"

namespace riskd::engine {

void bring_back_times(Product& product, Instant latest) {
  const auto bring_back = [&](Provenance& from) {
    from.at = std::min(from.at, latest);
    if (from.received.ms != 0) from.received = std::min(from.received, latest);
  };
  each_stamp(product, bring_back);
  for (auto& [name, suite] : product.suites) {
    for (auto& [key, listed] : suite.tests) {
      // Listings are shared by copies of a product: those that change are new.
      for (KeptEntry& each : listed) {
        if (each->from.at <= latest) continue;
        TestEntry entry = *each;
        bring_back(entry.from);
        each = std::make_shared<const TestEntry>(std::move(entry));
      }
      // What had different times may have the same one now: the later arrival holds.
      std::stable_sort(listed.begin(), listed.end(), [](const KeptEntry& a, const KeptEntry& b) {
        return is_older(a->from, b->from);
      });
    }
  }
}

}  // namespace riskd::engine
