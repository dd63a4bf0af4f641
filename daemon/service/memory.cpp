#include "daemon/service/memory.hpp"

#include <mimalloc.h>

#include <chrono>

// Not all programs are linked with it: sanitizers have an allocator of their own.
#pragma weak mi_collect
#pragma weak mi_option_set

namespace riskd::service {
namespace {

constexpr std::chrono::seconds between_collections{5};

bool is_there() { return mi_collect != nullptr && mi_option_set != nullptr; }

}  // namespace

void give_back_at_once() {
  if (!is_there()) return;
  mi_option_set(mi_option_decommit_delay, 0);
  mi_option_set(mi_option_segment_decommit_delay, 0);
}

void give_back_now_and_then() {
  if (!is_there()) return;
  static thread_local std::chrono::steady_clock::time_point next;
  const auto now = std::chrono::steady_clock::now();
  if (now < next) return;
  next = now + between_collections;
  mi_collect(true);
}

GivingBack::~GivingBack() {
  if (is_there()) mi_collect(true);
}

}  // namespace riskd::service
