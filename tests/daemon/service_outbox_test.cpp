// Effects that wait, beside a plain list of them.
#include "daemon/service/outbox.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace riskd::service::service_outbox_test {
namespace {

constexpr std::int64_t longest_ms = 1'000;

PendingPtr pending(const std::string& product, const std::string& key, const std::string& tracker,
                   Instant due, bool is_held) {
  Pending made;
  made.record.product = product;
  made.record.key = key;
  made.record.tracker = tracker;
  made.record.due = due;
  made.record.held = is_held;
  return std::make_shared<const Pending>(std::move(made));
}

template <typename Is>
std::vector<PendingPtr> those(const std::map<std::string, OutboxPtr>& all, const Is& is) {
  std::vector<PendingPtr> found;
  for (const auto& [product, outbox] : all) {
    for (const auto& [key, each] : *outbox) {
      if (!each->record.held && is(each->record)) found.push_back(each);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<PendingPtr> sorted(std::vector<PendingPtr> list) {
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

TEST_CASE("what waits for a tracker is what the outboxes of all products have") {
  std::mt19937 random(17);
  const auto below = [&](int most) { return std::uniform_int_distribution(0, most - 1)(random); };
  WaitingEffects waiting;
  std::map<std::string, OutboxPtr> plain;
  for (int round = 0; round < 3'000; ++round) {
    const std::string product = "p" + std::to_string(below(5));
    OutboxDraft draft(waiting.of(product));
    for (int change = below(4); change >= 0; --change) {
      const std::string key = "k" + std::to_string(below(6));
      const std::string tracker = below(3) == 0 ? "" : "t" + std::to_string(below(2));
      const Instant due{below(4) == 0 ? 0 : below(3'000)};
      auto other = pending(product, key, tracker, due, below(5) == 0);
      const int kind = below(3);
      if (kind == 0) draft.remove(key);
      if (kind == 1) draft.replace(other);
      if (kind == 2) {
        Outbox more = draft.now();
        more[key] = other;
        draft.become(std::move(more));
      }
    }
    OutboxPtr by = draft.take();
    plain.erase(product);
    if (by) plain.emplace(product, by);
    waiting.replace(product, std::move(by));

    std::size_t size = 0;
    for (const auto& [id, outbox] : plain) size += outbox->size();
    CHECK(waiting.size() == size);
    CHECK(waiting.by_product() == plain);
    const Instant now{below(3'000)};
    for (const std::string tracker : {"", "t0", "t1", "t2"}) {
      const auto of_tracker = [&](const auto& record) { return record.tracker == tracker; };
      const auto all = those(plain, of_tracker);
      CHECK(sorted(waiting.all(tracker)) == all);
      CHECK(sorted(waiting.due(tracker, now, longest_ms)) == those(plain, [&](const auto& record) {
              const bool waits = record.due > now && record.due.ms - now.ms <= longest_ms;
              return record.tracker == tracker && !waits;
            }));
      const auto next = waiting.next_due(tracker);
      REQUIRE(next.has_value() == !all.empty());
      for (const PendingPtr& each : all) CHECK(*next <= each->record.due);
    }
  }
}

TEST_CASE("a draft of an outbox is the outbox itself until something changes") {
  const OutboxPtr before =
      std::make_shared<const Outbox>(Outbox{{"k", pending("shop", "k", "t", {}, false)}});
  OutboxDraft draft(before);
  draft.remove("other");
  draft.replace(pending("shop", "other", "t", {}, false));
  CHECK_FALSE(draft.has_changed());
  CHECK(&draft.now() == before.get());
  CHECK(draft.take() == before);

  OutboxDraft emptied(before);
  emptied.remove("k");
  CHECK(emptied.has_changed());
  CHECK(emptied.before().size() == 1);
  CHECK(emptied.take() == nullptr);
  CHECK(before->size() == 1);

  OutboxDraft none;
  CHECK(none.now().empty());
  CHECK(none.take() == nullptr);
}

}  // namespace riskd::service::service_outbox_test
