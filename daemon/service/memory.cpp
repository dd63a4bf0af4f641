#include "daemon/service/memory.hpp"

// Of mimalloc, where the program is linked with it: others give back by themselves.
extern "C" [[gnu::weak]] void mi_collect(bool force) noexcept;

namespace riskd::service {

void give_back_memory() {
  if (mi_collect != nullptr) mi_collect(true);
}

}  // namespace riskd::service
