// Whether the store takes what is written, shown by a commit.
#pragma once

#include <future>
#include <mutex>

#include "daemon/service/writer.hpp"

namespace riskd::service {

// Usable from any thread.
class WriteProof {
 public:
  explicit WriteProof(Writer& writer) : writer_(writer) {}

  // A commit has succeeded in the last limits::write_proof_seconds, or one does now, of nothing that is in the log. Waits for
  // that at most limits::write_proof_patience_ms. The error says why not.
  Status ask();

 private:
  std::shared_future<Status> probe();

  Writer& writer_;
  std::mutex mutex_;
  std::shared_future<Status>
      under_way_;  // guarded by mutex_; not valid, or ready, where nothing is
};

}  // namespace riskd::service
