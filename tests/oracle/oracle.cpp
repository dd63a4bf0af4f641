// The model a pattern makes, its rating and its tickets, as docs/language.md says them.
#include "tests/oracle/oracle.hpp"

#include "tests/oracle/evaluator.hpp"

namespace riskd::oracle {
namespace {

double held(double x) { return std::clamp(x, 0.0, 100.0); }

bool later(const Provenance& a, const Provenance& b) {
  return std::tie(b.at, b.seq) < std::tie(a.at, a.seq);
}

template <typename Table>
const std::string& id_in(const Table& table, std::uint32_t index) {
  return table[index].id;
}

}  // namespace

// --- which patterns apply, and what they bring -----------------------------------------------

bool Evaluator::applies(std::uint32_t index, const Part& part) {
  const Pattern& pattern = program.patterns[index];
  if (pattern.component_type != (part.id.empty() ? no_index : part.type)) return false;
  if (product.removed.value) return false;
  const V when = pattern.when == no_node
                     ? truth(true)
                     : truth_of(pattern.when, {part.id.empty() ? nullptr : &part});
  if (when.yes() || !when.no())
    (when.yes() ? applying : undecided)
        .push_back((part.id.empty() ? "" : part.id + "/") + pattern.id);
  return when.yes();
}

void Evaluator::find_elements() {
  parts.push_back({"", no_index, &product.answers, &product.fields});
  for (const auto& [id, component] : product.components) {
    if (!component.exists()) continue;
    Part part{id, no_index, &component.answers, &component.fields};
    for (std::uint32_t i = 0; i < program.component_types.size(); ++i) {
      if (program.component_types[i].id == component.type.value) part.type = i;
    }
    parts.push_back(part);
  }
  for (const Part& part : parts) {
    const auto element = [&](const auto& table, std::uint32_t index) {
      return Element{index, &part, (part.id.empty() ? "" : part.id + "/") + id_in(table, index)};
    };
    for (std::uint32_t p = 0; p < program.patterns.size(); ++p) {
      if (!applies(p, part)) continue;
      for (const std::uint32_t r : program.patterns[p].risks) {
        const Element risk = element(program.risks, r);
        risks[risk.id] = risk;
        for (const std::uint32_t w : program.risks[r].weaknesses) {
          const Element weakness = element(program.weaknesses, w);
          weaknesses[weakness.id] = weakness;
          links.emplace_back(risk, weakness);
          for (const std::uint32_t u : program.weaknesses[w].uses) {
            const Element countermeasure =
                element(program.countermeasures, program.uses[u].countermeasure);
            countermeasures[countermeasure.id] = countermeasure;
            uses[{countermeasure.id, weakness.id, risk.id}] = {part.id.empty() ? nullptr : &part,
                                                               risk, weakness, countermeasure, u};
          }
        }
      }
    }
  }
  std::sort(applying.begin(), applying.end());
  std::sort(undecided.begin(), undecided.end());
}

// --- rating ----------------------------------------------------------------------------------

double Evaluator::share(const At& use) const {
  const NodeId mitigates = program.uses[use.use].mitigates;
  const V value = mitigates == no_node ? number(0) : eval(mitigates, use);
  return value.nothing() ? 0 : std::clamp(0.0, value.lo, value.hi);
}

double Evaluator::rating(std::uint32_t index, const At& at) const {
  if (index == no_index) return 0;
  At inside = at;
  inside.projecting = false;
  const V value = eval(program.ratings[index].value, inside);
  if (value.nothing() || (std::isinf(value.lo) && std::isinf(value.hi))) return 0;
  return held(value.hi);
}

// The rating of `risk` after the first `count` steps, without the uses through the weaknesses or of the
// countermeasures in `without`.
double Evaluator::after_steps(const Element& risk, std::size_t count, std::set<std::string> without,
                              bool projecting) const {
  At own;
  own.component = risk.part->id.empty() ? nullptr : risk.part;
  own.risk = risk;
  const double inherent = rating(program.inherent, own);
  if (count == 0) return inherent;
  const Adjust& step = program.adjusts[count - 1];
  own.projecting = projecting;
  std::vector<At> visits;
  if (step.kind == Kind::risk) visits.push_back(own);
  if (step.kind == Kind::weakness) visits = items(List::risk_weaknesses, own);
  if (step.kind == Kind::countermeasure) {
    for (const auto& [ids, use] : uses) {
      if (use.risk.id == risk.id && !without.contains(use.weakness.id) &&
          !without.contains(use.countermeasure.id))
        visits.push_back(use);
    }
  }
  for (At& visit : visits) visit.projecting = projecting;
  std::erase_if(visits, [&](const At& visit) {
    return step.when != no_node && !truth_of(step.when, visit).yes();
  });
  if (step.op == AdjustOp::restore) {
    for (const At& visit : visits)
      without.insert(step.kind == Kind::weakness ? visit.weakness.id : visit.countermeasure.id);
    return after_steps(risk, count - 1, without, projecting);
  }
  double x = after_steps(risk, count - 1, without, projecting);
  std::map<std::string, double> shares;  // of one countermeasure's uses only the greatest counts
  for (const At& visit : visits) {
    const V amount = eval(step.amount, visit);
    if (step.op == AdjustOp::raise_by) x = held(x + amount.lo);
    if (step.op == AdjustOp::raise_to) x = held(std::max(x, amount.lo));
    if (step.op == AdjustOp::cap) x = held(std::min(x, amount.hi));
    double& share = shares[visit.countermeasure.is() ? visit.countermeasure.id : visit.weakness.id];
    share = std::max(share, amount.lo);
  }
  for (const auto& [id, share] : shares) {
    if (step.op == AdjustOp::reduce) x = held(x - x * share);
    if (step.op == AdjustOp::reduce_of_inherent) x = held(x - inherent * share);
  }
  return x;
}

double Evaluator::current(const Element& risk, bool projecting) const {
  return after_steps(risk, program.adjusts.size(), {}, projecting);
}

// --- states and tickets ----------------------------------------------------------------------

const std::map<std::string, std::set<std::string>>& finished_statuses() {
  static const std::map<std::string, std::set<std::string>> statuses{
      {"jira", {"Done", "Closed", "Resolved"}},
      {"redmine", {"Closed", "Rejected"}},
      {"azure", {"Done", "Closed", "Removed"}}};
  return statuses;
}

// Where the tracker does not report it: any resolution of Jira, and the statuses that the trackers ship with.
bool Evaluator::finished(const TicketFact& ticket) {
  if (ticket.closed) return *ticket.closed;
  if (ticket.state == "closed" || !ticket.resolution.empty()) return true;
  const auto found = finished_statuses().find(ticket.kind);
  if (found == finished_statuses().end()) return false;
  return found->second.contains(ticket.status.empty() ? ticket.state : ticket.status);
}

State Evaluator::mapped(const TicketFact& ticket) const {
  const StatusMap* map = program.status_map(ticket.kind, ticket.map);
  if (map == nullptr) map = program.status_map(ticket.kind);
  if (map == nullptr || ticket.deleted)
    return State::required;  // one that is gone says nothing of the work
  Record record;
  record.texts = {
      {0, ticket.status}, {1, ticket.resolution}, {3, ticket.state}, {4, ticket.reason}};
  record.lists = {{2, ticket.labels}};
  record.truths = {{5, finished(ticket)}};
  At at;
  at.record = &record;
  for (const StatusRow& row : map->rows) {
    if (row.when == no_node || truth_of(row.when, at).yes()) return row.state;
  }
  return State::required;
}

// What was said of a ticket, a status a word: what says the same again is no new word, unless the tracker
// names another person.
std::vector<Word> Evaluator::words_of(const TicketTemplate& ticket,
                                      const std::string& element) const {
  std::vector<Stamped<TicketFact>> said;
  for (const std::string& id : ids_of(ticket.kind, element)) {
    const auto known = product.tickets.find({ticket.name, id});
    if (known == product.tickets.end()) continue;
    said.insert(said.end(), known->second.seen.begin(), known->second.seen.end());
  }
  std::stable_sort(said.begin(), said.end(),
                   [](const auto& a, const auto& b) { return later(b.from, a.from); });
  std::vector<Word> words;
  for (const Stamped<TicketFact>& each : said) {
    const TicketFact& fact = each.value;
    const bool shut = fact.deleted || finished(fact) || mapped(fact) != State::required;
    if (!words.empty()) {
      const TicketFact& last = words.back().last;
      const bool told_otherwise = last.closed && fact.closed && *last.closed != *fact.closed;
      const bool same = last.tracker == fact.tracker && last.status == fact.status &&
                        last.resolution == fact.resolution && last.state == fact.state &&
                        last.reason == fact.reason && last.deleted == fact.deleted &&
                        !told_otherwise && mapped(last) == mapped(fact) &&
                        (fact.own || fact.by.empty() || fact.by == last.by);
      if (same) {
        words.back().last = fact;
        words.back().shut =
            shut || (!fact.closed && words.back().first.value.closed.value_or(false));
        continue;
      }
    }
    words.push_back({each, fact, fact.own && !fact.deleted, shut});
  }
  return words;
}

namespace {

// The first of the last words by which people closed it; the last word is one of them.
std::size_t closing_of(const std::vector<Word>& words) {
  std::size_t closing = words.size() - 1;
  while (closing > 0 && words[closing - 1].shut && !words[closing - 1].own) --closing;
  return closing;
}

// Whether riskd opened it again after a person had closed it, before that.
bool was_reopened(const std::vector<Word>& words) {
  const std::size_t closing = closing_of(words);
  for (std::size_t i = 1; i < closing; ++i) {
    if (words[i].own && !words[i].shut && words[i - 1].shut && !words[i - 1].own) return true;
  }
  return false;
}

}  // namespace

State Evaluator::state(const Element& countermeasure) const {
  const Stamped<DecisionFact>* made = decided(Kind::countermeasure, countermeasure.id, "state");
  const auto is_made = [&](DecisionState state) { return made && made->value.state == state; };
  if (is_made(DecisionState::rejected)) return State::rejected;
  if (is_made(DecisionState::not_applicable)) return State::not_applicable;
  if (is_made(DecisionState::implemented)) return State::implemented;
  // The newest word of a person, of all its tickets.
  std::optional<Word> word;
  bool insisted = false;  // riskd had opened it again, and no test shows the work
  const auto test = tests.find(countermeasure.id);
  const bool shown = test != tests.end() && test->second.passed && !test->second.failed;
  for (const TicketTemplate& ticket : program.tickets) {
    if (ticket.kind != Kind::countermeasure) continue;
    const std::vector<Word> words = words_of(ticket, countermeasure.id);
    if (words.empty() || words.back().own || words.back().last.deleted) continue;
    if (word && !later(words.back().first.from, word->first.from)) continue;
    word = words.back();
    insisted = word->shut && !shown && was_reopened(words);
  }
  const State said = word ? mapped(word->last) : State::required;
  const bool overruled =
      is_made(DecisionState::not_implemented) ||
      (is_made(DecisionState::required) && word && later(made->from, word->first.from) &&
       (said != State::implemented || insisted));
  if (said != State::required && !overruled) return said;
  if (is_made(DecisionState::required)) return State::required;
  if (is_made(DecisionState::recommended)) return State::recommended;
  for (const auto& [ids, use] : uses) {
    const NodeId required = program.uses[use.use].required;
    if (use.countermeasure.id == countermeasure.id && required != no_node &&
        truth_of(required, use).yes())
      return State::required;
  }
  return State::recommended;
}

// A required field without value holds back every approval.
bool Evaluator::approved(Kind kind, const std::string& element) const {
  if (!product.approval || missing_field()) return false;
  const auto& seen = product.approval->value.elements;
  const std::vector<std::string> ids = ids_of(kind, element);
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return std::find(seen.begin(), seen.end(), id) != seen.end();
  });
}

