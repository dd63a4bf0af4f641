#include "daemon/store/prune_record.hpp"

#include <algorithm>
#include <tuple>

#include "daemon/store/fields.hpp"

namespace riskd::store {

std::string encode_prune(const PruneRecord& prune) {
  FieldWriter writer(1);
  writer.text(prune.product)
      .number(prune.seq)
      .text({reinterpret_cast<const char*>(prune.base.data()), prune.base.size()})
      .number(prune.positions.size());
  std::uint64_t before = 0;
  for (const std::uint64_t position : prune.positions) {
    writer.number(position - before);
    before = position;
  }
  return writer.take();
}

std::optional<PruneRecord> decode_prune(std::string_view bytes) {
  FieldReader reader(bytes, 1);
  PruneRecord prune;
  prune.product = reader.text();
  prune.seq = reader.number();
  const std::string_view base = reader.text();
  if (base.size() != prune.base.size()) return std::nullopt;
  std::copy(base.begin(), base.end(), prune.base.begin());
  const std::uint64_t count = reader.number();
  std::uint64_t position = 0;
  for (std::uint64_t i = 0; i < count && reader.good(); ++i)
    prune.positions.push_back(position += reader.number());
  if (!reader.whole()) return std::nullopt;
  return prune;
}

}  // namespace riskd::store
