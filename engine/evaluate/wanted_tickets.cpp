#include "engine/evaluate/wanted_tickets.hpp"

#include <algorithm>
#include <tuple>

#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/known_tickets.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

namespace {

// Whether the decision held at `moment` or came after it, and has ended since.
bool has_ended_since(const Provenance& moment, const DecisionFact& fact, Instant now) {
  const std::optional<Instant> end = end_of(fact);
  return end && moment.at < *end && *end <= now;
}

// `place` of the template.
std::string cause_of(const TicketWish& wish, const TicketTemplate& ticket,
                     const std::string& place) {
  const auto clause = [&](const char* word) {
    return std::string(word) + " when of `" + ticket.name + "` (" + place + ")";
  };
  switch (wish.clause) {
    case TicketWish::Clause::open:
      return clause("open");
    case TicketWish::Clause::reopen:
      return clause("reopen");
    case TicketWish::Clause::close:
      return clause("close");
    case TicketWish::Clause::as_it_is:
      return "as it is";
    case TicketWish::Clause::disputed:
      return "disputed: it was opened again, and closed without a newer fact";
    case TicketWish::Clause::none:
      break;
  }
  return "";
}

}  // namespace

WantedTickets::WantedTickets(const Basis& basis, const Parts& parts)
    : basis_(basis), program_(basis.program), parts_(parts) {}

// Whether somebody decided something of the element after `moment`, or a decision has ended.
bool WantedTickets::is_decided_since(const Provenance& moment, const Instance& element) const {
  if (element.decided == nullptr) return false;
  const auto& decisions = element.decided->all;
  return std::any_of(decisions.begin(), decisions.end(), [&](const DecisionEntry* each) {
    return is_older(moment, each->second.from) ||
           has_ended_since(moment, each->second.value, basis_.now);
  });
}

bool WantedTickets::has_acceptance_ended_since(const Provenance& moment,
                                               const RiskInstance& risk) const {
  if (risk.decided == nullptr) return false;
  const auto& decisions = risk.decided->all;
  return std::any_of(decisions.begin(), decisions.end(), [&](const DecisionEntry* each) {
    return each->first.aspect == "accepted" &&
           has_ended_since(moment, each->second.value, basis_.now);
  });
}

// Whether a test has failed after `moment`, or one that fails counts again: what was said against it has
// ended. A test that passes asks for no work.
bool WantedTickets::fails_since(const Provenance& moment, const Results& results) const {
  const auto counts_again = [&](const BoundResult& failed) {
    const TestResult result = failed.result();
    std::vector<std::string> names = result.aliases;
    names.push_back(result.id);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const std::string test = failed.source + ":" + name;
      for (const std::string& each : {test, result.component + "/" + test}) {
        const auto decided = basis_.product->decisions.find({each, "false-positive"});
        if (decided != basis_.product->decisions.end() &&
            has_ended_since(moment, decided->second.value, basis_.now))
          return true;
      }
      return false;
    });
  };
  bool fails = false;
  results.each([&](const BoundResult& result) {
    if (result.verdict != Verdict::failed || fails) return;
    fails = is_older(moment, result.from()) ||
            (parts_.decisions.has_false_positives() && counts_again(result));
  });
  return fails;
}

// Whether something of the ticket's element is newer than the moment at which a person closed it.
bool WantedTickets::is_newer_than(const Provenance& closed, Kind kind,
                                  const Context& context) const {
  if (kind == Kind::countermeasure) {
    return is_decided_since(closed, *context.countermeasure) ||
           fails_since(closed, context.countermeasure->results);
  }
  const auto is_newer = [&](const WeaknessInstance& weakness) {
    return is_decided_since(closed, weakness) || fails_since(closed, weakness.results);
  };
  if (kind == Kind::weakness) {
    if (is_newer(*context.weakness)) return true;
    // That the risk was accepted may be why it was closed.
    for (const RiskInstance* risk : risks_of(*context.weakness)) {
      if (has_acceptance_ended_since(closed, *risk)) return true;
    }
    return false;
  }
  if (is_decided_since(closed, *context.risk)) return true;
  for (const WeaknessInstance* weakness : weaknesses_of(*context.risk)) {
    if (is_newer(*weakness)) return true;
  }
  return false;
}

