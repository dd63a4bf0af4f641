#include "daemon/service/then.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/service/past.hpp"
#include "daemon/service/recorded.hpp"

namespace riskd::service {
namespace {

// Why there was no such product then.
Status check_existed(const Past& past, Instant at) {
  const engine::Product& facts = past.facts;
  if (facts.last_seq == 0) {
    return fail(ErrorCode::not_found,
                fmt::format("there was no product `{}` at {}; its first fact is of {}", facts.id,
                            to_string(at), past.begin ? to_string(*past.begin) : "no time"));
  }
  if (facts.removed.value) {
    return fail(ErrorCode::not_found,
                fmt::format("there was no product `{}` at {}; it was removed at {}", facts.id,
                            to_string(at), to_string(facts.removed.from.at)));
  }
  return Done{};
}

// The product before its first fact: its lines of changes say what is different from that. nullopt where this riskd does
// not compile the policy of then.
std::optional<engine::Model> model_at_begin(PolicyArchive& archive, const Past& past) {
  const auto policy = archive.policy(past.begin_policy);
  if (!policy || !past.begin) return std::nullopt;
  engine::Product without_facts;
  without_facts.id = past.facts.id;
  return engine::evaluate(*policy->compiled.program, without_facts, *past.begin);
}

}  // namespace

Result<Then> then_of(const Shared& shared, PolicyArchive& archive, const std::string& product,
                     const Moment& moment) {
  const ViewPtr today = shared.live.view(product);
  if (!today) return fail(ErrorCode::not_found, fmt::format("there is no product `{}`", product));
  Then then;
  then.at = moment.at.value_or(today->live.now());
  then.is_to_come = then.at > std::max(shared.clock(), today->live.now());
  std::optional<Past> past;
  if (moment.at && !then.is_to_come) {
    auto read = past_of(*shared.store, product, then.at);
    if (!read) return failure(read);
    if (Status existed = check_existed(*read, then.at); !existed) return failure(existed);
    past = std::move(*read);
  }
  std::uint64_t in_force = shared.live.policy().revision;
  if (past) {
    auto revision = archive.revision_at(then.at);
    if (!revision) return failure(revision);
    in_force = *revision;
  }
  auto policy = archive.policy(moment.revision.value_or(in_force));
  if (!policy) return failure(policy);
  then.policy = std::move(*policy);
  const PolicyInForce& compiled = then.policy.compiled;
  then.view = std::make_shared<const ProductView>(
      engine::LiveProduct(compiled.program, past ? past->facts : today->facts(), then.at),
      compiled.revision);
  if (!past || compiled.revision != in_force) return then;
  auto recorded = recorded_at(*shared.store, product, then.at, past->corrections,
                              model_at_begin(archive, *past), then.view->model());
  if (!recorded) return failure(recorded);
  then.recorded = std::move(*recorded);
  if (then.recorded && then.policy.hash != compiled.program->hash)
    then.recorded->differences.push_back({"", "policy", then.policy.hash, compiled.program->hash});
  return then;
}

}  // namespace riskd::service
