#include "connectors/trackers/status_origin.hpp"

#include <algorithm>
#include <utility>

#include "connectors/trackers/words.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/rich_text.hpp"

namespace riskd::connectors {
namespace {

constexpr std::int64_t comes_with_ms = 5 * 60'000;  // a comment that was written before the change

const StatusChange* last_change_to(const TicketHistory& history, std::string_view status) {
  const StatusChange* last = nullptr;
  for (const StatusChange& change : history.changes) {
    if (same_words(change.to, status) && (last == nullptr || change.at >= last->at)) last = &change;
  }
  return last;
}

// When somebody else last set a status before that change: what is older speaks of that one.
Instant change_of_others(const TicketHistory& history, const StatusChange& change) {
  Instant last;
  for (const StatusChange& each : history.changes) {
    if (each.by.id != change.by.id && each.at < change.at) last = std::max(last, each.at);
  }
  return last;
}

std::string remark_at(const TicketHistory& history, const StatusChange& change,
                      const Account& own) {
  const Instant from =
      std::max(Instant{change.at.ms - comes_with_ms}, change_of_others(history, change));
  const TicketComment* last = nullptr;
  for (const TicketComment& comment : history.comments) {
    const bool of_riskd = comment.of_riskd || (!own.id.empty() && comment.by.id == own.id);
    const bool by_same = change.by.id.empty() || comment.by.id == change.by.id;
    const bool comes_with = by_same && comment.at >= from;
    if (of_riskd || (comment.at < change.at && !comes_with)) continue;
    if (last == nullptr || comment.at >= last->at) last = &comment;
  }
  return last == nullptr ? std::string() : remark_text(last->text);
}

}  // namespace

StatusOrigin origin_in(const TicketHistory& history, std::string_view status, const Account& own) {
  StatusOrigin origin;
  const StatusChange* change = last_change_to(history, status);
  if (change == nullptr) return origin;
  if (!own.id.empty() && !change->by.id.empty())
    origin.actor = change->by.id == own.id ? Actor::riskd : Actor::person;
  if (origin.actor == Actor::person) origin.person = remark_text(change->by.name);
  // Without a time it is unknown which comments came after it.
  if (change->at.ms != 0) origin.remark = remark_at(history, *change, own);
  return origin;
}

StatusOrigin settled(StatusOrigin origin, bool by_riskd) {
  if (origin.actor == Actor::unknown) origin.actor = by_riskd ? Actor::riskd : Actor::person;
  return origin;
}

StatusOrigin origin_of_riskd() { return {Actor::riskd, {}, {}}; }

bool has_moved(const std::string& seen, std::string_view status) {
  return !seen.empty() && !same_words(seen, status);
}

std::string remark_text(std::string_view plain) {
  std::string line;
  for (const char c : plain) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  constexpr std::size_t ellipsis_bytes = 3;
  return sanitize_outside(line, limits::outside_text_bytes - ellipsis_bytes);
}

}  // namespace riskd::connectors