// Whether a closed ticket is to be open. What riskd closed, it opens again when the work is wanted. What a
// person closed is opened for a newer fact. Without one a status that says nothing of the work, or that
// the security team has overruled, is answered once; a person who closes it again is not fought.
WantedTickets::Opening WantedTickets::wants_opening(const TicketTemplate& ticket,
                                                    const KnownTicket& known,
                                                    const Context& context) {
  if (!parts_.values.holds(ticket.open, context) && !parts_.values.holds(ticket.reopen, context))
    return Opening::no;
  if (known.closing == nullptr) return Opening::yes;
  if (is_newer_than(known.closing->from, ticket.kind, context)) return Opening::yes;
  const auto* decided = ticket.kind == Kind::countermeasure
                            ? parts_.decisions.of(*context.countermeasure, "state")
                            : nullptr;
  const bool overruled =
      decided != nullptr && decided->value.state == DecisionState::not_implemented;
  if (known.said() && !overruled) return Opening::no;
  return parts_.known.reader().was_reopened(known) ? Opening::disputed : Opening::yes;
}

TicketWish WantedTickets::wish(std::uint32_t ticket, const KnownTicket* known,
                               const Context& context) {
  using Clause = TicketWish::Clause;
  const TicketTemplate& made_by = program_.tickets[ticket];
  if (parts_.values.holds(made_by.close, context)) {
    if (known == nullptr) return {};
    return {Desired::closed, Clause::close};
  }
  if (known == nullptr) {
    if (!parts_.values.holds(made_by.open, context)) return {};
    return {Desired::open, Clause::open};
  }
  if (known->open) return {Desired::open, Clause::as_it_is};
  switch (wants_opening(made_by, *known, context)) {
    case Opening::yes:
      return {Desired::open,
              parts_.values.holds(made_by.open, context) ? Clause::open : Clause::reopen};
    case Opening::no:
      return {Desired::closed, Clause::as_it_is};
    case Opening::disputed:
      return {Desired::closed, Clause::disputed};
  }
  return {};
}

std::optional<Desired> WantedTickets::departed_wish(std::uint32_t ticket,
                                                    const KnownTicket* known) const {
  if (known == nullptr) return std::nullopt;
  const bool closes = ticket != no_index && program_.tickets[ticket].close != no_node;
  return !closes && known->open ? Desired::open : Desired::closed;
}

TicketRow WantedTickets::row(TicketKey key, std::uint32_t ticket, Desired desired,
                             const KnownTicket* known, std::string cause) const {
  TicketRow row;
  row.ticket = std::move(key.ticket);
  row.element = std::move(key.element);
  row.desired = desired;
  row.definition = ticket;
  row.cause = std::move(cause);
  if (known == nullptr) return row;
  const TicketFact& newest = known->newest->value;
  row.known = true;
  row.is_open = known->open;
  row.is_read = known->is_read;
  row.own = known->own;
  row.since = known->status->from;
  row.by = known->own ? "" : known->status->value.by;
  row.remark = known->own ? "" : known->status->value.remark;
  row.tracker = newest.tracker;
  row.key = newest.key;
  row.url = newest.url;
  row.status = newest.deleted ? "deleted" : newest.status.empty() ? newest.state : newest.status;
  row.how = newest.resolution.empty() ? newest.reason : newest.resolution;
  return row;
}

TicketRow WantedTickets::departed_row(TicketKey key, std::uint32_t ticket,
                                      const KnownTicket& known) const {
  const Desired desired = departed_wish(ticket, &known).value_or(Desired::closed);
  return row(std::move(key), ticket, desired, &known,
             ticket == no_index ? "the policy has no such ticket any more"
                                : "its element has left the model");
}

