// What the writer does with effects: they are sent, done, have failed, or are released.
#include <utility>

#include "daemon/service/writer.hpp"

namespace riskd::service {

Status Writer::decide(Batch& batch, ReceiptWork& work, Answers& answers) {
  if (work.done) {
    answers.all.push_back([done = work.done](const Error*) { done(Done{}); });
  }
  Draft* draft = batch.find(work.product);
  if (!draft) return Done{};
  draft->outbox.remove(work.effect);
  const auto applied = batch.apply(*draft, work.facts, work.poster);
  if (!applied) return failure(applied);
  return Done{};
}

Status Writer::decide(Batch& batch, FailedEffectWork& work, Answers& answers) {
  answers.all.push_back([done = work.done](const Error*) { done(Done{}); });
  Draft* draft = batch.find_outbox(work.product);
  if (!draft) return Done{};
  const Outbox& waiting = draft->outbox.now();
  const auto known = waiting.find(work.effect);
  if (known == waiting.end()) return Done{};
  Pending pending = *known->second;
  if (work.sent) pending.record.sent = work.sent;
  ++pending.record.attempts;
  pending.record.due = work.due;
  pending.record.last_error = work.error;
  draft->outbox.replace(std::make_shared<const Pending>(std::move(pending)));
  return Done{};
}

// Stores that the request that makes a ticket goes out, unless the ticket is not wanted any more.
Status Writer::decide(Batch& batch, SendingWork& work, Answers& answers) {
  Draft* draft = batch.find_outbox(work.product);
  PendingPtr known;
  if (draft != nullptr) {
    const auto found = draft->outbox.now().find(work.effect);
    if (found != draft->outbox.now().end()) known = found->second;
  }
  const bool is_wanted = known && !known->record.withdrawn;
  answers.all.push_back([done = work.done, is_wanted](const Error*) { done(is_wanted); });
  if (!is_wanted) return Done{};
  Pending pending = *known;
  pending.record.sent = work.at;
  pending.record.project = work.project;
  draft->outbox.replace(std::make_shared<const Pending>(std::move(pending)));
  return Done{};
}

Status Writer::decide(Batch& batch, ReleaseWork& work, Answers& answers) {
  answers.all.push_back([done = work.done](const Error*) { done(Done{}); });
  if (!work.release) return Done{};
  std::vector<std::string> products;
  for (const auto& [product, outbox] : shared_.live.outboxes()) {
    if (!work.product.empty() && product != work.product) continue;
    Draft* draft = batch.find_outbox(product);
    if (!draft) continue;
    const Outbox waiting = draft->outbox.now();
    bool has_held = false;
    for (const auto& [key, pending] : waiting) {
      if (!pending->record.held) continue;
      has_held = true;
      Pending released = *pending;
      released.record.held = false;
      draft->outbox.replace(std::make_shared<const Pending>(std::move(released)));
    }
    if (has_held) products.push_back(product);
  }
  const bool all = work.product.empty() && shared_.is_restored;
  if (products.empty() && !all) return Done{};
  if (all) answers.all.push_back([this](const Error*) { shared_.is_restored = false; });
  return batch.release(products, all, work.poster);
}

}  // namespace riskd::service
