#include "daemon/service/load.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/service/corrections.hpp"
#include "daemon/service/policy.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::service {
namespace {

struct Loaded {
  engine::Product facts;
  Instant evaluated;  // when the product was last evaluated
  Corrections corrections;
};
using LoadedProducts = std::map<std::string, Loaded>;

Status load_facts(const Shared& shared, LoadedProducts& products) {
  std::optional<Error> failure;
  Status read = shared.store->facts(0, [&](const store::FactRecord& record) {
    auto body = wire::read_fact_body(record.body);
    if (!body) {
      failure = Error{ErrorCode::corrupt, "a stored fact does not decode: " + body.error().message,
                      fmt::format("facts/{}", record.seq)};
      return false;
    }
    Loaded& loaded = products[record.product];
    loaded.facts.id = record.product;
    if (const auto* clock = std::get_if<engine::ClockFact>(&*body)) {
      loaded.evaluated = std::min(loaded.evaluated, clock->latest);
      loaded.corrections.add(record.seq, clock->latest);
    }
    loaded.evaluated = std::max(loaded.evaluated, record.received);
    engine::fold(loaded.facts, {provenance_of(record), std::move(*body)});
    return true;
  });
  if (failure) return Unexpected<Error>(std::move(*failure));
  return read;
}

// That policies came into force, in the order of the log. Nothing is known of those before there was one.
Result<std::vector<Event>> policy_events(const store::Store& store) {
  auto policies = store.policies();
  if (!policies) return failure(policies);
  std::vector<Event> events;
  Status read = store.entries(0, [&](const store::EntryRecord& entry) {
    const std::uint64_t revision = entry.head.policy;
    if (entry.head.kind != store::EntryKind::policy || revision > policies->size()) return true;
    const store::PolicyRecord& policy = (*policies)[revision - 1];
    events.push_back(policy_event(entry.position, revision, policy.hash, policy.poster));
    return true;
  });
  if (!read) return failure(read);
  return events;
}

Status load_changes(const Shared& shared, LoadedProducts& products) {
  auto policies = policy_events(*shared.store);
  if (!policies) return failure(policies);
  auto policy = policies->begin();
  // Of one position, the policy comes after its changes.
  const auto recall_policies_before = [&](std::uint64_t position) {
    for (; policy != policies->end() && policy->position < position; ++policy)
      shared.events->recall(std::move(*policy));
  };
  Status read = shared.store->changes(0, [&](const store::ChangeRecord& record) {
    const auto found = products.find(record.product);
    if (found != products.end()) {
      found->second.evaluated = std::max(
          found->second.evaluated, found->second.corrections.corrected(record.seq, record.at));
    }
    recall_policies_before(record.position);
    shared.events->recall({record.position, "change", record.product, record.body});
    return true;
  });
  if (read) recall_policies_before(std::numeric_limits<std::uint64_t>::max());
  return read;
}

// The outbox by product; what cannot be read, or is of no product, is removed: what is missing will
// be found again.
Result<std::map<std::string, Outbox>> load_outbox(const Shared& shared,
                                                  const LoadedProducts& products) {
  auto records = shared.store->effects();
  if (!records) return failure(records);
  std::map<std::string, Outbox> outboxes;
  std::vector<std::string> useless;
  for (store::EffectRecord& record : *records) {
    auto effect = wire::read_effect(record.body);
    const auto product = products.find(record.product);
    // Earlier versions did not keep the tracker.
    const bool is_whole =
        effect && (effect->kind == engine::EffectKind::create || !effect->tracker.empty());
    if (!is_whole || product == products.end()) {
      spdlog::warn("effect `{}` of product `{}` is dropped: {}", record.key, record.product,
                   !effect     ? effect.error().message
                   : !is_whole ? "it does not name its tracker"
                               : "there is no such product");
      useless.push_back(record.key);
      continue;
    }
    record.tracker = tracker_of(shared.config, *effect);
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

Status load_products(Shared& shared, const PolicyInForce& policy) {
  LoadedProducts products;
  if (Status read = load_facts(shared, products); !read) return read;
  if (Status read = load_changes(shared, products); !read) return read;
  auto outboxes = load_outbox(shared, products);
  if (!outboxes) return failure(outboxes);

  std::vector<Loaded*> loaded;
  std::vector<LiveProducts::Change> changes;
  for (auto& [id, product] : products) {
    loaded.push_back(&product);
    shared.newest_time = std::max(shared.newest_time, product.evaluated);
    changes.push_back({id, nullptr, std::move((*outboxes)[id])});
  }
  Status read = read_newest_time(shared);
  if (!read) return read;
  on_all_cores(loaded.size(), [&](std::size_t i) {
    const auto view = std::make_shared<ProductView>(
        engine::LiveProduct(policy.program, std::move(loaded[i]->facts), loaded[i]->evaluated),
        policy.revision);
    if (!view->facts().tickets.empty()) engine::reconcile(view->live, &view->notes);
    changes[i].view = view;
    if (loaded.size() > shared.live.warm_capacity()) changes[i].view->cool();
  });
  shared.live.swap(std::move(changes), policy);
  return Done{};
}

Result<StartPolicy> choose_policy(Shared& shared) {
  auto archived = shared.store->latest_policy();
  if (!archived) return failure(archived);
  auto configured = compile_policy(shared.config, {});
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
    start.next = ReloadWork{configured->program, record_of(shared, *configured), {}, {}};
  }
  const engine::Program& program = start.next ? *start.next->program : *start.in_force.program;
  if (Status mapped = check_status_maps(shared.config, program); !mapped) {
    return failure(mapped);
  }
  return start;
}

}  // namespace riskd::service
