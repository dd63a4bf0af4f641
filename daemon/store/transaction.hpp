// The one writer's side of the store.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "daemon/store/environment.hpp"
#include "daemon/store/store.hpp"

namespace riskd::store {

// What the store and its transaction tell each other.
struct WriterState {
  std::atomic<std::uint64_t> last_seq{0};  // of the newest committed fact
  std::atomic<bool> writing{false};        // a Transaction exists and is not over
};

// Both outlive the transaction. Error::conflict while another one is not over.
Result<std::unique_ptr<Transaction>> begin_transaction(const Environment& environment,
                                                       WriterState& state);

// The key of the last entry of a numbered table; 0 where it is empty.
Result<std::uint64_t> last_number(const View& view, Table table);

}  // namespace riskd::store
