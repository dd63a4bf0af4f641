// Which tickets should exist, by the templates, the elements and what is known of tickets.
#include <algorithm>
#include <tuple>

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/reconcile.hpp"

namespace riskd::engine {
namespace {

// Whether the decision held at `moment` or came after it, and has ended since.
bool has_ended_since(const Provenance& moment, const DecisionFact& fact, Instant now) {
  if (!fact.until) return false;
  const Instant end = start_of(Date{fact.until->days + 1});
  return moment.at < end && end <= now;
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

// Whether somebody decided something of the element after `moment`, or a decision has ended.
bool Evaluator::is_decided_since(const Provenance& moment, const Instance& element) const {
  if (element.decided == nullptr) return false;
  const auto& decisions = element.decided->all;
  return std::any_of(decisions.begin(), decisions.end(), [&](const DecisionEntry* each) {
    return is_older(moment, each->second.from) || has_ended_since(moment, each->second.value, now_);
  });
}

bool Evaluator::has_acceptance_ended_since(const Provenance& moment,
                                           const RiskInstance& risk) const {
  if (risk.decided == nullptr) return false;
  const auto& decisions = risk.decided->all;
  return std::any_of(decisions.begin(), decisions.end(), [&](const DecisionEntry* each) {
    return each->first.aspect == "accepted" && has_ended_since(moment, each->second.value, now_);
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
        if (decided != product_->decisions.end() &&
            has_ended_since(moment, decided->second.value, now_))
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
  return reader().was_reopened(known) ? Opening::disputed : Opening::yes;
}

TicketRow Evaluator::ticket_row(TicketKey key, std::uint32_t ticket, Desired desired,
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

std::string shown_status(const TicketFact& fact) {
  if (fact.deleted) return "deleted";
  const std::string& how = fact.resolution.empty() ? fact.reason : fact.resolution;
  return shown_status(fact.status.empty() ? fact.state : fact.status, how);
}

std::string shown_status(const std::string& status, const std::string& how) {
  return how.empty() || how == status ? status : status + " (" + how + ")";
}

// Whether the ticket of an element of the model should be open.
TicketWish Evaluator::wish(std::uint32_t ticket, const KnownTicket* known, const Context& context) {
  using Clause = TicketWish::Clause;
  const TicketTemplate& made_by = program_.tickets[ticket];
  if (holds(made_by.close, context)) {
    if (known == nullptr) return {};
    return {Desired::closed, Clause::close};
  }
  if (known == nullptr) {
    if (!holds(made_by.open, context)) return {};
    return {Desired::open, Clause::open};
  }
  if (known->open) return {Desired::open, Clause::as_it_is};
  switch (wants_opening(made_by, *known, context)) {
    case Opening::yes:
      return {Desired::open, holds(made_by.open, context) ? Clause::open : Clause::reopen};
    case Opening::no:
      return {Desired::closed, Clause::as_it_is};
    case Opening::disputed:
      return {Desired::closed, Clause::disputed};
  }
  return {};
}

std::optional<Desired> Evaluator::departed_wish(std::uint32_t ticket,
                                                const KnownTicket* known) const {
  if (known == nullptr) return std::nullopt;
  const bool closes = ticket != no_index && program_.tickets[ticket].close != no_node;
  return !closes && known->open ? Desired::open : Desired::closed;
}

TicketRow Evaluator::departed_row(TicketKey key, std::uint32_t ticket,
                                  const KnownTicket& known) const {
  const Desired desired = departed_wish(ticket, &known).value_or(Desired::closed);
  return ticket_row(std::move(key), ticket, desired, &known,
                    ticket == no_index ? "the policy has no such ticket any more"
                                       : "its element has left the model");
}

std::vector<TicketRow> Evaluator::ticket_rows() {
  std::vector<TicketRow> rows;
  for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
    const TicketTemplate& ticket = program_.tickets[i];
    for (const auto& [element, context] : elements_of(ticket.kind)) {
      const KnownTicket* known = known_ticket(i, *instance_of(ticket.kind, context));
      const TicketWish wanted = wish(i, known, context);
      if (!wanted.desired) continue;
      rows.push_back(ticket_row({ticket.name, element}, i, *wanted.desired, known,
                                cause_of(wanted, ticket, place(ticket.place))));
      rows.back().disputed = wanted.clause == TicketWish::Clause::disputed;
    }
  }
  for (const auto& each : tickets_) {
    if (find_element(*each->scope, each->kind, each->definition) != nullptr) continue;
    for (TicketPlace& place : each->places) {
      if (const KnownTicket* known = known_ticket(place))
        rows.push_back(departed_row(key_of(*each, place.ticket), place.ticket, *known));
    }
  }
  each_strange_ticket([&](const TicketKey& key, std::uint32_t ticket) {
    if (const auto known = known_ticket(key)) rows.push_back(departed_row(key, ticket, *known));
  });
  std::sort(rows.begin(), rows.end(), [](const TicketRow& a, const TicketRow& b) {
    return std::tie(a.ticket, a.element) < std::tie(b.ticket, b.element);
  });
  return rows;
}

// For updates to come.
void Evaluator::compute_tickets() {
  for (const auto& each : tickets_) {
    for (TicketPlace& place : each->places) place.wanted.reset();
  }
  strange_tickets_.clear();
  if (program_.tickets.empty() && product_->tickets.empty()) return;
  const auto compute = [&](Kind kind, const auto& all) {
    for (auto* element : all) {
      const Context context = context_of(*element);
      for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
        if (program_.tickets[i].kind != kind) continue;
        const TicketWish wanted = wish(i, known_ticket(i, *element), context);
        if (wanted.desired)
          make_tickets(*element->scope, kind, element->definition).make(i).wanted = wanted.desired;
      }
    }
  };
  compute(Kind::risk, all_risks());
  compute(Kind::weakness, all_weaknesses());
  compute(Kind::countermeasure, all_countermeasures());
  for (const auto& each : tickets_) {
    if (find_element(*each->scope, each->kind, each->definition) != nullptr) continue;
    for (TicketPlace& place : each->places)
      place.wanted = departed_wish(place.ticket, known_ticket(place));
  }
  each_strange_ticket([&](const TicketKey& key, std::uint32_t ticket) {
    const auto known = known_ticket(key);
    if (const auto wanted = departed_wish(ticket, known ? &*known : nullptr))
      strange_tickets_.emplace(key, *wanted);
  });
}

std::map<TicketKey, Desired> Evaluator::wanted_tickets() const {
  std::map<TicketKey, Desired> all = strange_tickets_;
  for (const auto& each : tickets_) {
    for (const TicketPlace& place : each->places) {
      if (place.wanted) all.emplace(key_of(*each, place.ticket), *place.wanted);
    }
  }
  return all;
}

}  // namespace riskd::engine
