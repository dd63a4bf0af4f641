// After many failures in succession sends a peer nothing, and then tries it with one request after a
// pause that doubles with each failed try. Not safe for threads: its owner guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/base/instant.hpp"

namespace riskd::connectors {

class CircuitBreaker {
 public:
  static constexpr std::int64_t first_pause_ms = 30'000;
  static constexpr std::int64_t longest_pause_ms = 600'000;

  // Whether a request may be sent now. After a pause the first caller may, and the others wait for
  // what comes of it.
  bool allows(Instant now);

  void succeeded();
  void failed(Instant now);

  // Until when nothing is sent; nullopt while it is closed.
  std::optional<Instant> open_until() const;

 private:
  std::size_t failures_ = 0;  // in succession
  std::int64_t pause_ms_ = 0;
  std::optional<Instant> open_until_;
  bool probing_ = false;
};

}  // namespace riskd::connectors
