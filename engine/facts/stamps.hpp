// The stamps of what a product knows: who said it, and when.
#pragma once

#include "engine/facts/product.hpp"

namespace riskd::engine {

// Calls `visit` with each Provenance of the product, except of the listings of tests: these are shared by
// copies of a product and never change.
template <typename Visit>
void each_stamp(Product& product, const Visit& visit) {
  const auto map = [&](RawMap& values) {
    for (auto& [name, value] : values) visit(value.from);
  };
  visit(product.title.from);
  visit(product.removed.from);
  map(product.fields);
  map(product.answers);
  for (auto& [id, component] : product.components) {
    visit(component.type.from);
    visit(component.removed.from);
    map(component.answers);
    map(component.fields);
  }
  for (auto& [key, decision] : product.decisions) visit(decision.from);
  if (product.approval) visit(product.approval->from);
  for (auto& [key, ticket] : product.tickets) {
    for (auto& each : ticket.seen) visit(each.from);
    if (ticket.told) visit(ticket.told->from);
    if (ticket.told_departed) visit(ticket.told_departed->from);
  }
  for (auto& [name, suite] : product.suites) {
    visit(suite.source_from);
    if (suite.retired) visit(*suite.retired);
    for (auto& [upload, run] : suite.runs) visit(run.from);
  }
}

}  // namespace riskd::engine
