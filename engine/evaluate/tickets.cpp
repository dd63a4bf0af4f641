// Which tickets should exist, by the templates, the elements and what is known of tickets.
#include <algorithm>
#include <set>

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/reconcile.hpp"

namespace riskd::engine {

std::vector<std::pair<std::string, Context>> Evaluator::elements_of(Kind kind) {
  std::vector<std::pair<std::string, Context>> elements;
  if (kind == Kind::risk) {
    for (RiskInstance* each : all_risks()) elements.emplace_back(each->id, context_of(*each));
  } else if (kind == Kind::weakness) {
    for (WeaknessInstance* each : all_weaknesses())
      elements.emplace_back(each->id, context_of(*each));
  } else {
    for (CountermeasureInstance* each : all_countermeasures())
      elements.emplace_back(each->id, context_of(*each));
  }
  std::sort(elements.begin(), elements.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return elements;
}

// Whether the decision held at `moment` or came after it, and has ended since.
bool Evaluator::has_ended_since(const Provenance& moment, const DecisionFact& fact) const {
  if (!fact.until) return false;
  const Instant end = start_of(Date{fact.until->days + 1});
  return moment.at < end && end <= now_;
}

// Whether somebody decided something of the element after `moment`, or a decision has ended.
bool Evaluator::is_decided_since(const Provenance& moment, const Instance& element) const {
  if (element.decided == nullptr) return false;
  const auto& decisions = element.decided->all;
  return std::any_of(decisions.begin(), decisions.end(), [&](const DecisionEntry* each) {
    return is_older(moment, each->second.from) || has_ended_since(moment, each->second.value);
  });
}

bool Evaluator::has_acceptance_ended_since(const Provenance& moment,
                                           const RiskInstance& risk) const {
  if (risk.decided == nullptr) return false;
  const auto& decisions = risk.decided->all;
  return std::any_of(decisions.begin(), decisions.end(), [&](const DecisionEntry* each) {
    return each->first.aspect == "accepted" && has_ended_since(moment, each->second.value);
  });
}

// Whether a test has failed after `moment`, or one that fails counts again: what was said against it has
// ended. A test that passes asks for no work.
bool Evaluator::fails_since(const Provenance& moment, const Results& results) const {
  const auto counts_again = [&](const BoundResult& failed) {
    const TestResult& result = failed.result();
    std::vector<std::string> names = result.aliases;
    names.push_back(result.id);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const std::string test = failed.source + ":" + name;
      for (const std::string& each : {test, result.component + "/" + test}) {
        const auto decided = product_->decisions.find({each, "false-positive"});
        if (decided != product_->decisions.end() && has_ended_since(moment, decided->second.value))
          return true;
      }
      return false;
    });
  };
  bool fails = false;
  results.each([&](const BoundResult& result) {
    if (result.verdict != Verdict::failed || fails) return;
    fails = is_older(moment, result.from()) || (false_positives_ > 0 && counts_again(result));
  });
  return fails;
}

// Whether a closed ticket is to be open. What riskd closed, it opens again when the work is wanted. What a
// person closed is opened for a newer fact. Without one a status that says nothing of the work, or that
// the security team has overruled, is answered once; a person who closes it again is not fought.
Evaluator::Opening Evaluator::wants_opening(const TicketTemplate& ticket, const KnownTicket& known,
                                            const Context& context) {
  if (!holds(ticket.open, context) && !holds(ticket.reopen, context)) return Opening::no;
  if (known.closing == nullptr) return Opening::yes;
  const Provenance& closed = known.closing->from;
  bool newer = false;
  if (ticket.kind == Kind::weakness) {
    newer = is_decided_since(closed, *context.weakness) ||
            fails_since(closed, context.weakness->results);
    // That the risk was accepted may be why it was closed.
    for (const RiskInstance* risk : risks_of(*context.weakness))
      newer = newer || has_acceptance_ended_since(closed, *risk);
  } else if (ticket.kind == Kind::countermeasure) {
    newer = is_decided_since(closed, *context.countermeasure) ||
            fails_since(closed, context.countermeasure->results);
  } else {
    newer = is_decided_since(closed, *context.risk);
    for (const WeaknessInstance* weakness : weaknesses_of(*context.risk))
      newer =
          newer || is_decided_since(closed, *weakness) || fails_since(closed, weakness->results);
  }
  if (newer) return Opening::yes;
  const auto* decided =
      ticket.kind == Kind::countermeasure ? decision(*context.countermeasure, "state") : nullptr;
  const bool overruled =
      decided != nullptr && decided->value.state == DecisionState::not_implemented;
  if (known.said() && !overruled) return Opening::no;
  return was_reopened(known) ? Opening::disputed : Opening::yes;
}

