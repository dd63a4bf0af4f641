// Memory that is free, and that the allocator still has.
#pragma once

namespace riskd::service {

// Gives it back to the system: what this thread has freed, and what threads that have ended left behind. After something
// large, which comes seldom.
void give_back_memory();

}  // namespace riskd::service
