// Any bytes as a product's snapshot: reading never goes out of bounds, and what is read is written as it was read.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "daemon/snapshot/product_bytes.hpp"
#include "daemon/snapshot/snapshot.hpp"
#include "engine/facts/product.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace riskd::snapshot;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)read_snapshot(bytes);
  const auto product = read_product(bytes);
  if (!product) return 0;
  const auto again = read_product(write_product(*product));
  if (again && write_product(*again) == write_product(*product)) return 0;
  std::fputs("broken: a product that was read is written as it was read\n", stderr);
  std::abort();
}
