#include "tests/engine/generator.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

namespace riskd::tests {

using namespace engine;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t first_moment = 1'795'392'000'000;  // 2026-11-23

const std::vector<std::string>& components() {
  static const std::vector<std::string> ids{"db1", "db2", "svc"};
  return ids;
}
constexpr const char* new_name = "db3";  // that `db1` gets now and then

std::string maybe_component(const Program& program, Dice& dice) {
  return program.component_types.empty() || dice.one_in(2) ? "" : dice.pick(components());
}

std::string random_element(const Program& program, Kind kind, Dice& dice) {
  const std::string component = maybe_component(program, dice);
  const auto& by_id = kind == Kind::risk       ? program.by_id.risks
                      : kind == Kind::weakness ? program.by_id.weaknesses
                                               : program.by_id.countermeasures;
  // Earlier ids too; in an order that does not depend on the hash.
  const std::map<std::string, std::uint32_t> ids(by_id.begin(), by_id.end());
  const auto found = std::next(ids.begin(), static_cast<std::ptrdiff_t>(dice.below(ids.size())));
  return component.empty() ? found->first : component + "/" + found->first;
}

const TestBinding* random_binding(const Program& program, Dice& dice) {
  std::vector<const TestBinding*> all;
  for (const Weakness& each : program.weaknesses) {
    for (const TestBinding& test : each.tests) all.push_back(&test);
  }
  for (const Countermeasure& each : program.countermeasures) {
    for (const TestBinding& test : each.tests) all.push_back(&test);
  }
  return all.empty() ? nullptr : dice.pick(all);
}

// What its source may say of a result, by the vocabulary.
void add_attributes(std::string_view source, Dice& dice, TestResult& result) {
  const TestSource* known = test_source(source);
  if (known == nullptr) return;
  for (const SourceField& field : known->fields) {
    if (dice.one_in(5)) continue;
    if (field.origin == FieldOrigin::locations && dice.one_in(2)) {
      TestDetails details;
      details.locations = {dice.pick(std::vector<std::string>{"a.js", "b.py"})};
      result.details = std::make_shared<const TestDetails>(std::move(details));
    }
    if (field.origin != FieldOrigin::attribute) continue;
    std::vector<std::string> values{"nightly", "Orders", "Trivy"};
    if (field.type == FieldType::number) values = {"0", "3", "9"};
    if (field.type == FieldType::truth) values = {"true", "false"};
    if (field.type == FieldType::word) values.assign(field.words.begin(), field.words.end());
    result.attributes.emplace_back(field.name, dice.pick(values));
  }
}

TestResult random_result(const Program& program, const std::string& source, Dice& dice) {
  TestResult result;
  const TestBinding* test = random_binding(program, dice);
  for (int tries = 0; tries < 20 && test != nullptr && test->source != source; ++tries)
    test = random_binding(program, dice);
  if (test == nullptr || test->source != source || dice.one_in(8)) {
    const Weakness& weakness = dice.pick(program.weaknesses);
    result.id = "cwe-" + std::to_string(weakness.cwe);
    result.cwe = {weakness.cwe};
    // More specific than CWE-200, 311, 693 and others that a policy may ask the descendants of.
    if (dice.one_in(4)) result.cwe = {dice.pick(std::vector<int>{201, 319, 523, 614, 1021, 5})};
    // With what it is a special case of, and with another.
    if (dice.one_in(4)) result.cwe.push_back(dice.pick(std::vector<int>{200, 311, 693, 664, 79}));
  } else if (source == "cucumber") {
    result.id = "feature/" + test->name.substr(1);
    result.tags = {test->name};
  } else {
    for (const char c : test->name)
      result.id += c == '*' ? std::string(dice.one_in(2) ? "x" : "y") : std::string(1, c);
  }
  if (source == "zap")
    result.scope = dice.pick(std::vector<std::string>{"", "https://a", "https://b"});
  result.component = dice.one_in(3) ? maybe_component(program, dice) : "";
  result.outcome = static_cast<TestOutcome>(dice.below(4));
  result.verdict = dice.one_in(2);
  if (result.verdict && result.outcome > TestOutcome::failed) result.outcome = TestOutcome::failed;
  add_attributes(source, dice, result);
  if (source == "nuclei") {
    if (dice.one_in(2)) result.tags = {"misconfig"};
    if (dice.one_in(2)) {
      result.aliases = {result.id};
      result.id += dice.one_in(2) ? ":x-frame-options" : ":referrer-policy";
    }
  }
  return result;
}

FactBody random_answers(const Program& program, Dice& dice) {
  const Question& question = dice.pick(program.questions);
  const std::string component = question.component_type == no_index ? "" : dice.pick(components());
  RawValue value = random_value(program, question.type, dice);
  if (dice.one_in(7)) value = {};
  // What an earlier policy took, and this one does not.
  if (dice.one_in(20)) value = std::vector<std::string>{"gone"};
  if (dice.one_in(20)) value = std::string("gone");
  return AnswersFact{component, {{question.id, std::move(value)}}};
}

FactBody random_decision(const Program& program, Dice& dice, Instant at) {
  DecisionFact fact;
  fact.reason = "because";
  if (dice.one_in(3)) fact.until = Date{date_of(at).days + static_cast<int>(dice.below(6))};
  const auto kind = dice.below(10);
  if (kind < 5) {
    fact.element = random_element(program, Kind::countermeasure, dice);
    fact.state = static_cast<DecisionState>(dice.below(6));
  } else if (kind < 7) {
    fact.element = random_element(program, Kind::risk, dice);
    fact.state = DecisionState::accepted;
    fact.until = Date{date_of(at).days + static_cast<int>(dice.below(6))};
    if (!dice.one_in(5)) fact.accepted_inherent = static_cast<double>(dice.below(101));
  } else if (const TestBinding* test = random_binding(program, dice);
             kind == 7 && test != nullptr) {
    const std::string component = maybe_component(program, dice);
    fact.element = (component.empty() ? "" : component + "/") + test->source + ":" + test->name;
    fact.state = DecisionState::false_positive;
  } else {
    const Attribute& attribute = dice.pick(program.attributes);
    fact.element = random_element(program, attribute.kind, dice);
    fact.state = DecisionState::set;
    fact.attribute = attribute.name;
    fact.value = random_value(program, attribute.type, dice);
  }
  return fact;
}

FactBody random_ticket(const Program& program, Dice& dice) {
  const TicketTemplate& ticket = dice.pick(program.tickets);
  TicketFact fact;
  fact.ticket = ticket.name;
  fact.element = random_element(program, ticket.kind, dice);
  fact.kind = dice.pick(program.status_maps).tracker_kind;
  fact.tracker = fact.kind;
  fact.key = "T-1";
  fact.status = dice.pick(
      std::vector<std::string>{"To Do", "Done", "done", "Closed", "Won't Do", "Obsolete", ""});
  fact.resolution = dice.pick(std::vector<std::string>{"", "Fixed", "Done", "Won't Do"});
  fact.state = dice.pick(std::vector<std::string>{"open", "closed"});
  if (dice.one_in(3)) fact.labels = {"WontFix"};
  fact.own = dice.one_in(3);
  fact.deleted = dice.one_in(8);
  if (dice.one_in(3)) fact.closed = dice.one_in(2);
  if (dice.one_in(4)) fact.by = dice.pick(std::vector<std::string>{"alice", "bob"});
  return fact;
}

FactBody random_run(const Program& program, Dice& dice) {
  RunFact run;
  const TestBinding* test = random_binding(program, dice);
  run.source = test == nullptr ? "zap" : test->source;
  run.suite = run.source + (dice.one_in(2) ? "-a" : "-b");
  run.run = dice.pick(std::vector<std::string>{"", "1", "2", "3", "4", "5"});
  if (dice.one_in(4)) run.component = maybe_component(program, dice);
  if (dice.one_in(4)) run.complete = dice.one_in(2);
  run.more = dice.one_in(6);
  run.failed = dice.one_in(8);
  run.scopes = dice.pick(
      std::vector<std::vector<std::string>>{{}, {"https://a"}, {"https://a", "https://b"}});
  for (auto count = dice.below(4); count > 0; --count)
    run.results.push_back(random_result(program, run.source, dice));
  for (TestResult& each : run.results) {
    if (dice.one_in(5)) each.outcome = TestOutcome::absent;
  }
  return run;
}

FactBody random_approval(const Program& program, Dice& dice) {
  ApproveFact fact;
  for (const Countermeasure& each : program.countermeasures) {
    if (dice.one_in(4)) continue;
    fact.elements.push_back(each.id);
    for (const std::string& component : components())
      fact.elements.push_back(component + "/" + each.id);
  }
  std::sort(fact.elements.begin(), fact.elements.end());
  return fact;
}

FactBody random_component(const Program& program, Dice& dice) {
  ComponentFact fact;
  fact.id = dice.pick(components());
  const auto type = dice.one_in(6) ? dice.below(program.component_types.size())
                                   : (fact.id == "svc" ? 0 : program.component_types.size() - 1);
  fact.type = program.component_types[type].id;
  fact.removed = dice.one_in(6);
  if (fact.id == "db1" && dice.one_in(12)) {
    fact.id = new_name;
    fact.was = "db1";
  }
  return fact;
}

FactBody random_body(const Program& program, Dice& dice, Instant at) {
  const auto kind = dice.below(100);
  if (dice.one_in(60)) return ProductFact{std::nullopt, dice.one_in(2)};
  if (kind < 8 && !program.component_types.empty()) return random_component(program, dice);
  if (kind < 14 && !program.fields.empty()) {
    const Field& field = dice.pick(program.fields);
    return FieldsFact{
        field.kind == Kind::product ? "" : dice.pick(components()),
        {{field.name, dice.one_in(6) ? RawValue{} : random_value(program, field.type, dice)}}};
  }
  if (kind < 28) return random_decision(program, dice, at);
  if (kind < 33) return random_approval(program, dice);
  if (kind < 45 && !program.tickets.empty()) return random_ticket(program, dice);
  const TestBinding* test = random_binding(program, dice);
  if (kind < 52 && test != nullptr) {
    const std::string source = test->source;
    return ResultFact{source + (dice.one_in(2) ? "-a" : "-b"), source,
                      random_result(program, source, dice)};
  }
  if (kind < 64) return random_run(program, dice);
  if (kind < 66 && test != nullptr) return SuiteFact{test->source + (dice.one_in(2) ? "-a" : "-b")};
  return random_answers(program, dice);
}

std::string show(const RawValue& value) {
  struct Shown {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool value) const { return value ? "yes" : "no"; }
    std::string operator()(double value) const { return std::to_string(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const std::vector<std::string>& value) const {
      std::string all = "{";
      for (const auto& each : value) all += " " + each;
      return all + " }";
    }
  };
  return std::visit(Shown{}, value);
}

std::string show(const TestResult& result) {
  std::string all = result.id + " on `" + result.component + "` at `" + result.scope +
                    "` outcome " + std::to_string(static_cast<int>(result.outcome)) +
                    (result.verdict ? " judged" : "");
  for (const auto& [name, text] : result.attributes) all += " " + name + "=" + text;
  return all;
}

struct ShowBody {
  std::ostringstream& out;
  void operator()(const ProductFact& fact) const {
    out << "product" << (fact.removed ? " removed" : "");
  }
  void operator()(const ClockFact& fact) const { out << "clock " << to_string(fact.latest); }
  void operator()(const AnswersFact& fact) const {
    for (const auto& [id, value] : fact.answers)
      out << "answer " << fact.component << " " << id << " = " << show(value);
  }
  void operator()(const FieldsFact& fact) const {
    for (const auto& [id, value] : fact.fields)
      out << "field " << fact.component << " " << id << " = " << show(value);
  }
  void operator()(const ComponentFact& fact) const {
    out << "component " << fact.id << " : " << fact.type << (fact.removed ? " removed" : "");
    if (!fact.was.empty()) out << " was " << fact.was;
  }
  void operator()(const DecisionFact& fact) const {
    out << "decide " << fact.element << " " << to_string(fact.state) << " " << fact.attribute << " "
        << show(fact.value);
    if (fact.until) out << " until " << to_string(*fact.until);
    if (fact.accepted_inherent) out << " of " << *fact.accepted_inherent;
  }
  void operator()(const ApproveFact& fact) const { out << "approve " << fact.elements.size(); }
  void operator()(const TicketFact& fact) const {
    out << "ticket " << fact.ticket << " " << fact.element << " " << fact.kind << " `"
        << fact.status << "` `" << fact.resolution << "` `" << fact.state << "`"
        << (fact.own ? " own" : "") << (fact.deleted ? " deleted" : "")
        << (!fact.closed   ? ""
            : *fact.closed ? " reported closed"
                           : " reported open")
        << (fact.by.empty() ? "" : " by " + fact.by) << (fact.labels.empty() ? "" : " labelled");
  }
  void operator()(const ToldFact& fact) const { out << "told " << fact.element; }
  void operator()(const ResultFact& fact) const {
    out << "result " << fact.suite << " " << show(fact.result);
  }
  void operator()(const RunFact& fact) const {
    out << "run " << fact.suite << " `" << fact.run << "` on `" << fact.component << "`"
        << (fact.failed ? " failed" : "");
    if (fact.complete) out << (*fact.complete ? " complete" : " partial");
    for (const auto& site : fact.scopes) out << " site " << site;
    for (const auto& result : fact.results) out << "\n      " << show(result);
  }
  void operator()(const SuiteFact& fact) const { out << "retire " << fact.suite; }
};

}  // namespace

