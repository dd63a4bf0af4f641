#include "daemon/service/memory.hpp"

#include <mimalloc.h>

#include <array>
#include <cstddef>
#include <mutex>

// Not all programs are linked with it: sanitizers have an allocator of their own.
#pragma weak mi_collect
#pragma weak mi_option_get
#pragma weak mi_option_set

namespace riskd::service {
namespace {

// How long what is free stays as it is.
constexpr std::array delays{mi_option_decommit_delay, mi_option_segment_decommit_delay};

bool is_there() {
  return mi_collect != nullptr && mi_option_get != nullptr && mi_option_set != nullptr;
}

std::mutex mutex;  // guards all below
std::size_t living = 0;
std::array<long, delays.size()> usual{};

}  // namespace

GivingBack::GivingBack() {
  if (!is_there()) return;
  const std::scoped_lock lock(mutex);
  if (++living != 1) return;
  for (std::size_t i = 0; i < delays.size(); ++i) {
    usual[i] = mi_option_get(delays[i]);
    mi_option_set(delays[i], 0);
  }
}

GivingBack::~GivingBack() {
  if (!is_there()) return;
  mi_collect(true);
  const std::scoped_lock lock(mutex);
  if (--living != 0) return;
  for (std::size_t i = 0; i < delays.size(); ++i) mi_option_set(delays[i], usual[i]);
}

}  // namespace riskd::service
