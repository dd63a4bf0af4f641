// Memory that is free, and that the allocator would still keep.
#pragma once

namespace riskd::service {

// While one lives, memory that becomes free goes back to the system at once. At its end so does what this thread has freed
// before, and what threads left behind that have ended. For something large, which comes seldom.
class GivingBack {
 public:
  GivingBack();
  ~GivingBack();
  GivingBack(const GivingBack&) = delete;
  GivingBack& operator=(const GivingBack&) = delete;
};

}  // namespace riskd::service
