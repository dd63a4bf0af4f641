// Waits for the check of a large store, which goes on beside the service.
#pragma once

#include <thread>

#include "daemon/service/shared.hpp"

namespace riskd::service {

class StoreCheck {
 public:
  explicit StoreCheck(Shared& shared) : shared_(shared) {}
  ~StoreCheck() { stop(); }

  // What is damaged becomes shared.damage: from then on nothing is written.
  void start();
  void stop();

 private:
  Shared& shared_;
  std::thread thread_;
};

}  // namespace riskd::service
