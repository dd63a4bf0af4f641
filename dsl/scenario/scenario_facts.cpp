// The facts of a scenario are posted, and a tracker does what it is asked.
#include <algorithm>
#include <utility>

#include "dsl/scenario/scenario_runner.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/resolve.hpp"
#include "engine/update/complete.hpp"

namespace riskd::dsl {

void ScenarioRunner::say(ClauseId id) {
  if (const auto* said = clause(id).said<TodaySyntax>())
    now_ =
        Instant{start_of(Date{static_cast<std::int32_t>(expr(said->day).number)}).ms + 43'200'000};
  if (const auto* said = clause(id).said<PassesSyntax>())
    now_.ms += static_cast<std::int64_t>(expr(said->time).number * 1000);
  for (SaidFact& fact : facts_of(policy_, id)) post(std::move(fact.body), fact.span);
}

void ScenarioRunner::post(engine::FactBody body, Span span) {
  settle();
  const auto errors = engine::resolve(program_, live_.facts, body, now_);
  for (const engine::FactError& error : errors) {
    std::vector<std::string> details;
    if (!error.expected.empty()) {
      std::string all;
      for (const std::string& each : error.expected) all += (all.empty() ? "" : ", ") + each;
      details.push_back("expected one of: " + all);
    }
    fail(span, error.message, std::move(details));
  }
  if (!errors.empty()) return;
  engine::complete(live_.model, body);
  ++seq_;
  now_.ms += 1000;  // statements follow each other
  engine::fold(live_.facts, {{seq_, now_, "scenario"}, std::move(body)});
  settled_ = false;
}

namespace {

// What a tracker of its kind says of a ticket that riskd opens or closes.
void set_open(engine::TicketFact& ticket, bool open) {
  ticket.status = open ? "To Do" : "Done";
  ticket.state = open ? "open" : "closed";
  if (ticket.kind == "azure") ticket.state = std::exchange(ticket.status, {});
  if (ticket.kind == "jira" || ticket.kind == "redmine" || ticket.kind == "azure")
    ticket.closed = !open;
  if (open) return;
  if (ticket.kind == "jira") ticket.resolution = "Done";
  if (ticket.kind == "github") ticket.reason = "completed";
}

}  // namespace

// Evaluates, and lets a tracker do what it is asked: open and close tickets. What it did comes back.
void ScenarioRunner::settle() {
  if (settled_) return;
  settled_ = true;
  inspection_.reset();
  live_.model = engine::evaluate(program_, live_.facts, now_, &reached_.trace);
  for (int round = 0; round < 4; ++round) {
    std::vector<engine::TicketFact> written;
    for (const engine::TicketRow& row : live_.model.tickets) {
      const bool open_now = row.known && row.is_open;
      if (row.known ? (row.desired == engine::Desired::open) == open_now
                    : row.desired != engine::Desired::open)
        continue;
      engine::TicketFact ticket;
      ticket.ticket = row.ticket;
      ticket.element = row.element;
      choose_tracker(ticket);
      ticket.key = "T-1";
      ticket.own = true;
      const bool open = row.desired == engine::Desired::open;
      if (open) opened_.insert(row.ticket);
      set_open(ticket, open);
      written.push_back(ticket);
    }
    if (written.empty()) break;
    // What is written: its conditions are the policy's too.
    const auto effects = engine::reconcile(program_, live_.facts, now_, &reached_.trace);
    for (const engine::TicketFact& each : written)
      engine::fold(live_.facts, {{++seq_, now_, "tracker"}, each});
    write(effects);
    live_.model = engine::evaluate(program_, live_.facts, now_, &reached_.trace);
  }
  for (const std::string& id : live_.model.applying)
    applied_.insert(id.substr(id.find('/') == std::string::npos ? 0 : id.find('/') + 1));
}

void ScenarioRunner::write(const std::vector<engine::Effect>& effects) {
  for (const engine::Effect& effect : effects) {
    WrittenTicket& ticket = written_[{effect.ticket, effect.element}];
    if (effect.kind == engine::EffectKind::create)
      ticket = {to_plain(effect.title), to_plain(effect.body), effect.priority, "", effect.labels};
    else if (!effect.text.empty())
      ticket.comment = to_plain(effect.text);
    if (effect.watched.empty() && !effect.departed) continue;
    const engine::ToldFact told{effect.ticket, effect.element, effect.watched, effect.departed};
    engine::fold(live_.facts, {{++seq_, now_, "tracker"}, told});
  }
}

engine::Inspection& ScenarioRunner::inspection() {
  if (inspection_ == nullptr)
    inspection_ = std::make_unique<engine::Inspection>(program_, live_.facts, now_);
  return *inspection_;
}

void ScenarioRunner::choose_tracker(engine::TicketFact& ticket) const {
  const auto known = live_.facts.tickets.find({ticket.ticket, ticket.element});
  if (known != live_.facts.tickets.end() && !known->second.seen.empty()) {
    const engine::TicketFact& newest = known->second.seen.back().value;
    ticket.tracker = newest.tracker;
    ticket.kind = newest.kind;
    ticket.map = newest.map;
    return;
  }
  ticket.kind = "directory";
  if (program_.status_map("directory") == nullptr && !program_.status_maps.empty()) {
    // One that is a tracker's own, if there is one.
    const auto& maps = program_.status_maps;
    const auto own =
        std::find_if(maps.begin(), maps.end(), [](const auto& map) { return map.name.empty(); });
    const engine::StatusMap& chosen = own == maps.end() ? maps.front() : *own;
    ticket.kind = chosen.tracker_kind;
    ticket.map = chosen.name;
  }
  ticket.tracker = ticket.kind;
}

}  // namespace riskd::dsl
