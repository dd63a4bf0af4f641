// The laws of the engine, on random facts. A short run by default; RISKD_LONG=1 makes it long, and
// RC_PARAMS="seed=…" repeats one.
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "dsl/compile.hpp"
#include "engine/update/apply.hpp"
#include "engine/vocabulary/vocabulary.hpp"
#include "tests/engine/generator.hpp"
#include "tests/engine/variants.hpp"
#include "tests/oracle/oracle.hpp"

namespace riskd::tests::laws_test {
namespace {

using namespace engine;

const bool configured = [] {
  const char* wanted = std::getenv("RC_PARAMS");
  const std::string runs =
      std::getenv("RISKD_LONG") != nullptr ? "max_success=5000 " : "max_success=100 ";
  setenv("RC_PARAMS", (runs + (wanted == nullptr ? "" : wanted)).c_str(), 1);
  return true;
}();

Policy policy(const std::string& path) {
  const auto sources = dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/" + path});
  REQUIRE(sources);
  const dsl::Compilation compiled = dsl::compile(*sources);
  REQUIRE(compiled.sound());
  return compiled.program;
}

std::vector<Policy> policies() {
  return {policy("tests/engine/policies/shop.risk"), policy("tests/engine/policies/steps.risk"),
          policy("rules")};
}

// To the bit, but that nothing is like nothing.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// What the engine and the reference evaluator say differently; empty where nothing is.
std::string disagreement(const Model& model, const oracle::Reading& reading) {
  std::string all;
  const auto differs = [&](const std::string& what, const auto& engine_says,
                           const auto& oracle_says) {
    std::ostringstream line;
    line << what << ": engine " << engine_says << ", oracle " << oracle_says << "\n";
    all += line.str();
  };
  if (model.applying != reading.applying)
    differs("patterns", rc::toString(model.applying), rc::toString(reading.applying));
  std::vector<std::string> undecided;
  for (const Undecided& each : model.undecided) undecided.push_back(each.pattern);
  std::sort(undecided.begin(), undecided.end());
  if (undecided != reading.undecided)
    differs("undecided", rc::toString(undecided), rc::toString(reading.undecided));
  if (model.risks.size() != reading.risks.size())
    differs("risks", model.risks.size(), reading.risks.size());
  for (const RiskRow& row : model.risks) {
    const auto it = reading.risks.find(row.id);
    if (it == reading.risks.end()) continue;
    if (!same(row.inherent, it->second.inherent))
      differs(row.id + " inherent", row.inherent, it->second.inherent);
    if (!same(row.current, it->second.current))
      differs(row.id + " current", row.current, it->second.current);
    if (!same(row.projected, it->second.projected))
      differs(row.id + " projected", row.projected, it->second.projected);
  }
  if (model.countermeasures.size() != reading.states.size())
    differs("countermeasures", model.countermeasures.size(), reading.states.size());
  for (const CountermeasureRow& row : model.countermeasures) {
    const auto it = reading.states.find(row.id);
    if (it != reading.states.end() && it->second != row.state)
      differs(row.id, to_string(row.state), to_string(it->second));
    const auto tested = reading.tested.find(row.id);
    if (tested != reading.tested.end() && tested->second != row.tested)
      differs(row.id, to_string(row.tested), to_string(tested->second));
  }
  for (const WeaknessRow& row : model.weaknesses) {
    const auto it = reading.tested.find(row.id);
    if (it == reading.tested.end() || it->second != row.tested) {
      differs(row.id, to_string(row.tested),
              it == reading.tested.end() ? "none" : to_string(it->second));
    }
  }
  if (!same(model.rating, reading.rating)) differs("rating", model.rating, reading.rating);
  if (model.approved != reading.approved) differs("approved", model.approved, reading.approved);
  std::map<std::pair<std::string, std::string>, Desired> tickets;
  for (const TicketRow& row : model.tickets) tickets[{row.ticket, row.element}] = row.desired;
  const auto says = [](const auto& of, const auto& key) {
    const auto it = of.find(key);
    return it == of.end() ? "none" : it->second == Desired::open ? "open" : "closed";
  };
  for (const auto& side : {tickets, reading.tickets}) {
    for (const auto& [key, desired] : side) {
      const std::string a = says(tickets, key);
      const std::string b = says(reading.tickets, key);
      if (a != b) differs("ticket " + key.first + " " + key.second, a, b);
    }
  }
  return all;
}

Product folded(const std::vector<Fact>& facts) {
  Product product;
  product.id = "p";
  for (const Fact& fact : facts) fold(product, fact);
  return product;
}

Instant last_moment(const std::vector<Fact>& facts) {
  Instant now{1'795'392'000'000};
  for (const Fact& fact : facts) now = std::max(now, fact.from.at);
  return now;
}

// A sequence of facts, which shrinks to fewer of them.
std::vector<Fact> some_facts(const Program& program, int longest = 60) {
  const auto seeds = *rc::gen::resize(longest, rc::gen::arbitrary<std::vector<std::uint32_t>>());
  std::vector<Fact> facts = random_facts(program, seeds);
  RC_LOG() << to_text(facts);
  return facts;
}

// Holds `law` on every policy.
template <typename Law>
void holds(const std::string& name, const Law& law) {
  for (const Policy& each : policies()) {
    std::cerr << name << "\n";
    CHECK(rc::check(name, [&] {
      if constexpr (std::is_invocable_v<Law, const Policy&>)
        law(each);
      else
        law(*each);
    }));
  }
}

Fact next_fact(const std::vector<Fact>& facts, FactBody body) {
  Fact fact{{facts.size() + 1, last_moment(facts), "test"}, std::move(body)};
  fact.from.at.ms += 1;
  return fact;
}

std::string deltas_text(const Deltas& deltas) {
  std::ostringstream out;
  out.precision(17);
  out << "rating " << deltas.rating << (deltas.rating_changed ? " changed" : "") << "\n";
  const auto number = [&](const char* name, const std::optional<double>& value) {
    if (value) out << " " << name << " " << *value;
  };
  for (const RiskChange& each : deltas.risks) {
    out << "risk " << each.id.str() << " " << each.was << (each.whole ? " whole" : "")
        << (each.ended ? " ended" : "");
    number("inherent", each.inherent);
    number("current", each.current);
    number("projected", each.projected);
    if (each.band) out << " band " << *each.band;
    out << "\n";
  }
  for (const StateChange& each : deltas.states) {
    out << "state " << each.id.str() << " " << each.was << " "
        << (each.state ? to_string(*each.state) : "") << " "
        << (each.tested ? to_string(*each.tested) : "") << "\n";
  }
  for (const TicketChange& each : deltas.tickets)
    out << "ticket " << each.ticket << " " << each.element << " "
        << (each.desired == Desired::open ? "open" : "closed") << "\n";
  return out.str();
}

// The lines that are in one only.
std::string line_difference(const std::string& wanted, const std::string& found) {
  if (wanted == found) return "";
  const auto lines = [](const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  };
  const auto a = lines(wanted);
  const auto b = lines(found);
  std::string out;
  for (const auto& [mark, in, other] : {std::tuple("- ", &a, &b), std::tuple("+ ", &b, &a)}) {
    for (const std::string& line : *in) {
      if (std::find(other->begin(), other->end(), line) == other->end()) out += mark + line + "\n";
    }
  }
  return out.empty() ? "the same lines in another order\n" : out;
}

std::string model_text(const Program& program, const std::vector<Fact>& facts, Instant now) {
  return to_text(evaluate(program, folded(facts), now));
}

}  // namespace

// How many facts the first law is held on: RISKD_EVENTS, or enough for every policy to be seen.
std::uint64_t condition_seeds() { return std::getenv("RISKD_LONG") != nullptr ? 20 : 3; }

std::size_t events_wanted() {
  const char* wanted = std::getenv("RISKD_EVENTS");
  return wanted == nullptr ? 0 : std::strtoull(wanted, nullptr, 10);
}

// Policies that differ from the others in a line each.
std::vector<Policy> random_policies(std::uint64_t seed) {
  std::vector<Policy> all;
  for (const char* path :
       {"tests/engine/policies/shop.risk", "tests/engine/policies/steps.risk", "rules"}) {
    const auto sources = dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/" + path});
    REQUIRE(sources);
    for (Policy& each : variants(*sources, 12, seed)) all.push_back(std::move(each));
  }
  all.push_back(random_conditions(seed));
  return all;
}

TEST_CASE("the engine says what the reference evaluator says, after every fact") {
  std::size_t events = 0, models = 0;
  const auto law = [&](const Policy& policy) {
    LiveProduct live(policy, "p");
    for (const Fact& fact : some_facts(*policy)) {
      live.apply({fact}, fact.from.at);
      ++events;
      const std::string found =
          disagreement(live.model(), oracle::read(*policy, live.facts(), fact.from.at));
      if (!found.empty()) RC_FAIL("after " + to_text(fact) + "\n" + found);
    }
  };
  holds("engine equals oracle", law);
  for (std::uint64_t seed = 1; seed <= condition_seeds(); ++seed) {
    const Policy policy = random_conditions(seed);
    const std::string name =
        "engine equals oracle, random conditions of seed " + std::to_string(seed);
    if (!rc::check(name, [&] { law(policy); })) FAIL(name);
  }
  for (std::uint64_t seed = 1; events < events_wanted(); ++seed) {
    for (const Policy& each : random_policies(seed)) {
      ++models;
      if (!rc::check("engine equals oracle, random policies of seed " + std::to_string(seed),
                     [&] { law(each); })) {
        FAIL("a policy of seed " + std::to_string(seed));
      }
    }
    std::cerr << events << " events, " << models << " random policies\n";
  }
}

TEST_CASE("the engine counts the statuses as finished that the reference evaluator does") {
  std::map<std::string, std::set<std::string>> known;
  for (const TrackerKind& kind : tracker_kinds()) {
    for (const std::string_view status : kind.finished)
      known[std::string(kind.name)].emplace(status);
  }
  CHECK(known == oracle::finished_statuses());
}

TEST_CASE("any order of facts with different times gives the same model") {
  holds("any order", [](const Program& program) {
    std::vector<Fact> facts = some_facts(program);
    const Instant now = last_moment(facts);
    const std::string in_order = model_text(program, facts, now);
    Dice dice{*rc::gen::arbitrary<std::uint64_t>()};
    for (std::size_t i = facts.size(); i > 1; --i) std::swap(facts[i - 1], facts[dice.below(i)]);
    RC_ASSERT(model_text(program, facts, now) == in_order);
  });
}

TEST_CASE("a batch is its facts one by one, and evaluating twice changes nothing") {
  holds("one by one", [](const Policy& policy) {
    const std::vector<Fact> facts = some_facts(*policy);
    LiveProduct at_once(policy, "p"), one_by_one(policy, "p");
    at_once.apply(facts, last_moment(facts));
    for (const Fact& fact : facts) one_by_one.apply({fact}, fact.from.at);
    if (facts.empty()) one_by_one.apply({}, last_moment(facts));
    RC_ASSERT(to_text(at_once.model()) == to_text(one_by_one.model()));
    RC_ASSERT(to_text(at_once.model()) == model_text(*policy, facts, last_moment(facts)));
    RC_ASSERT(at_once.apply({}, last_moment(facts)).empty());
  });
}

TEST_CASE("a change gives the model and the reports of a fresh evaluation, to the bit") {
  holds("incremental equals full", [](const Policy& policy) {
    const std::vector<Fact> facts = some_facts(*policy);
    Dice dice{*rc::gen::arbitrary<std::uint64_t>()};
    LiveProduct live(policy, folded({}), Instant{1'795'391'999'000});
    for (std::size_t i = 0; i < facts.size();) {
      std::vector<Fact> batch;
      for (std::size_t count = 1 + dice.below(3); count > 0 && i < facts.size(); --count)
        batch.push_back(facts[i++]);
      Instant now = batch.back().from.at;
      if (dice.one_in(4)) now.ms += static_cast<std::int64_t>(dice.below(40)) * 86'400'000 / 8;
      now = std::max(now, live.now());
      const LiveProduct before = live;
      const Deltas deltas = live.apply(batch, now);
      const LiveProduct fresh(policy, live.facts(), now);
      const std::string after = to_text(fresh.model());
      const std::string difference = line_difference(after, to_text(live.model()));
      if (!difference.empty()) RC_FAIL("after " + to_text(batch) + difference);
      const std::string wanted = deltas_text(engine::difference(before, fresh));
      if (deltas_text(deltas) != wanted)
        RC_FAIL("after " + to_text(batch) + "reported\n" + deltas_text(deltas) + "instead of\n" +
                wanted);
      if (dice.one_in(3)) live = LiveProduct(live);
      if (dice.one_in(9)) live.cool();
    }
  });
}

TEST_CASE("the same report twice, or shuffled, is no change") {
  holds("report twice", [](const Program& program) {
    std::vector<Fact> facts = some_facts(program);
    std::vector<std::size_t> runs;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      auto* run = std::get_if<RunFact>(&facts[i].body);
      if (run == nullptr) continue;
      run->more = false;  // one part again, of a run whose last part said otherwise, is a change
      if (!run->run.empty()) runs.push_back(i);
    }
    RC_PRE(!runs.empty());
    const Instant now = last_moment(facts);
    const std::string before = model_text(program, facts, now);
    const std::size_t which = *rc::gen::elementOf(runs);
    Fact again = facts[which];
    std::vector<Fact> shuffled = facts;
    auto& results = std::get<RunFact>(shuffled[which].body).results;
    std::reverse(results.begin(), results.end());
    RC_ASSERT(model_text(program, shuffled, now) == before);
    again.from.seq = facts.size() + 1;
    facts.push_back(again);
    RC_ASSERT(model_text(program, facts, now) == before);
  });
}

