#include "daemon/riskctl/changes.hpp"

#include <algorithm>
#include <iterator>

#include "daemon/riskctl/online.hpp"

namespace riskd::riskctl {
namespace {

using Words = std::map<std::string, std::string>;

void turn(Words& words, const std::string& id, const std::string& now, std::vector<Turn>& turns) {
  std::string& word = words[id];
  if (word != now) turns.push_back({id, word, now});
  word = now;
}

std::vector<Turn> turns_between(const Words& before, const Words& after) {
  std::vector<Turn> turns;
  for (const auto& [id, word] : before) {
    if (!after.contains(id)) turns.push_back({id, word, {}});
  }
  for (const auto& [id, word] : after) {
    const auto was = before.find(id);
    if (was == before.end()) {
      turns.push_back({id, {}, word});
    } else if (was->second != word) {
      turns.push_back({id, was->second, word});
    }
  }
  return turns;
}

std::string ticket_id(const json::value& ticket) {
  return text_at(ticket, "ticket") + ":" + text_at(ticket, "for");
}

}  // namespace

bool Change::empty() const {
  return !moves_rating() && patterns_begun.empty() && patterns_ended.empty() && begun.empty() &&
         ended.empty() && moved.empty() && renamed.empty() && states.empty() && tests.empty() &&
         tickets.empty();
}

Snapshot::Snapshot(const json::value& model)
    : rating_(text_at(model, "rating")), band_(text_at(model, "band")) {
  for (const json::value& pattern : list_at(model, "patterns")) patterns_.insert(text_of(pattern));
  for (const json::value& risk : list_at(model, "risks")) add_risk(risk);
  for (const json::value& each : list_at(model, "countermeasures"))
    states_[text_at(each, "id")] = text_at(each, "state");
  for (const json::value& each : list_at(model, "tickets"))
    tickets_[ticket_id(each)] = text_at(each, "desired");
}

void Snapshot::add_risk(const json::value& risk) {
  Risk& added = risks_[text_at(risk, "id")];
  added = {text_at(risk, "title"),
           text_at(risk, "band"),
           text_at(risk, "current"),
           text_at(risk, "projected"),
           {}};
  for (const json::value& weakness : list_at(risk, "weaknesses")) {
    tests_[text_at(weakness, "id")] = text_at(weakness, "tested");
    for (const json::value& each : list_at(weakness, "countermeasures"))
      added.countermeasures.insert(text_of(each));
  }
}

// What only this risk had leaves with it; the line of changes does not name that.
void Snapshot::end_risk(const std::string& id, Change& change) {
  const auto found = risks_.find(id);
  if (found == risks_.end()) {
    change.ended.push_back({id, {}, {}, {}, {}, {}, {}});
    return;
  }
  const Risk ended = std::move(found->second);
  risks_.erase(found);
  change.ended.push_back({id, ended.title, ended.band, ended.current, {}, ended.projected, {}});
  for (const std::string& each : ended.countermeasures) {
    const bool stays = std::any_of(risks_.begin(), risks_.end(), [&](const auto& risk) {
      return risk.second.countermeasures.contains(each);
    });
    const auto state = states_.find(each);
    if (stays || state == states_.end()) continue;
    change.states.push_back({each, state->second, {}});
    states_.erase(state);
  }
}

// What is known of an element under its earlier id.
void Snapshot::rename(const std::string& was, const std::string& id) {
  const auto move = [&](auto& map) {
    auto known = map.extract(was);
    if (!known) return;
    known.key() = id;
    map.insert(std::move(known));
  };
  move(risks_);
  move(states_);
  move(tests_);
  for (auto& [name, risk] : risks_) {
    if (risk.countermeasures.erase(was) > 0) risk.countermeasures.insert(id);
  }
  std::vector<std::string> named;
  for (const auto& [ticket, word] : tickets_) {
    if (ticket.ends_with(":" + was)) named.push_back(ticket);
  }
  for (const std::string& ticket : named) {
    auto known = tickets_.extract(ticket);
    known.key() = ticket.substr(0, ticket.size() - was.size()) + id;
    tickets_.insert(std::move(known));
  }
}

void Snapshot::apply_risk(const json::value& risk, Change& change) {
  const std::string id = text_at(risk, "id");
  const json::object& members = risk.as_object();
  if (members.contains("applies")) return end_risk(id, change);
  if (members.contains("weaknesses")) {
    const bool is_renamed = members.contains("was");
    const Risk before = risks_[id];
    add_risk(risk);
    const Risk& begun = risks_[id];
    if (is_renamed) {
      const bool moved = before.current != begun.current || before.projected != begun.projected;
      if (moved && !before.current.empty())
        change.moved.push_back({id, begun.title, begun.band, before.current, begun.current,
                                before.projected, begun.projected});
      return;
    }
    change.begun.push_back({id, begun.title, begun.band, {}, begun.current, {}, begun.projected});
    return;
  }
  Risk& known = risks_[id];
  RiskMove move{id, known.title, {}, known.current, {}, known.projected, {}};
  if (members.contains("band")) known.band = text_at(risk, "band");
  if (members.contains("current")) known.current = text_at(risk, "current");
  if (members.contains("projected")) known.projected = text_at(risk, "projected");
  move.band = known.band;
  move.now = known.current;
  move.projected = known.projected;
  if (move.before != move.now || move.projected_before != move.projected)
    change.moved.push_back(std::move(move));
}

Change Snapshot::apply(const json::value& line) {
  Change change;
  change.rating_before = rating_;
  change.rating = rating_ = text_at(line, "rating");
  for (const char* list : {"changed", "states"}) {
    for (const json::value& each : list_at(line, list)) {
      const std::string was = text_at(each, "was");
      if (was.empty()) continue;
      rename(was, text_at(each, "id"));
      change.renamed.emplace_back(was, text_at(each, "id"));
    }
  }
  for (const json::value& risk : list_at(line, "changed")) {
    if (risk.is_object()) apply_risk(risk, change);
  }
  for (const json::value& each : list_at(line, "states")) {
    const std::string id = text_at(each, "id");
    const std::string state = text_at(each, "state");
    const std::string tested = text_at(each, "tested");
    if (!state.empty()) turn(states_, id, state, change.states);
    if (!tested.empty()) turn(tests_, id, tested, change.tests);
  }
  for (const json::value& each : list_at(line, "tickets"))
    turn(tickets_, ticket_id(each), text_at(each, "desired"), change.tickets);
  return change;
}

Change between(const Snapshot& before, const Snapshot& after) {
  Change change;
  change.rating_before = before.rating_;
  change.rating = after.rating_;
  change.band = after.band_;
  std::set_difference(after.patterns_.begin(), after.patterns_.end(), before.patterns_.begin(),
                      before.patterns_.end(), std::back_inserter(change.patterns_begun));
  std::set_difference(before.patterns_.begin(), before.patterns_.end(), after.patterns_.begin(),
                      after.patterns_.end(), std::back_inserter(change.patterns_ended));
  for (const auto& [id, risk] : before.risks_) {
    if (!after.risks_.contains(id))
      change.ended.push_back({id, risk.title, risk.band, risk.current, {}, risk.projected, {}});
  }
  for (const auto& [id, risk] : after.risks_) {
    const auto was = before.risks_.find(id);
    if (was == before.risks_.end()) {
      change.begun.push_back({id, risk.title, risk.band, {}, risk.current, {}, risk.projected});
    } else if (was->second.current != risk.current || was->second.projected != risk.projected) {
      change.moved.push_back({id, risk.title, risk.band, was->second.current, risk.current,
                              was->second.projected, risk.projected});
    }
  }
  change.states = turns_between(before.states_, after.states_);
  change.tests = turns_between(before.tests_, after.tests_);
  change.tickets = turns_between(before.tickets_, after.tickets_);
  return change;
}

}  // namespace riskd::riskctl
