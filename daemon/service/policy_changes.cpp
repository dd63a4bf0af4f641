#include "daemon/service/policy_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <limits>
#include <utility>

#include "daemon/service/reevaluate.hpp"
#include "daemon/service/writer_queue.hpp"

namespace riskd::service {
namespace {

constexpr std::size_t few_products = 8;  // that a reload leaves to the writer

std::size_t count_reached(const std::vector<Reevaluated>& products) {
  return static_cast<std::size_t>(std::count_if(products.begin(), products.end(),
                                                [](const auto& each) { return each.reached; }));
}

Reload outcome_of(const ReloadResult& result) {
  return result.done ? Reload::done : Reload::refused;
}

// For what the policy says, or since it is not as it was planned; all else is no fault of who asked.
Reload outcome_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::unavailable:
    case ErrorCode::corrupt:
    case ErrorCode::forbidden:
      return Reload::failed;
    case ErrorCode::invalid:
    case ErrorCode::too_large:
    case ErrorCode::not_found:
    case ErrorCode::gone:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
      return Reload::refused;
  }
  return Reload::failed;
}

}  // namespace

PolicyChanges::Draft PolicyChanges::draft(dsl::Compilation compilation) const {
  Draft draft;
  draft.plan.compilation = std::move(compilation);
  const engine::Policy program = draft.plan.compilation.program;
  if (!program) return draft;
  const Timed timed(shared_.meters->plan_seconds);
  const auto views = shared_.live.views();
  draft.plan.products_seen = views.size();
  draft.plan.same_policy = program->hash == shared_.live.policy().program->hash;
  draft.plan.hash = hash_of(*program, {});
  if (draft.plan.same_policy) return draft;
  draft.diff.emplace(shared_.live.policy().program, program);
  draft.plan.patterns = draft.diff->patterns();
  draft.products =
      reevaluate({*draft.diff, shared_.clock(), shared_.progress, &shared_, true}, views);
  draft.plan.products_reached = count_reached(draft.products);
  draft.plan.products = plans_of(draft.products);
  draft.plan.hash = hash_of(*program, draft.plan.products);
  return draft;
}

Result<Plan> PolicyChanges::plan(const PolicyFiles& files) const {
  auto compilation = compile_policy(*shared_.config(), files);
  if (!compilation) return failure(compilation);
  return std::move(draft(std::move(*compilation)).plan);
}

// Evaluates again what others have changed since it was evaluated, as long as that becomes less each time. Nothing is
// posted while the writer evaluates the rest, so it should be little: meanwhile others are slowed down.
void PolicyChanges::catch_up(Draft& draft) {
  std::size_t behind = std::numeric_limits<std::size_t>::max();
  for (;;) {
    const auto views = shared_.live.views();
    const std::size_t left = not_current(draft.products, views);
    if (left <= few_products || left >= behind) return;
    behind = left;
    draft.products = reevaluate({*draft.diff, shared_.clock(), shared_.progress, &shared_, true},
                                views, std::move(draft.products));
  }
}

Result<ReloadResult> PolicyChanges::counted(Result<ReloadResult> reloaded) const {
  const Reload outcome = reloaded ? outcome_of(*reloaded) : outcome_of(reloaded.error());
  shared_.meters->reload(outcome).Increment();
  return reloaded;
}

Result<ReloadResult> PolicyChanges::reload(const PolicyFiles& files, const std::string& poster,
                                           const std::string& required_plan) {
  const auto held = hold();
  return counted(try_reload(files, poster, required_plan));
}

Result<ReloadResult> PolicyChanges::reload(dsl::Compilation compilation,
                                           const std::string& poster) {
  const auto held = hold();
  return counted(put_in_force(std::move(compilation), poster, {}));
}

Result<ReloadResult> PolicyChanges::try_reload(const PolicyFiles& files, const std::string& poster,
                                               const std::string& required_plan) {
  auto compilation = compile_policy(*shared_.config(), files);
  if (!compilation) return failure(compilation);
  // Files that somebody sends do not bring the configured policy back with the next start.
  std::string instead_of = files.empty() ? std::string() : shared_.live.policy().instead_of;
  if (compilation->program && compilation->program->hash == instead_of) instead_of.clear();
  return put_in_force(std::move(*compilation), poster, {std::move(instead_of), required_plan});
}