std::uint64_t Dice::next() {  // splitmix64
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

RawValue random_value(const Program& program, Type type, Dice& dice) {
  switch (type.base) {
    case Base::truth:
      return dice.one_in(2);
    case Base::number:
      return dice.pick(std::vector<double>{0, 1, 2, 3, 5, 10, 500, 900, 1000, 2000, -4, 1e300});
    case Base::percent:
      return static_cast<double>(dice.below(21)) / 20;
    case Base::choice:
    case Base::scale:
      return dice.pick(program.enums[type.of].steps).name;
    case Base::set: {
      std::vector<std::string> names;
      for (const EnumStep& step : program.enums[type.of].steps) {
        if (dice.one_in(2)) names.push_back(step.name);
      }
      return names;
    }
    case Base::date:
      return to_string(
          Date{date_of(Instant{first_moment}).days - 40 + static_cast<int>(dice.below(50))});
    case Base::duration:
      return dice.pick(std::vector<std::string>{"5 minutes", "2 hours", "12 hours", "30 days"});
    default:
      return dice.pick(std::vector<std::string>{"abc", "ABC", ""});
  }
}

Fact random_fact(const Program& program, std::uint64_t seed, std::size_t index) {
  Dice dice{seed};
  const Instant at{first_moment + static_cast<std::int64_t>(index) * 7 * hour +
                   static_cast<std::int64_t>(dice.below(hour))};
  return {{index + 1, at, "test"}, random_body(program, dice, at)};
}

std::vector<Fact> random_facts(const Program& program, const std::vector<std::uint32_t>& seeds) {
  std::vector<Fact> facts;
  for (const std::uint32_t seed : seeds) facts.push_back(random_fact(program, seed, facts.size()));
  return facts;
}

std::string to_text(const Fact& fact) {
  std::ostringstream out;
  out << fact.from.seq << " " << to_string(fact.from.at) << " ";
  std::visit(ShowBody{out}, fact.body);
  return out.str();
}

std::string to_text(const std::vector<Fact>& facts) {
  std::string all;
  for (const Fact& fact : facts) all += "  " + to_text(fact) + "\n";
  return all;
}

std::string to_text(const Model& model) {
  std::ostringstream out;
  out.precision(17);
  const auto list = [&](const char* name, const std::vector<std::string>& items) {
    out << name << ":";
    for (const auto& item : items) out << " " << item;
    out << "\n";
  };
  out << "rating " << model.rating << " " << model.band << (model.approved ? " approved" : "")
      << "\n";
  list("missing", model.missing_fields);
  list("applying", model.applying);
  list("open", model.open_questions);
  for (const RiskRow& row : model.risks) {
    out << "risk " << row.id << " " << row.inherent << " " << row.current << " " << row.projected
        << " " << row.band << " " << row.reason << (row.approved ? " approved" : "")
        << (row.accepted_until ? to_string(*row.accepted_until) : "") << "\n";
    for (const auto& each : row.attributes) out << "  " << each.name << "=" << each.value << "\n";
    for (const auto& each : row.steps)
      out << "  " << each.step << " " << each.element << " " << each.change << " " << each.because
          << "\n";
    for (const auto& each : row.weaknesses) list(("  " + each.id).c_str(), each.countermeasures);
  }
  for (const WeaknessRow& row : model.weaknesses) {
    out << "weakness " << row.id << " " << to_string(row.tested) << " " << row.run << " "
        << row.run_url << "\n";
    list("  failing", row.failing_tests);
  }
  for (const CountermeasureRow& row : model.countermeasures) {
    out << "countermeasure " << row.id << " " << to_string(row.state) << " " << row.why << " "
        << row.reason << " " << row.mitigates << " " << to_string(row.tested)
        << (row.approved ? " approved" : "") << "\n";
  }
  for (const TicketRow& row : model.tickets) {
    out << "ticket " << row.ticket << " " << row.element
        << (row.desired == Desired::open ? " open" : " closed") << (row.known ? " known" : "")
        << (row.is_open ? " is-open" : "") << (row.own ? " own" : "")
        << (row.disputed ? " disputed" : "") << (row.is_read ? "" : " unread") << " " << row.key
        << " " << row.status << " " << row.cause << "\n";
  }
  for (const Undecided& each : model.undecided)
    list(("undecided " + each.pattern).c_str(), each.questions);
  for (const Assumed& each : model.assumed)
    list(("assumed " + each.element + " " + each.attribute).c_str(), each.questions);
  for (const Unmatched& each : model.unmatched)
    out << "unmatched " << each.suite << " " << each.id << " " << each.hint << "\n";
  for (const QuestionRow& each : model.questions)
    out << "question " << each.id << " " << each.asked.lo << each.asked.hi << each.matters << "\n";
  out << "next " << (model.next_change ? to_string(*model.next_change) : "") << "\n";
  return out.str();
}

}  // namespace riskd::tests
