#include "daemon/store/store.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/key.hpp"
#include "daemon/store/record.hpp"

namespace riskd::store {

Result<std::unique_ptr<Transaction>> Transaction::begin(const Environment& environment,
                                                        WriterState& state) {
  if (state.writing.exchange(true)) {
    return fail(ErrorCode::conflict, "another transaction of this store is not over");
  }
  auto batch = environment.write();
  if (batch) {
    const auto ends = find_ends(*batch);
    if (ends) {
      return std::unique_ptr<Transaction>(new Transaction(std::move(*batch), *ends, state));
    }
    state.writing = false;
    return failure(ends);
  }
  state.writing = false;
  return failure(batch);
}

Transaction::Transaction(Batch batch, Ends ends, WriterState& state)
    : batch_(std::move(batch)), ends_(ends), begun_at_(ends.log), state_(state) {}

Result<Transaction::Ends> Transaction::find_ends(const View& view) {
  Ends ends;
  for (const auto& [table, end] :
       {std::pair(Table::facts, &ends.seq), std::pair(Table::changes, &ends.change),
        std::pair(Table::policies, &ends.revision)}) {
    const auto last = last_number(view, table);
    if (!last) return failure(last);
    *end = *last;
  }
  const auto head = head_of(view);
  if (!head) return failure(head);
  ends.log = *head;
  if (ends.change == 0) return ends;
  const auto change = view.get(Table::changes, number_key(ends.change));
  if (!change) return failure(change);
  const auto greatest = *change ? decode_greatest_seq(**change) : std::nullopt;
  if (!greatest) {
    return fail(ErrorCode::corrupt, "the stored change does not decode",
                describe_number(name_of(Table::changes), ends.change));
  }
  ends.greatest_seq = *greatest;
  return ends;
}

Result<std::uint64_t> Transaction::append_fact(const FactRecord& fact) {
  if (Status ready = check(check_name("product", fact.product)); !ready) return failure(ready);
  const std::uint64_t seq = ends_.seq + 1;
  const std::string record = encode_fact(fact);
  Status put = batch_->append(Table::facts, number_key(seq), record);
  if (put) put = batch_->put(Table::facts_by_product, product_key(fact.product, seq), {});
  if (Status kept = keep(std::move(put)); !kept) return failure(kept);
  open_.body.add(record);
  ++open_.facts;
  open_.is_empty = false;
  return ends_.seq = seq;
}

Status Transaction::append_change(ChangeRecord change) {
  if (Status ready = check(check_name("product", change.product)); !ready) return ready;
  change.position = next_position();
  const std::uint64_t number = ends_.change + 1;
  const std::uint64_t greatest = std::max(ends_.greatest_seq, change.seq);
  Status put = batch_->append(Table::changes, number_key(number), encode_change(change, greatest));
  if (put) put = batch_->put(Table::changes_by_product, product_key(change.product, number), {});
  if (Status kept = keep(std::move(put)); !kept) return kept;
  open_.is_empty = false;
  ends_.change = number;
  ends_.greatest_seq = greatest;
  return Done{};
}

Status Transaction::close_entry(EntryHead head) {
  if (Status ready = check(Done{}); !ready) return ready;
  EntryRecord entry;
  entry.position = next_position();
  entry.facts = open_.facts;
  entry.first_seq = ends_.seq + 1 - open_.facts;
  entry.head = std::move(head);
  entry.body = open_.body.finish();
  const std::string record = link_and_encode(ends_.log.link, entry);
  Status put = batch_->append(Table::log, number_key(entry.position), record);
  if (put && is_marked(entry.head.kind))
    put = batch_->put(Table::marks, mark_key(entry.head.kind, entry.position), {});
  if (Status kept = keep(std::move(put)); !kept) return kept;
  ends_.log = {entry.position, entry.link};
  open_.facts = 0;
  open_.is_empty = true;
  entries_.push_back(std::move(entry));
  return Done{};
}

Status Transaction::put_effect(const EffectRecord& effect) {
  if (Status ready = check(check_name("effect's key", effect.key)); !ready) return ready;
  return keep(batch_->put(Table::effects, effect.key, encode_effect(effect)));
}

Status Transaction::remove_effect(std::string_view key) {
  if (Status ready = check(check_name("effect's key", key)); !ready) return ready;
  return keep(batch_->remove(Table::effects, key));
}

Result<std::uint64_t> Transaction::append_policy(PolicyRecord policy) {
  if (Status ready = check(Done{}); !ready) return failure(ready);
  const std::uint64_t revision = ends_.revision + 1;
  const std::string record = encode_policy(policy);
  Status put = keep(batch_->append(Table::policies, number_key(revision), record));
  if (!put) return failure(put);
  open_.body.add(record);
  open_.is_empty = false;
  return ends_.revision = revision;
}

Status Transaction::put_reply(std::string_view key, const ReplyRecord& reply) {
  if (Status ready = check(check_name("reply's key", key)); !ready) return ready;
  if (Status kept = keep(forget_time_of(key)); !kept) return kept;
  Status put = batch_->put(Table::replies, key, encode_reply(reply));
  if (put) put = batch_->put(Table::replies_by_time, time_key(reply.at, key), {});
  return keep(std::move(put));
}

Status Transaction::remove_replies_before(Instant moment) {
  if (Status ready = check(Done{}); !ready) return ready;
  std::vector<std::string> old;  // LMDB's keys move while entries are removed
  const std::string end = time_key(moment, {});
  Status done = batch_->scan(Table::replies_by_time, {}, [&](const Entry& entry) {
    if (entry.key >= end) return false;
    old.emplace_back(entry.key);
    return true;
  });
  for (std::size_t i = 0; done && i < old.size(); ++i) {
    done = batch_->remove(Table::replies_by_time, old[i]);
    if (done && old[i].size() > time_key_prefix_bytes) {
      done = batch_->remove(Table::replies, old[i].substr(time_key_prefix_bytes));
    }
  }
  return keep(std::move(done));
}

Status Transaction::put_meta(std::string_view name, std::string_view value) {
  if (Status ready = check(check_name("name", name)); !ready) return ready;
  if (name.front() == '\0') {
    return fail(ErrorCode::invalid, "names that begin with NUL are the store's own");
  }
  return keep(batch_->put(Table::meta, name, value));
}

Status Transaction::put_snapshot(std::string_view product, std::string_view snapshot) {
  if (Status ready = check(check_name("product", product)); !ready) return ready;
  return keep(batch_->put(Table::snapshots, product, snapshot));
}

Status Transaction::prune(const PruneRecord& prune, std::string_view base) {
  if (Status ready = check(check_name("product", prune.product)); !ready) return ready;
  Status done = Done{};
  for (std::size_t i = 0; done && i < prune.positions.size(); ++i)
    done = remove_facts(prune.positions[i]);
  const std::string record = encode_prune(prune);
  if (done) done = batch_->append(Table::prunes, number_key(next_position()), record);
  if (done) done = batch_->put(Table::bases, prune.product, base);
  open_.body.add(record);
  open_.is_empty = false;
  return keep(std::move(done));
}

// Of one entry.
Status Transaction::remove_facts(std::uint64_t position) {
  const auto bytes = batch_->get(Table::log, number_key(position));
  if (!bytes) return failure(bytes);
  const auto entry = *bytes ? decode_entry(position, **bytes) : std::nullopt;
  if (!entry) {
    return fail(ErrorCode::corrupt, "an entry of the log does not decode",
                describe_number(name_of(Table::log), position));
  }
  for (std::uint64_t i = 0; i < entry->facts; ++i) {
    const std::uint64_t seq = entry->first_seq + i;
    Status removed = batch_->remove(Table::facts, number_key(seq));
    for (const std::string& product : entry->head.products) {
      if (removed) removed = batch_->remove(Table::facts_by_product, product_key(product, seq));
    }
    if (!removed) return removed;
  }
  return Done{};
}

Status Transaction::commit() {
  if (Status ready = check(Done{}); !ready) {
    end();
    return ready;
  }
  if (!open_.is_empty) {
    end();
    return fail(ErrorCode::invalid, "an entry of the log was not closed");
  }
  Status committed = batch_->commit();
  if (committed) state_.last_seq = ends_.seq;
  end();
  return committed;
}

// `named`, or why nothing may be written any more.
Status Transaction::check(Status named) const {
  if (!batch_) return fail(ErrorCode::invalid, "the transaction is over");
  if (failure_) return Unexpected<Error>(*failure_);
  return named;
}

// A write that failed leaves half of itself behind: from then on the transaction cannot succeed.
Status Transaction::keep(Status written) {
  if (!written) failure_ = written.error();
  return written;
}

Status Transaction::forget_time_of(std::string_view key) {
  const auto bytes = batch_->get(Table::replies, key);
  if (!bytes) return failure(bytes);
  if (!*bytes) return Done{};
  const auto reply = decode_reply(**bytes);
  if (!reply) {
    return fail(ErrorCode::corrupt, "the stored reply does not decode",
                describe_name(name_of(Table::replies), key));
  }
  return batch_->remove(Table::replies_by_time, time_key(reply->at, key));
}

void Transaction::end() {
  if (!batch_) return;
  batch_.reset();
  state_.writing = false;
}

}  // namespace riskd::store