TicketRow Evaluator::ticket_row(const TicketKey& key, std::uint32_t definition, Desired desired,
                                const std::optional<KnownTicket>& known, std::string cause) const {
  TicketRow row;
  row.ticket = key.ticket;
  row.element = key.element;
  row.desired = desired;
  row.definition = definition;
  row.cause = std::move(cause);
  if (known) {
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
  }
  return row;
}

std::string shown_status(const TicketFact& fact) {
  if (fact.deleted) return "deleted";
  const std::string& how = fact.resolution.empty() ? fact.reason : fact.resolution;
  return shown_status(fact.status.empty() ? fact.state : fact.status, how);
}

std::string shown_status(const std::string& status, const std::string& how) {
  return how.empty() || how == status ? status : status + " (" + how + ")";
}

// The ticket of an element of the model; nullopt where there is none and should be none.
std::optional<TicketRow> Evaluator::wanted_ticket(std::uint32_t definition,
                                                  const std::string& element,
                                                  const Context& context) {
  const TicketTemplate& ticket = program_.tickets[definition];
  const TicketKey key{ticket.name, element};
  const auto known = known_ticket(key);
  const auto row = [&](Desired desired, const char* clause) {
    return ticket_row(
        key, definition, desired, known,
        std::string(clause) + " when of `" + ticket.name + "` (" + place(ticket.place) + ")");
  };
  if (holds(ticket.close, context))
    return known ? std::optional(row(Desired::closed, "close")) : std::nullopt;
  if (!known) {
    return holds(ticket.open, context) ? std::optional(row(Desired::open, "open")) : std::nullopt;
  }
  const auto as_it_is = [&] {
    return ticket_row(key, definition, known->open ? Desired::open : Desired::closed, known,
                      "as it is");
  };
  if (known->open) return as_it_is();
  switch (wants_opening(ticket, *known, context)) {
    case Opening::yes:
      return row(Desired::open, holds(ticket.open, context) ? "open" : "reopen");
    case Opening::no:
      return as_it_is();
    case Opening::disputed: {
      TicketRow disputed = as_it_is();
      disputed.disputed = true;
      disputed.cause = "disputed: it was opened again, and closed without a newer fact";
      return disputed;
    }
  }
  return std::nullopt;
}

// A known ticket of an element, or of a template, that is there no more.
std::optional<TicketRow> Evaluator::departed_ticket(const TicketKey& key) {
  const auto known = known_ticket(key);
  if (!known) return std::nullopt;
  const std::uint32_t definition = program_.template_by_name(key.ticket);
  const bool closes = definition != no_index && program_.tickets[definition].close != no_node;
  const bool stays_open = !closes && known->open;
  return ticket_row(key, definition, stays_open ? Desired::open : Desired::closed, known,
                    definition == no_index ? "the policy has no such ticket any more"
                                           : "its element has left the model");
}

std::vector<TicketRow> Evaluator::ticket_rows() {
  std::vector<TicketRow> rows;
  std::set<TicketKey> placed;
  for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
    const TicketTemplate& ticket = program_.tickets[i];
    for (const auto& [element, context] : elements_of(ticket.kind)) {
      TicketKey key{ticket.name, element};
      for (TicketKey& former : former_keys(key)) placed.insert(std::move(former));
      placed.insert(std::move(key));
      if (auto row = wanted_ticket(i, element, context)) rows.push_back(std::move(*row));
    }
  }
  for (const auto& [key, facts] : product_->tickets) {
    if (placed.contains(key)) continue;
    // Of an element that has another id now, and is not there: it stands under that id.
    const TicketKey present = present_key(key);
    if (present != key && placed.contains(present)) continue;
    if (!placed.insert(present).second) continue;
    if (auto row = departed_ticket(present)) rows.push_back(std::move(*row));
  }
  std::sort(rows.begin(), rows.end(), [](const TicketRow& a, const TicketRow& b) {
    return std::tie(a.ticket, a.element) < std::tie(b.ticket, b.element);
  });
  return rows;
}

}  // namespace riskd::engine
