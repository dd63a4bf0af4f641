#include "daemon/service/load.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/service/policy.hpp"
#include "daemon/service/recall.hpp"
#include "daemon/service/reroute.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::service {
namespace {

// That policies came into force from `first` on, in the order of the log. Nothing is known of those before there was one.
Result<std::vector<Event>> policy_events(const store::Store& store, std::uint64_t first) {
  const auto positions = store.marked(store::EntryKind::policy);
  if (!positions) return failure(positions);
  auto policies = store.policies();
  if (!policies) return failure(policies);
  std::vector<Event> events;
  const auto begin = std::lower_bound(positions->begin(), positions->end(), first);
  for (auto position = begin; position != positions->end(); ++position) {
    Status read = store.entries(*position - 1, [&](const store::EntryRecord& entry) {
      const std::uint64_t revision = entry.head.policy;
      if (revision == 0 || revision > policies->size()) return false;
      const store::PolicyRecord& policy = (*policies)[revision - 1];
      events.push_back(policy_event(entry.position, revision, policy.hash, policy.poster));
      return false;
    });
    if (!read) return failure(read);
  }
  return events;
}

// The newest events, and one more change: then it is known up to where they are not kept.
Status recall_events(const Shared& shared) {
  std::vector<Event> changes;
  Status read =
      shared.store->newest_changes(remembered_events + 1, [&](const store::ChangeRecord& record) {
        changes.push_back({record.position, "change", record.product, record.body});
        return true;
      });
  if (!read) return read;
  const bool is_all = changes.size() <= remembered_events;
  auto policies = policy_events(*shared.store, is_all ? 0 : changes.front().position);
  if (!policies) return failure(policies);
  auto policy = policies->begin();
  // Of one position, the policy comes after its changes.
  const auto recall_policies_before = [&](std::uint64_t position) {
    for (; policy != policies->end() && policy->position < position; ++policy)
      shared.events->recall(std::move(*policy));
  };
  for (Event& change : changes) {
    recall_policies_before(change.position);
    shared.events->recall(std::move(change));
  }
  recall_policies_before(std::numeric_limits<std::uint64_t>::max());
  return Done{};
}

// The outbox by product; what cannot be read, or is of no product, is removed: what is missing will
// be found again.
Result<std::map<std::string, Outbox>> load_outbox(const Shared& shared,
                                                  const std::vector<std::string>& products) {
  auto records = shared.store->effects();
  if (!records) return failure(records);
  const auto config = shared.config();
  std::map<std::string, Outbox> outboxes;
  std::vector<std::string> useless;
  for (store::EffectRecord& record : *records) {
    auto effect = wire::read_effect(record.body);
    const bool is_known = std::binary_search(products.begin(), products.end(), record.product);
    // Earlier versions did not keep the tracker.
    const bool is_whole =
        effect && (effect->kind == engine::EffectKind::create || !effect->tracker.empty());
    if (!is_whole || !is_known) {
      spdlog::warn("effect `{}` of product `{}` is dropped: {}", record.key, record.product,
                   !effect     ? effect.error().message
                   : !is_whole ? "it does not name its tracker"
                               : "there is no such product");
      useless.push_back(record.key);
      continue;
    }
    route(*config, record, *effect);
    record.body.clear();
    const std::string key = record.key;
    Outbox& outbox = outboxes[record.product];
    outbox.emplace(key,
                   std::make_shared<const Pending>(Pending{std::move(record), std::move(*effect)}));
  }
  if (useless.empty()) return outboxes;
  auto transaction = shared.store->begin();
  if (!transaction) return failure(transaction);
  for (const std::string& key : useless) {
    Status removed = (*transaction)->remove_effect(key);
    if (!removed) return failure(removed);
  }
  if (Status done = (*transaction)->commit(); !done) return failure(done);
  return outboxes;
}

// The writer's clock goes on from the newest entry.
Status read_newest_time(Shared& shared) {
  const auto head = shared.log->head();
  if (!head) return failure(head);
  if (head->position == 0) return Done{};
  return shared.log->read(head->position - 1, [&](const store::EntryRecord& entry, const auto&) {
    shared.newest_time = std::max(shared.newest_time, entry.head.at);
    return true;
  });
}

store::PolicyRecord record_of(const Shared& shared, const dsl::Compilation& compilation) {
  return {0, compilation.program->hash, shared.clock(), "riskd", files_of(compilation)};
}

// Why the configured policy cannot be used.
std::string why_not(const Result<dsl::Compilation>& configured) {
  if (!configured) return configured.error().where + ": " + configured.error().message;
  return render_all(*configured);
}

}  // namespace

