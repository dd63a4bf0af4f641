#include "daemon/service/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/log/local_log.hpp"
#include "daemon/service/policy.hpp"
#include "daemon/service/recall.hpp"
#include "daemon/service/reevaluate.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/stored_fact.hpp"
#include "daemon/wire/json.hpp"
#include "engine/update/policy_diff.hpp"

namespace riskd::service {
// A fact and the product that it is about.
struct Replay::NamedFact {
  std::string product;
  engine::Fact fact;

  // All of an entry.
  static Result<std::vector<NamedFact>> read(const store::EntryRecord& entry,
                                             const log::FactLog::ReadFacts& read_facts);
};

Result<std::vector<Replay::NamedFact>> Replay::NamedFact::read(
    const store::EntryRecord& entry, const log::FactLog::ReadFacts& read_facts) {
  std::vector<NamedFact> facts;
  std::optional<Error> damage;
  // Facts that were evaluated before they were stored had this time first (engine/update/arrival.hpp).
  const Instant evaluated = entry.head.evaluated;
  const bool arrived_later =
      entry.head.kind != store::EntryKind::origin && evaluated < entry.head.at;
  Status read = read_facts([&](const store::FactRecord& record) {
    auto stored = stored_fact(record);
    if (!stored) {
      damage = stored.error();
      return false;
    }
    engine::Provenance& from = stored->from;
    if (arrived_later && record.at == record.received) {
      from.at = evaluated;
    } else if (arrived_later) {
      from.received = evaluated;
    }
    facts.push_back({record.product, std::move(*stored)});
    return true;
  });
  if (damage) return Unexpected<Error>(std::move(*damage));
  if (!read) return failure(read);
  if (facts.size() == entry.facts) return facts;
  return fail(ErrorCode::corrupt, "facts of an entry are missing",
              fmt::format("log/{}", entry.position));
}

Result<std::vector<Replay::Line>> Replay::apply(const store::EntryRecord& entry,
                                                const log::FactLog::ReadFacts& read_facts) {
  const bool has_facts =
      entry.head.kind == store::EntryKind::facts || entry.head.kind == store::EntryKind::clock;
  if (has_facts && !entry.head.products.empty() &&
      !knows(entry.head.products.front(), entry.position)) {
    evaluated_[entry.head.products.front()] = entry.head.evaluated;
    begin_products(entry);
    return Lines{};
  }
  auto facts = NamedFact::read(entry, read_facts);
  if (!facts) return failure(facts);
  auto lines = decide(entry, std::move(*facts));
  begin_products(entry);
  return lines;
}

// Products whose facts are kept from after this entry on.
void Replay::begin_products(const store::EntryRecord& entry) {
  for (auto& [id, base] : bases_) {
    if (base.position != entry.position) continue;
    const Instant now = evaluated_.contains(id) ? evaluated_[id] : entry.head.evaluated;
    products_[id] = std::make_shared<ProductView>(
        engine::LiveProduct(policy_.program, std::move(base.facts), now), policy_.revision);
  }
}

Result<Replay::Lines> Replay::decide(const store::EntryRecord& entry,
                                     std::vector<NamedFact> facts) {
  switch (entry.head.kind) {
    case store::EntryKind::origin:
      return apply_origin(entry, std::move(facts));
    case store::EntryKind::facts:
    case store::EntryKind::clock:
      return apply_facts(entry, std::move(facts));
    case store::EntryKind::time:
      return apply_time(entry);
    case store::EntryKind::policy:
      return apply_policy(entry);
    case store::EntryKind::release:
    case store::EntryKind::prune:
    case store::EntryKind::access:
      return Lines{};
  }
  return Lines{};
}

Status Replay::use_policy(std::uint64_t revision) {
  auto record = log_.policy(revision);
  if (!record) return failure(record);
  if (!*record) {
    return fail(ErrorCode::corrupt, "a policy of the log is missing",
                fmt::format("policies/{}", revision));
  }
  dsl::Compilation compilation = compile_archived(**record);
  if (!compilation.sound()) {
    return fail(ErrorCode::invalid,
                fmt::format("revision {} of the policy does not compile under this riskd:\n{}",
                            revision, render_all(compilation)));
  }
  policy_ = {revision, compilation.program, (*record)->at, (*record)->poster};
  return Done{};
}

// What came before there was a log: only where it led to is known.
Result<Replay::Lines> Replay::apply_origin(const store::EntryRecord& entry,
                                           std::vector<NamedFact> facts) {
  if (Status used = use_policy(entry.head.policy); !used) return failure(used);
  std::map<std::string, engine::Product> products;
  for (auto& [id, fact] : facts) {
    engine::Product& product = products[id];
    product.id = id;
    engine::fold(product, std::move(fact));
  }
  for (auto& [id, product] : products) {
    products_[id] = std::make_shared<ProductView>(
        engine::LiveProduct(policy_.program, std::move(product), entry.head.at), policy_.revision);
  }
  return Lines{};
}

ProductView& Replay::product(const std::string& id, Instant now) {
  auto& view = products_[id];
  if (!view) {
    engine::Product nothing;
    nothing.id = id;
    view = std::make_shared<ProductView>(
        engine::LiveProduct(policy_.program, std::move(nothing), now), policy_.revision);
  }
  return *view;
}

Result<Replay::Lines> Replay::apply_facts(const store::EntryRecord& entry,
                                          std::vector<NamedFact> facts) {
  if (facts.empty()) return Lines{};
  const store::EntryHead& head = entry.head;
  const std::string id = facts.front().product;
  ProductView& view = product(id, head.evaluated);
  std::vector<engine::Fact> batch;
  for (NamedFact& each : facts) batch.push_back(std::move(each.fact));
  const engine::Deltas deltas = view.live.apply(std::move(batch), head.evaluated);
  if (head.evaluated < head.at) view.live.arrive({entry.first_seq - 1, 0, head.evaluated, head.at});
  view.revision = policy_.revision;
  if (deltas.empty()) return Lines{};
  return Lines{{id, wire::write_change(view.facts().last_seq, view.live, deltas)}};
}

Result<Replay::Lines> Replay::apply_time(const store::EntryRecord& entry) {
  Lines lines;
  for (const std::string& id : entry.head.products) {
    if (!knows(id, entry.position)) {
      evaluated_[id] = entry.head.at;
      continue;
    }
    ProductView& view = product(id, entry.head.at);
    const engine::Deltas deltas = view.live.apply({}, entry.head.at);
    if (!deltas.empty())
      lines.push_back({id, wire::write_change(view.facts().last_seq, view.live, deltas)});
  }
  return lines;
}

Result<Replay::Lines> Replay::apply_policy(const store::EntryRecord& entry) {
  const engine::Policy before = policy_.program;
  if (Status used = use_policy(entry.head.policy); !used) return failure(used);
  for (auto& [id, evaluated] : evaluated_) evaluated = entry.head.at;
  if (products_.empty()) return Lines{};
  const engine::PolicyDiff diff(before, policy_.program);
  const std::map<std::string, ViewPtr> views(products_.begin(), products_.end());
  Progress progress;
  Lines lines;
  for (Reevaluated& each : reevaluate({diff, entry.head.at, progress}, views)) {
    each.after->revision = policy_.revision;
    products_[each.product] = each.after;
    if (each.reached && !each.deltas.empty())
      lines.push_back({each.product, std::move(each.plan.change)});
  }
  return lines;
}

namespace {

Status begin_with_bases(const store::Store& store, Replay& replay) {
  std::optional<Error> failed;
  Status read = store.products([&](const std::string& product) {
    auto base = base_of(store, product);
    if (!base || !*base) {
      if (!base) failed = base.error();
      return !failed;
    }
    const auto entry = store.entry_of_fact((*base)->facts.last_seq);
    if (!entry) failed = entry.error();
    if (entry) replay.begin_with(product, {entry->position, std::move((*base)->facts)});
    return !failed;
  });
  if (failed) return Unexpected<Error>(std::move(*failed));
  return read;
}

}  // namespace

Result<std::optional<Divergence>> replay_log(const store::Store& store) {
  using Lines = std::vector<Replay::Line>;
  std::map<std::uint64_t, Lines> recorded;  // by position
  Status read = store.changes(0, [&](const store::ChangeRecord& change) {
    recorded[change.position].push_back({change.product, change.body});
    return true;
  });
  if (!read) return failure(read);
  const log::LocalLog log(store);
  Replay replay(log);
  if (Status begun = begin_with_bases(store, replay); !begun) return failure(begun);
  std::optional<Divergence> found;
  std::optional<Error> failed;
  read = log.read(0, [&](const store::EntryRecord& entry, const log::FactLog::ReadFacts& facts) {
    auto lines = replay.apply(entry, facts);
    if (!lines) {
      failed = lines.error();
      return false;
    }
    if (entry.head.kind == store::EntryKind::origin)
      return true;  // its changes were not kept by it
    Lines then;
    for (Replay::Line& line : recorded[entry.position]) {
      if (replay.knows(line.product, entry.position)) then.push_back(std::move(line));
    }
    const std::size_t common = std::min(then.size(), lines->size());
    for (std::size_t i = 0; i < common && !found; ++i) {
      if (then[i] == (*lines)[i]) continue;
      found = Divergence{entry.position, then[i].product, then[i].body, (*lines)[i].body};
    }
    if (!found && then.size() != lines->size()) {
      const auto line_at = [&](const Lines& of) {
        return common < of.size() ? of[common].body : "";
      };
      found = Divergence{entry.position, "", line_at(then), line_at(*lines)};
    }
    return !found;
  });
  if (failed) return Unexpected<Error>(std::move(*failed));
  if (!read) return failure(read);
  return found;
}

}  // namespace riskd::service
