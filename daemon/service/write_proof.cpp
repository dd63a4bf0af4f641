#include "daemon/service/write_proof.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

constexpr std::chrono::seconds proof_age(limits::write_proof_seconds);
constexpr std::chrono::milliseconds proof_patience(limits::write_proof_patience_ms);

bool is_ready(const std::shared_future<Status>& future) {
  return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

Status WriteProof::ask() {
  if (std::string error = writer_.write_error(); !error.empty())
    return fail(ErrorCode::unavailable, std::move(error));
  if (writer_.has_committed_within(proof_age)) return Done{};
  const std::shared_future<Status> proof = probe();
  if (proof.wait_for(proof_patience) == std::future_status::ready) return proof.get();
  return fail(ErrorCode::unavailable,
              fmt::format("a write has not ended within {} s", proof_patience.count() / 1'000));
}

// One at a time: who asks meanwhile waits for the same one.
std::shared_future<Status> WriteProof::probe() {
  const std::lock_guard lock(mutex_);
  if (under_way_.valid() && !is_ready(under_way_)) return under_way_;
  const auto promise = std::make_shared<std::promise<Status>>();
  under_way_ = promise->get_future().share();
  writer_.add(ProbeWork{[promise](Status done) { promise->set_value(std::move(done)); }});
  return under_way_;
}

}  // namespace riskd::service
