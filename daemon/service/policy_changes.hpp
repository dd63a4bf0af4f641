// A policy takes the place of the one in force: planned, reloaded, rolled back.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/service/policy.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

// Usable from any thread. What it is made with must outlive it.
class PolicyChanges {
 public:
  PolicyChanges(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}

  // As Service has them.
  Result<Plan> plan(const PolicyFiles& files) const;
  Result<ReloadResult> reload(const PolicyFiles& files, const std::string& poster,
                              const std::string& required_plan);
  Result<Rollback> rollback(std::optional<std::uint64_t> revision, const std::string& poster);

  // Of files that were compiled already, as `reload` of the configured ones. With errors nothing is changed.
  Result<ReloadResult> reload(dsl::Compilation compilation, const std::string& poster);

  // Changes of others wait as long as it is held.
  std::unique_lock<std::recursive_mutex> hold() { return std::unique_lock(changes_); }

 private:
  struct Draft {
    Plan plan;
    std::optional<engine::PolicyDiff> diff;  // where the policy is sound, and another one
    std::vector<Reevaluated> products;
  };
  Draft draft(dsl::Compilation compilation) const;
  void catch_up(Draft& draft);
  struct Terms {
    std::string instead_of;     // see PolicyInForce
    std::string required_plan;  // see Service::reload
  };
  Result<ReloadResult> put_in_force(dsl::Compilation compilation, const std::string& poster,
                                    Terms terms);
  Result<ReloadResult> counted(Result<ReloadResult> reloaded) const;
  Result<ReloadResult> try_reload(const PolicyFiles& files, const std::string& poster,
                                  const std::string& required_plan);
  Result<Rollback> try_rollback(std::optional<std::uint64_t> revision, const std::string& poster);
  Result<store::PolicyRecord> earlier(std::optional<std::uint64_t> revision) const;

  Shared& shared_;
  Writer& writer_;
  std::recursive_mutex changes_;  // one at a time
};

}  // namespace riskd::service
