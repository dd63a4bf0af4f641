// What is known of tickets: whose word a status is, since when, and whether the ticket is open.
//
// A status is riskd's own from the observation that says riskd set it until another status is observed,
// or until the tracker names a person who set it. An own status opens or closes the ticket and says
// nothing about the work.
#include "engine/evaluate/ticket_reader.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::engine {
namespace {

// Whether the ticket is closed. An observation that does not report it is judged by its status: the finished statuses
// of the tracker's kind, and any resolution of Jira, are closed.
bool is_closed_in_tracker(const TicketFact& fact) {
  if (fact.closed) return *fact.closed;
  if (fact.state == "closed" || !fact.resolution.empty()) return true;
  const TrackerKind* kind = tracker_kind(fact.kind);
  if (kind == nullptr) return false;
  const std::string& status = fact.status.empty() ? fact.state : fact.status;
  return std::find(kind->finished.begin(), kind->finished.end(), status) != kind->finished.end();
}

Record record_of(const TicketFact& fact) {
  Record record;
  const auto set = [&](StatusSlot slot, const std::string& value) {
    if (!value.empty()) record.texts[static_cast<std::uint32_t>(slot)] = value;
  };
  set(StatusSlot::status, fact.status);
  set(StatusSlot::resolution, fact.resolution);
  set(StatusSlot::state, fact.state);
  set(StatusSlot::reason, fact.reason);
  record.lists[static_cast<std::uint32_t>(StatusSlot::labels)] = fact.labels;
  record.truths[static_cast<std::uint32_t>(StatusSlot::closed)] = is_closed_in_tracker(fact);
  return record;
}

}  // namespace

const StatusRow* TicketReader::status_row(const TicketFact& fact) {
  const StatusMap* map = program_.status_map(fact.kind, fact.map);
  // A map that the policy has lost: the kind's own reads its tickets.
  if (map == nullptr) map = program_.status_map(fact.kind);
  if (map == nullptr) return nullptr;
  const Record record = record_of(fact);
  Context context;
  context.record = &record;
  for (const StatusRow& row : map->rows) {
    if (!values_.holds(row.when, context, true)) continue;
    if (trace_ != nullptr)
      ++trace_->status[{static_cast<std::uint32_t>(map - program_.status_maps.data()),
                        static_cast<std::uint32_t>(&row - map->rows.data())}];
    return &row;
  }
  return nullptr;
}

bool is_mapped(const Program& program, const TicketFact& fact,
               const std::vector<StatusSlot>& open) {
  const StatusMap* map = program.status_map(fact.kind, fact.map);
  if (map == nullptr) return false;
  Record record = record_of(fact);
  for (const StatusSlot slot : open) record.open.insert(static_cast<std::uint32_t>(slot));
  const Product nothing;
  Evaluator evaluator(Basis{program, *program.dependencies, &nothing, Instant{}});
  Context context;
  context.record = &record;
  return std::any_of(map->rows.begin(), map->rows.end(), [&](const StatusRow& row) {
    return row.when != no_node && !as_truth(evaluator.values.eval(row.when, context)).is_false();
  });
}

State TicketReader::mapped(const TicketFact& fact, bool* is_read) {
  const StatusRow* row = fact.deleted ? nullptr : status_row(fact);
  if (is_read != nullptr) *is_read = fact.deleted || (row != nullptr && row->when != no_node);
  return row == nullptr ? State::required : row->state;
}

bool TicketReader::is_closed(const TicketFact& fact) {
  return fact.deleted || is_closed_in_tracker(fact) || mapped(fact) != State::required;
}

// Whether `now` repeats the status of `before`, which was observed just before it. What riskd writes of a
// status that a person had set stays the person's; so does what is read again of riskd's own, unless the
// tracker names a person.
bool TicketReader::says_the_same(const TicketFact& before, const TicketFact& now) {
  const auto status = [](const TicketFact& of) {
    return std::tie(of.tracker, of.status, of.resolution, of.state, of.reason, of.deleted);
  };
  if (status(before) != status(now)) return false;
  if (!now.own && !now.by.empty() && now.by != before.by) return false;
  if (before.closed && now.closed && before.closed != now.closed) return false;
  // A label may be what the map reads.
  return before.labels == now.labels || mapped(before) == mapped(now);
}

// The place in `seen` of the first observation of the status that the one at `index` says.
std::size_t TicketReader::first_of_status(const TicketFacts& facts, std::size_t index) {
  while (index > 0 && says_the_same(facts.seen[index - 1].value, facts.seen[index].value)) --index;
  return index;
}

// `facts` saw it once at least.
KnownTicket TicketReader::read(std::shared_ptr<const TicketFacts> facts) {
  KnownTicket known;
  known.facts = std::move(facts);
  const auto& seen = known.facts->seen;
  known.newest = &seen.back();
  known.mapped = mapped(known.newest->value, &known.is_read);
  std::size_t first = first_of_status(*known.facts, seen.size() - 1);
  known.status = &seen[first];
  // Where the tracker does not tell, what riskd said of its own write holds.
  known.open = !is_closed(known.newest->value) &&
               (known.newest->value.closed || !known.status->value.closed.value_or(false));
  known.own = known.status->value.own && !known.is_deleted();
  if (known.open || known.own) return known;
  known.closing = known.status;
  while (first > 0 && is_closed(seen[first - 1].value)) {
    const std::size_t before = first_of_status(*known.facts, first - 1);
    if (seen[before].value.own && !seen[before].value.deleted) break;
    known.closing = &seen[before];
    first = before;
  }
  return known;
}

// Whether riskd opened the ticket again once, after a person had closed it and before this closing.
bool TicketReader::was_reopened(const KnownTicket& known) {
  const auto& seen = known.facts->seen;
  auto end = static_cast<std::size_t>(known.closing - seen.data());
  while (end > 0) {
    const std::size_t first = first_of_status(*known.facts, end - 1);
    const bool opened = seen[first].value.own && !is_closed(seen[first].value);
    if (opened && first > 0 && is_closed(seen[first - 1].value)) {
      const TicketFact& closed = seen[first_of_status(*known.facts, first - 1)].value;
      if (!closed.own || closed.deleted) return true;
    }
    end = first;
  }
  return false;
}

}  // namespace riskd::engine
