// The effects that trackers still miss, as entries of the outbox.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/service/shared.hpp"

namespace riskd::service {

struct Missing {
  std::shared_ptr<Pending> pending;  // nobody else has it yet
  std::string body;                  // of its record; empty: to be written when it is stored
};

// Effects that engine::reconcile gave for a product, in the order of their keys in the outbox.
std::vector<Missing> missing_of(const Shared& shared, const engine::Product& product,
                                std::vector<engine::Effect> effects);

// What is missing for a product as it stands; its notes are new then.
std::vector<Missing> reconciled(const Shared& shared, ProductView& view);

}  // namespace riskd::service