Result<ReloadResult> PolicyChanges::put_in_force(dsl::Compilation compiled,
                                                 const std::string& poster, Terms terms) {
  Draft made = draft(std::move(compiled));
  const PolicyInForce before = shared_.live.policy();
  ReloadResult result;
  result.plan = std::move(made.plan);
  result.revision = before.revision;
  const dsl::Compilation& compilation = result.plan.compilation;
  if (!compilation.sound()) return result;
  if (Status mapped = check_status_maps(*shared_.config(), *compilation.program); !mapped) {
    return failure(mapped);
  }
  if (Status planned = as_planned(terms.required_plan, *compilation.program, result.plan.products);
      !planned) {
    return failure(planned);
  }
  result.done = true;
  if (result.plan.same_policy && before.instead_of == terms.instead_of) return result;
  auto pace = std::make_optional<WriterQueue::Pace>(writer_.queue());
  if (made.diff) catch_up(made);

  struct Outcome {
    Result<std::uint64_t> revision;
    std::vector<ProductPlan> plans;
  };
  const auto stored = std::make_shared<std::promise<Outcome>>();
  writer_.add(
      ReloadWork{compilation.program,
                 {0, compilation.program->hash, shared_.clock(), poster, files_of(compilation)},
                 std::move(terms.instead_of),
                 std::move(terms.required_plan),
                 std::move(made.products),
                 std::move(made.diff),
                 [stored](Result<std::uint64_t> revision, std::vector<ProductPlan> plans) {
                   stored->set_value({std::move(revision), std::move(plans)});
                 }});
  pace.reset();
  Outcome outcome = stored->get_future().get();
  if (!outcome.revision) return Unexpected<Error>(outcome.revision.error());
  result.revision = *outcome.revision;
  result.plan.products = std::move(outcome.plans);
  result.plan.hash = hash_of(*compilation.program, result.plan.products);
  return result;
}

Result<store::PolicyRecord> PolicyChanges::earlier(std::optional<std::uint64_t> revision) const {
  const PolicyInForce now = shared_.live.policy();
  if (revision) {
    auto record = shared_.store->policy(*revision);
    if (!record) return failure(record);
    if (!*record) {
      return fail(
          ErrorCode::not_found,
          fmt::format("the policy has no revision {}; the newest is {}", *revision, now.revision));
    }
    return std::move(**record);
  }
  for (std::uint64_t each = now.revision; each > 1; --each) {
    auto record = shared_.store->policy(each - 1);
    if (!record) return failure(record);
    if (*record && (*record)->hash != now.program->hash) return std::move(**record);
  }
  return fail(ErrorCode::not_found, "no other policy was in force before");
}

Result<Rollback> PolicyChanges::rollback(std::optional<std::uint64_t> revision,
                                         const std::string& poster) {
  const auto held = hold();
  auto rolled_back = try_rollback(revision, poster);
  const Reload outcome =
      rolled_back ? outcome_of(rolled_back->reloaded) : outcome_of(rolled_back.error());
  shared_.meters->reload(outcome).Increment();
  return rolled_back;
}

Result<Rollback> PolicyChanges::try_rollback(std::optional<std::uint64_t> revision,
                                             const std::string& poster) {
  auto record = earlier(revision);
  if (!record) return failure(record);
  dsl::Compilation compilation = compile_archived(*record);
  if (!compilation.sound()) {
    return fail(ErrorCode::unsupported,
                fmt::format("revision {} of the policy does not compile under this riskd\n{}",
                            record->revision, render_all(compilation)));
  }
  if (compilation.program->hash == shared_.live.policy().program->hash) {
    return fail(ErrorCode::invalid,
                fmt::format("the policy of revision {} is in force", record->revision));
  }
  const auto configured = compile_policy(*shared_.config(), {});
  const bool is_sound = configured && configured->sound();
  auto reloaded = put_in_force(std::move(compilation), poster,
                               {is_sound ? configured->program->hash : std::string(), ""});
  if (!reloaded) return failure(reloaded);
  return Rollback{std::move(*reloaded), record->revision};
}

}  // namespace riskd::service