TEST_CASE("implementing never raises a risk, and a failing test never lowers one") {
  holds("monotone", [](const Program& program) {
    std::vector<Fact> facts = some_facts(program);
    const Instant now{last_moment(facts).ms + 1};
    const Model before = evaluate(program, folded(facts), now);
    const bool implement = *rc::gen::arbitrary<bool>();
    if (implement) {
      RC_PRE(!before.countermeasures.empty());
      DecisionFact fact;
      fact.element = (*rc::gen::elementOf(before.countermeasures)).id;
      fact.state = DecisionState::implemented;
      facts.push_back(next_fact(facts, fact));
    } else {
      RC_PRE(!before.weaknesses.empty());
      const Weakness& weakness =
          program.weaknesses[(*rc::gen::elementOf(before.weaknesses)).definition];
      ResultFact fact{"new", "zap", {}};
      fact.result.id = "unseen";
      fact.result.cwe = {weakness.cwe};
      if (!weakness.tests.empty()) {
        fact.source = weakness.tests.front().source;
        fact.result.id = weakness.tests.front().name;
        fact.result.tags = {weakness.tests.front().name};
      }
      fact.result.outcome = TestOutcome::failed;
      facts.push_back(next_fact(facts, fact));
    }
    const Model after = evaluate(program, folded(facts), now);
    for (const RiskRow& row : after.risks) {
      const RiskRow* old = before.risk(row.id);
      RC_ASSERT(old != nullptr);
      if (implement)
        RC_ASSERT(row.current <= old->current + 1e-9);
      else
        RC_ASSERT(row.current + 1e-9 >= old->current);
    }
  });
}

