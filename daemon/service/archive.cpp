#include "daemon/service/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/service/policy.hpp"

namespace riskd::service {

// What came before there was a log: the policies' own times are all that is known.
Status PolicyArchive::take_origin(const store::EntryRecord& origin) {
  auto policies = store_.policies();
  if (!policies) return failure(policies);
  for (const store::PolicyRecord& each : *policies) {
    if (each.revision <= origin.head.policy)
      reigns_.push_back({each.revision, std::min(each.at, origin.head.at)});
  }
  return Done{};
}

Status PolicyArchive::read_on() {
  Status taken = Done{};
  Status read = store_.entries(position_, [&](const store::EntryRecord& entry) {
    const store::EntryHead& head = entry.head;
    if (head.kind == store::EntryKind::origin) taken = take_origin(entry);
    if (!taken) return false;
    if (head.kind == store::EntryKind::policy) reigns_.push_back({head.policy, head.at});
    if (head.kind == store::EntryKind::clock) {
      // Until then the clock was ahead.
      for (Reign& each : reigns_) each.since = std::min(each.since, head.at);
    }
    position_ = entry.position;
    return true;
  });
  return taken ? read : taken;
}

const PolicyArchive::Reign* PolicyArchive::reign_of(std::uint64_t revision) const {
  const auto found = std::find_if(reigns_.begin(), reigns_.end(),
                                  [&](const Reign& each) { return each.revision == revision; });
  return found == reigns_.end() ? nullptr : &*found;
}

Result<std::uint64_t> PolicyArchive::revision_at(Instant moment) {
  const std::lock_guard lock(mutex_);
  if (Status read = read_on(); !read) return failure(read);
  const auto later = std::find_if(reigns_.begin(), reigns_.end(),
                                  [&](const Reign& each) { return each.since > moment; });
  if (later != reigns_.begin()) return std::prev(later)->revision;
  return reigns_.empty() ? std::uint64_t{1} : reigns_.front().revision;
}

Result<ArchivedPolicy> PolicyArchive::policy(std::uint64_t revision) {
  const std::lock_guard lock(mutex_);
  if (Status read = read_on(); !read) return failure(read);
  const auto kept = std::find_if(kept_.begin(), kept_.end(), [&](const ArchivedPolicy& each) {
    return each.compiled.revision == revision;
  });
  if (kept != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, kept);
    if (const Reign* reign = reign_of(revision)) kept_.front().compiled.since = reign->since;
    return kept_.front();
  }
  auto record = store_.policy(revision);
  if (!record) return failure(record);
  const Reign* reign = reign_of(revision);
  if (!*record || reign == nullptr) {
    return fail(ErrorCode::not_found,
                fmt::format("the policy has no revision {}; the newest is {}", revision,
                            reigns_.empty() ? 0 : reigns_.back().revision));
  }
  ArchivedPolicy policy{{revision, {}, reign->since, (*record)->poster}, (*record)->hash};
  const PolicyInForce in_force = live_.policy();
  if (in_force.revision == revision) {
    policy.compiled.program = in_force.program;
  } else {
    const dsl::Compilation compilation = compile_archived(**record);
    if (!compilation.sound()) {
      return fail(
          ErrorCode::unsupported,
          fmt::format("revision {} of the policy, in force since {}, does not compile under "
                      "this riskd: what it said of a product cannot be computed again\n{}",
                      revision, to_display(reign->since), render_all(compilation)));
    }
    policy.compiled.program = compilation.program;
  }
  kept_.push_front(policy);
  if (kept_.size() > kept_policies) kept_.pop_back();
  return policy;
}

}  // namespace riskd::service