bool Evaluator::missing_field() const {
  for (const Part& part : parts) {
    for (std::uint32_t i = 0; i < program.fields.size(); ++i) {
      const Field& each = program.fields[i];
      const bool here = (each.kind == Kind::product) == part.id.empty();
      if (here && each.required && each.default_value == no_node && !field(i, {&part}, true).yes())
        return true;
    }
  }
  return false;
}

bool Evaluator::product_approved() const {
  return product.approval && !missing_field() &&
         std::all_of(countermeasures.begin(), countermeasures.end(), [&](const auto& each) {
           return state(each.second) != State::required ||
                  approved(Kind::countermeasure, each.first);
         });
}

std::optional<Desired> Evaluator::desired(const TicketTemplate& ticket,
                                          const std::string& id) const {
  const auto& elements = ticket.kind == Kind::risk       ? risks
                         : ticket.kind == Kind::weakness ? weaknesses
                                                         : countermeasures;
  const std::vector<Word> words = words_of(ticket, id);
  const bool known = !words.empty();
  const auto as_it_is = [&] { return words.back().shut ? Desired::closed : Desired::open; };
  const auto element = elements.find(id);
  if (element == elements.end()) {
    if (!known) return std::nullopt;
    return ticket.close != no_node ? Desired::closed : as_it_is();
  }
  At at;
  at.component = element->second.part->id.empty() ? nullptr : element->second.part;
  (ticket.kind == Kind::risk       ? at.risk
   : ticket.kind == Kind::weakness ? at.weakness
                                   : at.countermeasure) = element->second;
  const auto holds = [&](NodeId when) { return when != no_node && truth_of(when, at).yes(); };
  if (holds(ticket.close)) return known ? std::optional(Desired::closed) : std::nullopt;
  if (!known) return holds(ticket.open) ? std::optional(Desired::open) : std::nullopt;
  if (as_it_is() == Desired::open) return Desired::open;
  if (!holds(ticket.open) && !holds(ticket.reopen)) return Desired::closed;
  if (words.back().own) return Desired::open;
  const Provenance& closed = words[closing_of(words)].first.from;
  // What is said of a risk's weaknesses is said of its ticket too.
  std::vector<std::string> tested{id};
  if (ticket.kind == Kind::risk) {
    for (const auto& [risk, weakness] : links) {
      if (risk.id == id) tested.push_back(weakness.id);
    }
  }
  bool newer = false;
  for (const std::string& each : tested) {
    const auto test = tests.find(each);
    newer = newer || (test != tests.end() && test->second.newest_failed > closed.at);
  }
  const auto has_ended = [&](const DecisionFact& fact) {
    if (!fact.until) return false;
    const Instant end = start_of(Date{fact.until->days + 1});
    return closed.at < end && end <= now;
  };
  std::vector<std::string> ids = ids_of(ticket.kind, id), risk_ids;
  for (std::size_t i = 1; i < tested.size(); ++i) {
    for (const std::string& each : ids_of(Kind::weakness, tested[i])) ids.push_back(each);
  }
  if (ticket.kind == Kind::weakness) {
    for (const auto& [risk, weakness] : links) {
      if (weakness.id != id) continue;
      for (const std::string& each : ids_of(Kind::risk, risk.id)) risk_ids.push_back(each);
    }
  }
  const auto among = [](const std::vector<std::string>& all, const std::string& each) {
    return std::find(all.begin(), all.end(), each) != all.end();
  };
  for (const auto& [key, fact] : product.decisions) {
    if (among(ids, key.element)) newer = newer || later(fact.from, closed) || has_ended(fact.value);
    if (key.aspect == "accepted" && among(risk_ids, key.element))
      newer = newer || has_ended(fact.value);
    for (const std::string& each : tested) {
      const auto test = tests.find(each);
      if (key.aspect == "false-positive" && test != tests.end() &&
          test->second.failing.contains(key.element))
        newer = newer || has_ended(fact.value);
    }
  }
  if (newer) return Desired::open;
  const bool says_something =
      !words.back().last.deleted && mapped(words.back().last) != State::required;
  const DecisionFact* made =
      ticket.kind == Kind::countermeasure ? decision(ticket.kind, id, "state") : nullptr;
  if (says_something && !(made && made->state == DecisionState::not_implemented))
    return Desired::closed;
  // It is answered once.
  return was_reopened(words) ? Desired::closed : Desired::open;
}

