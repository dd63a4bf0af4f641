#include "daemon/service/recall.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/service/corrections.hpp"
#include "daemon/service/stored_fact.hpp"

namespace riskd::service {
namespace {

// A product while its records are read.
struct Reading {
  engine::Product facts;
  Instant evaluated;
  Corrections corrections;  // among the facts that are read
  std::size_t bytes = 0;
  std::optional<Error> failure;

  bool take(const store::FactRecord& record) {
    auto fact = stored_fact(record);
    if (!fact) {
      failure = fact.error();
      return false;
    }
    if (const auto* clock = std::get_if<engine::ClockFact>(&fact->body)) {
      evaluated = std::min(evaluated, clock->latest);
      corrections.add(record.seq, clock->latest);
    }
    evaluated = std::max(evaluated, record.received);
    bytes += record.body.size();
    engine::fold(facts, std::move(*fact));
    return true;
  }
  void take(const store::ChangeRecord& record) {
    evaluated = std::max(evaluated, corrections.corrected(record.seq, record.at));
  }
};

bool is_current(const snapshot::Derived& derived, const PolicyInForce& policy) {
  return derived.policy == policy.program->hash && derived.riskd == RISKD_VERSION &&
         !derived.has_notes;
}

}  // namespace

Result<std::optional<snapshot::Snapshot>> base_of(const store::Store& store,
                                                  const std::string& product) {
  const auto bytes = store.base(product);
  if (!bytes) return failure(bytes);
  if (!*bytes) return std::optional<snapshot::Snapshot>();
  auto base = snapshot::read_snapshot(**bytes);
  if (base && base->facts.id == product) return base;
  return fail(ErrorCode::corrupt, "what retention has left of a product does not decode",
              "bases/" + product);
}

Result<snapshot::Snapshot> first_facts(const store::Store& store, const std::string& product) {
  const auto bytes = store.snapshot(product);
  if (!bytes) return failure(bytes);
  if (*bytes) {
    // Of another layout: it is made anew from the facts.
    auto snapshot = snapshot::read_snapshot(**bytes);
    if (snapshot && snapshot->is_current && snapshot->facts.id == product)
      return std::move(*snapshot);
  }
  auto base = base_of(store, product);
  if (!base) return failure(base);
  if (*base) return std::move(**base);
  snapshot::Snapshot nothing;
  nothing.facts.id = product;
  return nothing;
}

Result<Recalled> recall(const store::Store& store, const PolicyInForce& policy,
                        const std::string& product) {
  auto first = first_facts(store, product);
  if (!first) return failure(first);
  const std::uint64_t known = first->facts.last_seq;
  const Instant then = first->evaluated;
  Reading reading{std::move(first->facts), then, {}, 0, {}};
  Status read = store.facts_of(
      product, known, [&](const store::FactRecord& record) { return reading.take(record); });
  if (reading.failure) return Unexpected<Error>(std::move(*reading.failure));
  if (!read) return failure(read);
  // Time may have changed something after the snapshot's last fact.
  read =
      store.changes_of(product, known == 0 ? 0 : known - 1, [&](const store::ChangeRecord& record) {
        reading.take(record);
        return true;
      });
  if (!read) return failure(read);

  Recalled recalled;
  recalled.snapshot_bytes = first->bytes;
  recalled.tail_bytes = reading.bytes;
  const bool is_same = reading.bytes == 0 && reading.evaluated == then;
  recalled.is_derived_anew = !is_same || !is_current(first->derived, policy);
  engine::LiveProduct live =
      recalled.is_derived_anew
          ? engine::LiveProduct(policy.program, std::move(reading.facts), reading.evaluated)
          : engine::LiveProduct::cool(policy.program, std::move(reading.facts), reading.evaluated,
                                      first->derived.rating, first->derived.next_change);
  recalled.view = std::make_shared<ProductView>(std::move(live), policy.revision);
  if (recalled.is_derived_anew && !recalled.view->facts().tickets.empty())
    engine::reconcile(recalled.view->live, &recalled.view->notes);
  return recalled;
}

std::string snapshot_of(const ProductView& view) {
  const engine::LiveProduct& live = view.live;
  return snapshot::write_snapshot(
      live.facts(), live.now(),
      {live.policy()->hash, RISKD_VERSION, live.rating(), live.next_change(), !view.notes.empty()});
}

}  // namespace riskd::service