Result<std::vector<Tail>> load_products(Shared& shared, const PolicyInForce& policy) {
  std::vector<std::string> products;
  Status read = shared.store->products([&](const std::string& product) {
    products.push_back(product);
    return true;
  });
  if (read) read = recall_events(shared);
  if (!read) return failure(read);
  std::sort(products.begin(), products.end());
  auto outboxes = load_outbox(shared, products);
  if (!outboxes) return failure(outboxes);

  std::vector<LiveProducts::Change> changes(products.size());
  std::vector<Tail> tails(products.size());
  std::vector<Status> done(products.size(), Done{});
  on_all_cores(products.size(), [&](std::size_t i) {
    auto recalled = recall(*shared.store, policy, products[i]);
    if (!recalled) {
      done[i] = failure(recalled);
      return;
    }
    if (products.size() > shared.live.warm_capacity()) recalled->view->cool();
    changes[i].product = products[i];
    changes[i].view = std::move(recalled->view);
    tails[i] = {products[i], recalled->tail_bytes, recalled->snapshot_bytes,
                recalled->is_derived_anew};
  });
  for (std::size_t i = 0; i < products.size(); ++i) {
    if (!done[i]) return failure(done[i]);
    const auto outbox = outboxes->find(products[i]);
    if (outbox != outboxes->end())
      changes[i].outbox = std::make_shared<const Outbox>(std::move(outbox->second));
    shared.newest_time = std::max(shared.newest_time, changes[i].view->live.now());
  }
  if (read = read_newest_time(shared); !read) return failure(read);
  shared.live.swap(std::move(changes), policy);
  return tails;
}

Result<StartPolicy> choose_policy(Shared& shared) {
  auto archived = shared.store->latest_policy();
  if (!archived) return failure(archived);
  auto configured = compile_policy(*shared.config(), {});
  const bool sound = configured && configured->sound();

  StartPolicy start;
  if (*archived) {
    const dsl::Compilation compilation = compile_archived(**archived);
    if (compilation.sound()) {
      start.in_force = {(*archived)->revision, compilation.program, (*archived)->at,
                        (*archived)->poster};
    } else {
      spdlog::error("the archived policy, revision {}, does not compile any more:\n{}",
                    (*archived)->revision, render_all(compilation));
    }
  }
  if (!sound && !start.in_force.program) {
    if (!configured) return failure(configured);
    return fail(ErrorCode::invalid, "the policy has errors\n" + render_all(*configured));
  }
  if (!sound) {
    spdlog::error(
        "the configured policy cannot be used; riskd starts with the archived revision {} of {}. "
        "Mend it and reload.\n{}",
        start.in_force.revision, to_display(start.in_force.since), why_not(configured));
  } else if (!start.in_force.program) {
    auto transaction = shared.store->begin();
    if (!transaction) return failure(transaction);
    const store::PolicyRecord record = record_of(shared, *configured);
    auto revision = (*transaction)->append_policy(record);
    if (!revision) return failure(revision);
    Status done = (*transaction)
                      ->close_entry({store::EntryKind::policy,
                                     record.at,
                                     record.at,
                                     *revision,
                                     false,
                                     record.poster,
                                     {}});
    if (done) done = (*transaction)->commit();
    if (!done) return failure(done);
    start.in_force = {*revision, configured->program, record.at, record.poster};
  } else if (configured->program->hash != start.in_force.program->hash) {
    const auto instead_of = shared.store->meta(instead_of_meta);
    if (!instead_of) return failure(instead_of);
    if (*instead_of == configured->program->hash) {
      start.in_force.instead_of = configured->program->hash;
      spdlog::warn(
          "the configured policy is not in force: it was rolled back, and revision {} is. "
          "`riskctl reload` puts the configured one in force",
          start.in_force.revision);
    } else {
      start.next =
          ReloadWork{configured->program, record_of(shared, *configured), {}, {}, {}, {}, {}};
    }
  }
  const engine::Program& program = start.next ? *start.next->program : *start.in_force.program;
  if (Status mapped = check_status_maps(*shared.config(), program); !mapped) {
    return failure(mapped);
  }
  return start;
}

}  // namespace riskd::service
