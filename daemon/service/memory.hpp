// Memory that is free, and that the allocator would still keep.
#pragma once

namespace riskd::service {

// From now on memory that becomes free goes back to the system at once, and not after a delay: what is due after a delay
// goes back only when its thread frees something again, so many threads that take turns at large work would keep more
// and more.
void give_back_at_once();

// For a thread that goes on for as long as riskd does, after a piece of work: the pages that it keeps for each size that it
// has ever needed go back where they are empty, at most once in some seconds.
void give_back_now_and_then();

// At its end what this thread has freed before goes back, and what threads left behind that have ended. For something
// large, which comes seldom.
class GivingBack {
 public:
  GivingBack() = default;
  ~GivingBack();
  GivingBack(const GivingBack&) = delete;
  GivingBack& operator=(const GivingBack&) = delete;
};

}  // namespace riskd::service