std::vector<TicketRow> WantedTickets::rows() {
  std::vector<TicketRow> rows;
  for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
    const TicketTemplate& ticket = program_.tickets[i];
    for (const auto& [element, context] : parts_.elements.of_kind(ticket.kind)) {
      const KnownTicket* known = parts_.known.find(i, *instance_of(ticket.kind, context));
      const TicketWish wanted = wish(i, known, context);
      if (!wanted.desired) continue;
      rows.push_back(row({ticket.name, element}, i, *wanted.desired, known,
                         cause_of(wanted, ticket, print_place(program_, ticket.place))));
      rows.back().disputed = wanted.clause == TicketWish::Clause::disputed;
    }
  }
  for (const auto& each : parts_.known.all()) {
    if (find_element(*each->scope, each->kind, each->definition) != nullptr) continue;
    for (TicketPlace& place : each->places) {
      if (const KnownTicket* known = parts_.known.find(place))
        rows.push_back(
            departed_row(parts_.known.key_of(*each, place.ticket), place.ticket, *known));
    }
  }
  parts_.known.each_strange([&](const TicketKey& key, std::uint32_t ticket) {
    if (const auto known = parts_.known.find(key))
      rows.push_back(departed_row(key, ticket, *known));
  });
  std::sort(rows.begin(), rows.end(), [](const TicketRow& a, const TicketRow& b) {
    return std::tie(a.ticket, a.element) < std::tie(b.ticket, b.element);
  });
  return rows;
}

template <typename T>
void WantedTickets::compute_of() {
  constexpr Kind kind = kind_of_element<T>();
  for (T* element : parts_.elements.all<T>()) {
    const Context context = context_of(*element);
    for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
      if (program_.tickets[i].kind != kind) continue;
      const TicketWish wanted = wish(i, parts_.known.find(i, *element), context);
      if (!wanted.desired) continue;
      parts_.known.make(*element->scope, kind, element->definition).make(i).wanted = wanted.desired;
    }
  }
}

void WantedTickets::compute() {
  for (const auto& each : parts_.known.all()) {
    for (TicketPlace& place : each->places) place.wanted.reset();
  }
  strange_.clear();
  if (program_.tickets.empty() && basis_.product->tickets.empty()) return;
  compute_of<RiskInstance>();
  compute_of<WeaknessInstance>();
  compute_of<CountermeasureInstance>();
  for (const auto& each : parts_.known.all()) {
    if (find_element(*each->scope, each->kind, each->definition) != nullptr) continue;
    for (TicketPlace& place : each->places)
      place.wanted = departed_wish(place.ticket, parts_.known.find(place));
  }
  parts_.known.each_strange([&](const TicketKey& key, std::uint32_t ticket) {
    const auto known = parts_.known.find(key);
    if (const auto wanted = departed_wish(ticket, known ? &*known : nullptr))
      strange_.emplace(key, *wanted);
  });
}

std::map<TicketKey, Desired> WantedTickets::all() const {
  std::map<TicketKey, Desired> all = strange_;
  for (const auto& each : parts_.known.all()) {
    for (const TicketPlace& place : each->places) {
      if (place.wanted) all.emplace(parts_.known.key_of(*each, place.ticket), *place.wanted);
    }
  }
  return all;
}

std::optional<Desired> WantedTickets::exchange(const TicketKey& key, std::optional<Desired> now) {
  const auto held = strange_.find(key);
  const std::optional<Desired> before =
      held == strange_.end() ? std::nullopt : std::optional(held->second);
  if (now)
    strange_[key] = *now;
  else if (before)
    strange_.erase(held);
  return before;
}

std::string shown_status(const TicketFact& fact) {
  if (fact.deleted) return "deleted";
  const std::string& how = fact.resolution.empty() ? fact.reason : fact.resolution;
  return shown_status(fact.status.empty() ? fact.state : fact.status, how);
}

std::string shown_status(const std::string& status, const std::string& how) {
  return how.empty() || how == status ? status : status + " (" + how + ")";
}

}  // namespace riskd::engine