// The id that an element has now, of one that it had.
std::string Evaluator::present_id(Kind kind, const std::string& element) const {
  const std::size_t slash = element.find('/');
  const std::string prefix = slash == std::string::npos ? "" : element.substr(0, slash + 1);
  const std::string id = element.substr(prefix.size());
  const auto named = [&](const auto& by_id, const auto& table) {
    const auto known = by_id.find(id);
    return prefix + (known == by_id.end() ? id : table[known->second].id);
  };
  return kind == Kind::risk       ? named(program.by_id.risks, program.risks)
         : kind == Kind::weakness ? named(program.by_id.weaknesses, program.weaknesses)
                                  : named(program.by_id.countermeasures, program.countermeasures);
}

Reading Evaluator::read() {
  find_elements();
  run_tests();
  Reading reading;
  for (const auto& [id, risk] : risks) {
    reading.risks[id] = {after_steps(risk, 0, {}, false), current(risk), current(risk, true)};
  }
  for (const auto& [id, each] : countermeasures)
    reading.states[id] = state(each), reading.tested[id] = tested(id);
  for (const auto& [id, each] : weaknesses) reading.tested[id] = tested(id);
  reading.rating = rating(program.product_rating, {});
  reading.approved = product_approved();
  reading.applying = applying;
  reading.undecided = undecided;
  for (const TicketTemplate& ticket : program.tickets) {
    std::set<std::string> ids;
    for (const auto* elements : {&risks, &weaknesses, &countermeasures}) {
      for (const auto& [id, each] : *elements) ids.insert(id);
    }
    for (const auto& [key, facts] : product.tickets) {
      if (key.ticket == ticket.name) ids.insert(present_id(ticket.kind, key.element));
    }
    for (const std::string& id : ids) {
      if (const auto wanted = desired(ticket, id)) reading.tickets[{ticket.name, id}] = *wanted;
    }
  }
  return reading;
}

Reading read(const Program& program, const Product& product, Instant now) {
  return Evaluator{program, product, now}.read();
}

}  // namespace riskd::oracle
