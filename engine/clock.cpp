#include "engine/clock.hpp"

#include <algorithm>
#include <memory>

namespace riskd::engine {
namespace {

class BringingBack {
 public:
  explicit BringingBack(Instant latest) : latest_(latest) {}

  void product(Product& of) const {
    stamped(of.title);
    stamped(of.removed);
    map(of.fields);
    map(of.answers);
    for (auto& [id, component] : of.components) {
      stamped(component.type);
      stamped(component.removed);
      map(component.answers);
      map(component.fields);
    }
    for (auto& [key, decision] : of.decisions) stamped(decision);
    if (of.approval) stamped(*of.approval);
    for (auto& [key, ticket] : of.tickets) {
      for (auto& each : ticket.seen) stamped(each);
      if (ticket.told) stamped(*ticket.told);
      if (ticket.told_departed) stamped(*ticket.told_departed);
    }
    for (auto& [name, suite] : of.suites) tests(suite);
  }

 private:
  void from(Provenance& of) const {
    of.at = std::min(of.at, latest_);
    if (of.received.ms != 0) of.received = std::min(of.received, latest_);
  }
  template <typename T>
  void stamped(Stamped<T>& of) const {
    from(of.from);
  }
  void map(RawMap& values) const {
    for (auto& [name, value] : values) stamped(value);
  }
  void tests(SuiteFacts& suite) const {
    from(suite.source_from);
    if (suite.retired) from(*suite.retired);
    for (auto& [upload, run] : suite.runs) from(run.from);
    for (auto& [key, listed] : suite.tests) {
      // Listings are shared by copies of a product: those that change are new.
      for (KeptEntry& each : listed) {
        if (each->from.at <= latest_) continue;
        TestEntry entry = *each;
        from(entry.from);
        each = std::make_shared<const TestEntry>(std::move(entry));
      }
      // What had different times may have the same one now: the later arrival holds.
      std::stable_sort(listed.begin(), listed.end(), [](const KeptEntry& a, const KeptEntry& b) {
        return is_older(a->from, b->from);
      });
    }
  }

  const Instant latest_;
};

}  // namespace

void bring_back_times(Product& product, Instant latest) { BringingBack(latest).product(product); }

}  // namespace riskd::engine
