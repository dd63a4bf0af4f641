// A product at one moment, as a start reads it instead of its facts. It can be made anew from them, but where retention
// has removed some: then the store also keeps one of that moment (store::Table::bases).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/instant.hpp"
#include "engine/facts/product.hpp"

namespace riskd::snapshot {

// What was derived of the facts. It holds while the same riskd evaluates them under the same policy.
struct Derived {
  std::string policy;  // the program's hash
  std::string riskd;   // its version
  double rating = 0;
  std::optional<Instant> next_change;
  bool has_notes = false;  // of its tickets: they are derived anew
};

struct Snapshot {
  engine::Product facts;  // all up to facts.last_seq
  Instant
      evaluated;  // when the product was last evaluated; of a base when the last fact was received
  Derived derived;          // nothing, of a base
  std::size_t bytes = 0;    // of its record
  bool is_current = false;  // this riskd would have folded the same facts to the same bytes
  std::optional<Instant>
      removed_since;  // of a base: when the first fact was received that was removed
};

std::string write_snapshot(const engine::Product& facts, Instant evaluated, const Derived& derived,
                           std::optional<Instant> removed_since = {});
// nullopt where the bytes are not a snapshot of this layout or an earlier one.
std::optional<Snapshot> read_snapshot(std::string_view bytes);

}  // namespace riskd::snapshot
