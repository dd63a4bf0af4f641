#include "daemon/snapshot/snapshot.hpp"

#include <bit>

#include "daemon/snapshot/product_bytes.hpp"
#include "daemon/store/fields.hpp"

namespace riskd::snapshot {
namespace {

constexpr char layout = 1;

void write(store::FieldWriter& writer, const std::optional<Instant>& value) {
  writer.number(value ? 1 : 0);
  if (value) writer.moment(*value);
}

std::optional<Instant> read(store::FieldReader& reader) {
  return reader.flag() ? std::optional(reader.moment()) : std::nullopt;
}

}  // namespace

std::string write_snapshot(const engine::Product& facts, Instant evaluated, const Derived& derived,
                           std::optional<Instant> removed_since) {
  store::FieldWriter writer(layout);
  writer.moment(evaluated)
      .text(derived.policy)
      .text(derived.riskd)
      .number(std::bit_cast<std::uint64_t>(derived.rating));
  write(writer, derived.next_change);
  writer.number(derived.has_notes ? 1 : 0);
  write(writer, removed_since);
  writer.text(write_product(facts));
  return writer.take();
}

std::optional<Snapshot> read_snapshot(std::string_view bytes) {
  store::FieldReader reader(bytes, layout);
  Snapshot snapshot;
  snapshot.evaluated = reader.moment();
  snapshot.derived.policy = reader.text();
  snapshot.derived.riskd = reader.text();
  snapshot.derived.rating = std::bit_cast<double>(reader.number());
  snapshot.derived.next_change = read(reader);
  snapshot.derived.has_notes = reader.flag();
  snapshot.removed_since = read(reader);
  const auto product = reader.text();
  snapshot.is_current = layout_of_product(product) == product_layout;
  auto facts = read_product(product);
  if (!facts || !reader.whole()) return std::nullopt;
  snapshot.facts = std::move(*facts);
  snapshot.bytes = bytes.size();
  return snapshot;
}

}  // namespace riskd::snapshot