TEST_CASE("a model never depends on an answer to a question that is not asked") {
  holds("not asked", [](const Program& program) {
    std::vector<Fact> facts = some_facts(program);
    const Instant now{last_moment(facts).ms + 1};
    const Model before = evaluate(program, folded(facts), now);
    std::vector<QuestionRow> dormant;
    for (const QuestionRow& row : before.questions) {
      if (!row.asked.is_true()) dormant.push_back(row);
    }
    RC_PRE(!dormant.empty());
    const QuestionRow row = *rc::gen::elementOf(dormant);
    const Question& question = program.questions[row.definition];
    Dice dice{*rc::gen::arbitrary<std::uint64_t>()};
    const RawValue value = dice.one_in(4) ? RawValue{} : random_value(program, question.type, dice);
    facts.push_back(next_fact(facts, AnswersFact{row.component, {{question.id, value}}}));
    RC_LOG() << to_text(facts.back());
    RC_ASSERT(model_text(program, facts, now) == to_text(before));
  });
}

TEST_CASE("an answer that is taken back was never given") {
  holds("taken back", [](const Program& program) {
    std::vector<Fact> facts = some_facts(program);
    const Instant now{last_moment(facts).ms + 2};
    std::vector<std::uint32_t> free;
    for (std::uint32_t i = 0; i < program.questions.size(); ++i) {
      if (program.questions[i].component_type != no_index) continue;
      const Product product = folded(facts);
      const auto it = product.answers.find(program.questions[i].id);
      if (it == product.answers.end() || std::holds_alternative<std::monostate>(it->second.value))
        free.push_back(i);
    }
    RC_PRE(!free.empty());
    const Question& question = program.questions[*rc::gen::elementOf(free)];
    const std::string before = model_text(program, facts, now);
    Dice dice{*rc::gen::arbitrary<std::uint64_t>()};
    facts.push_back(next_fact(
        facts, AnswersFact{"", {{question.id, random_value(program, question.type, dice)}}}));
    facts.push_back(next_fact(facts, AnswersFact{"", {{question.id, RawValue{}}}}));
    RC_ASSERT(model_text(program, facts, now) == before);
  });
}

}  // namespace riskd::tests::laws_test
