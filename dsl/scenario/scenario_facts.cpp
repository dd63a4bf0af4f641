// What a scenario gives, as facts; and a tracker that does what it is asked.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "dsl/scenario/scenario_runner.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/resolve.hpp"
#include "engine/update/complete.hpp"

namespace riskd::dsl {

engine::RawValue ScenarioRunner::raw(ExprId id) const {
  if (id == nothing) return std::monostate{};
  const Expr& value = expr(id);
  switch (value.kind) {
    case ExprKind::yes:
      return true;
    case ExprKind::no:
      return false;
    case ExprKind::number:
    case ExprKind::percent:
      return value.number;
    case ExprKind::date:
      return to_string(Date{static_cast<std::int32_t>(value.number)});
    case ExprKind::duration:
      return engine::print_number(value.number / 60) + " minutes";
    case ExprKind::text:
      return plain(value.text);
    case ExprKind::group:
      return raw(value.kids[0]);
    case ExprKind::in: {
      std::vector<std::string> names;
      for (const ExprId kid : value.kids)
        names.push_back(expr(kid).kind == ExprKind::text ? plain(expr(kid).text)
                                                         : expr(kid).name.text);
      return names;
    }
    default:
      return value.name.text;
  }
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

void ScenarioRunner::answers(ClauseId id) {
  const Clause& fact = clause(id);
  const std::vector<std::string>& ids = policy_.scenario_ids.at(id);
  engine::AnswersFact given;
  engine::FieldsFact fields;
  given.component = fields.component = fact.more().target.text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool field = ids[i].find('.') == std::string::npos;
    (field ? fields.fields : given.answers).emplace_back(ids[i], raw(fact.more().exprs[i]));
  }
  if (!fields.fields.empty()) post(fields, fact.span);
  if (!given.answers.empty()) post(given, fact.span);
}

void ScenarioRunner::decide(ClauseId id) {
  const Clause& fact = clause(id);
  engine::DecisionFact decision;
  if (fact.more().texts.empty()) {
    decision.element = id_of(id);
  } else {
    decision.element = fact.more().kind_word.text + ":" + plain(fact.more().texts.front());
    if (!fact.more().target.text.empty())
      decision.element = fact.more().target.text + "/" + decision.element;
  }
  decision.reason = plain(fact.text);
  if (fact.expr != nothing)
    decision.until = Date{static_cast<std::int32_t>(expr(fact.expr).number)};
  if (fact.kind == ClauseKind::fact_accept) {
    decision.state = engine::DecisionState::accepted;
  } else if (fact.flag) {
    decision.state = engine::DecisionState::set;
    decision.attribute = fact.more().name2.text;
    decision.value = raw(fact.expr2);
  } else {
    decision.state =
        engine::decision_state(fact.more().name2.text).value_or(engine::DecisionState::required);
  }
  post(decision, fact.span);
}

void ScenarioRunner::ticket(ClauseId id) {
  const Clause& fact = clause(id);
  engine::TicketFact ticket;
  ticket.ticket = fact.name.text;
  ticket.element = policy_.scenario_ids.at(id).front();
  if (!fact.more().kind_word.text.empty())
    ticket.element = fact.more().kind_word.text + "/" + ticket.element;
  ticket.tracker = ticket.kind = fact.more().target.text;
  ticket.map = fact.more().map.text;
  ticket.key = "T-1";
  for (std::size_t i = 0; i < fact.more().names.size() && i < fact.more().texts.size(); ++i) {
    const std::string value = plain(fact.more().texts[i]);
    if (fact.more().names[i].text == "status") ticket.status = value;
    if (fact.more().names[i].text == "resolution") ticket.resolution = value;
    if (fact.more().names[i].text == "state") ticket.state = value;
    if (fact.more().names[i].text == "reason") ticket.reason = value;
    if (fact.more().names[i].text == "labels") ticket.labels.push_back(value);
    if (fact.more().names[i].text == "closed") ticket.closed = fact.flag;
  }
  post(ticket, fact.span);
}

void ScenarioRunner::result(const Clause& fact) {
  // Each test is a suite of its own, so that a run without it says nothing about the others.
  const std::string source = fact.name.text;
  const std::string test = plain(fact.text);
  const std::string suite = (source + "/" + test).substr(0, 200);
  engine::TestResult result;
  result.id = test;
  result.component = fact.more().target.text;
  if (source == "cucumber" && test.starts_with('@')) result.tags.push_back(test);
  // As their reports name it too: Nuclei's template without the matcher, the method of .NET without its parameters.
  const std::size_t part = source == "nuclei"                       ? test.find(':')
                           : source == "trx" && test.ends_with(')') ? test.find('(')
                                                                    : std::string::npos;
  if (part != std::string::npos && part != 0) {
    result.aliases.push_back(test.substr(0, part));
    while (result.aliases.back().ends_with(' ')) result.aliases.back().pop_back();
  }
  if (!fact.more().texts.empty())
    result.attributes.emplace_back("tool", plain(fact.more().texts.front()));
  if (fact.number == 0) {
    result.outcome = fact.flag ? engine::TestOutcome::failed : engine::TestOutcome::passed;
    return post(engine::ResultFact{suite, source, std::move(result)}, fact.span);
  }
  engine::RunFact run;
  run.suite = suite;
  run.source = source;
  run.component = fact.more().target.text;
  run.complete = fact.number == 2;
  if (fact.number == 2) return post(std::move(run), fact.span);
  result.verdict = false;
  for (std::size_t i = 0; i < fact.more().names.size() && i < fact.more().exprs.size(); ++i) {
    const std::string& name = fact.more().names[i].text;
    const engine::RawValue value = raw(fact.more().exprs[i]);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
      if (name == "tags") result.tags.insert(result.tags.end(), texts->begin(), texts->end());
      if (name == "locations") {
        engine::TestDetails details;
        details.locations = *texts;
        result.details = std::make_shared<const engine::TestDetails>(std::move(details));
      }
      for (const std::string& cwe : *texts) {
        if (name == "cwe" && cwe.starts_with("CWE-"))
          result.cwe.push_back(static_cast<int>(std::strtol(cwe.c_str() + 4, nullptr, 10)));
      }
      continue;
    }
    std::string text;
    if (const auto* given = std::get_if<std::string>(&value)) text = *given;
    if (const auto* given = std::get_if<bool>(&value)) text = *given ? "yes" : "no";
    if (const auto* given = std::get_if<double>(&value)) text = engine::print_number(*given);
    if (name == "outcome") {
      result.outcome = text == "passed"    ? engine::TestOutcome::passed
                       : text == "failed"  ? engine::TestOutcome::failed
                       : text == "skipped" ? engine::TestOutcome::skipped
                                           : engine::TestOutcome::error;
    } else {
      result.attributes.emplace_back(name, text);
    }
  }
  run.results.push_back(std::move(result));
  post(std::move(run), fact.span);
}

void ScenarioRunner::state(ClauseId id) {
  const Clause& fact = clause(id);
  switch (fact.kind) {
    case ClauseKind::fact_today:
      now_ = Instant{start_of(Date{static_cast<std::int32_t>(expr(fact.expr).number)}).ms +
                     43'200'000};
      break;
    case ClauseKind::fact_passes:
      now_.ms += static_cast<std::int64_t>(expr(fact.expr).number * 1000);
      break;
    case ClauseKind::fact_answers:
      answers(id);
      break;
    case ClauseKind::fact_component: {
      engine::ComponentFact component;
      component.id = fact.name.text;
      component.type = fact.more().target.full();
      component.removed = fact.flag;
      post(component, fact.span);
      for (const ClauseId child : fact.children) answers(child);
      break;
    }
    case ClauseKind::fact_decide:
    case ClauseKind::fact_accept:
      decide(id);
      break;
    case ClauseKind::fact_approve: {
      engine::ApproveFact approval;
      approval.all = true;
      post(std::move(approval), fact.span);
      break;
    }
    case ClauseKind::fact_ticket:
      ticket(id);
      break;
    case ClauseKind::fact_result:
      result(fact);
      break;
    default:
      break;
  }
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
