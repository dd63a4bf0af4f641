#include "tests/bench/workload.hpp"

#include <mimalloc.h>

#include <cstdio>
#include <cstdlib>

#include "dsl/compile.hpp"

namespace riskd::bench {
namespace {

const char* choice(std::uint32_t index) {
  static constexpr const char* names[] = {"v", "w", "x", "y", "z"};
  return names[index];
}

std::string number(std::uint32_t value) { return std::to_string(value); }

constexpr const char* ticket_rules =
    "status-map jira {\n  status is \"Done\"      -> implemented\n"
    "  status is \"Won't Do\"  -> rejected\n  otherwise             -> required\n}\n"
    "evidence junit {\n  outcome is failed  -> failed\n  outcome is passed  -> passed\n"
    "  otherwise          -> ignored\n}\n"
    "ticket requirement for countermeasure {\n  open when state is required\n"
    "  title \"Requirement: {title}\"\n  body \"Reduces the risk of: {risks.title}\"\n"
    "  close when state is rejected with \"Closed: {state}\"\n"
    "  reopen when tested is failed\n}\n"
    "ticket vulnerability for weakness {\n"
    "  open when tested is failed and any(countermeasures, state is implemented)\n"
    "  title \"Test failed: {title}\"\n  close when tested is not failed with \"Closed: "
    "{tested}\"\n}\n";

// "m.c12-0-2": the countermeasure that an EventM of kind `state` is about.
std::string countermeasure(const EventM& event) {
  const std::uint32_t measure = event.index % measures_per_pattern;
  return "m.c" + number(event.index / measures_per_pattern) + "-" + number(measure / 3) + "-" +
         number(measure % 3);
}

engine::FactBody decision(const EventM& event) {
  engine::DecisionFact decision;
  decision.element = countermeasure(event);
  decision.reason = "bench";
  decision.state = event.value == implemented ? engine::DecisionState::implemented
                   : event.value == required  ? engine::DecisionState::required
                                              : engine::DecisionState::rejected;
  return decision;
}

engine::FactBody ticket(const EventM& event) {
  engine::TicketFact ticket;
  ticket.ticket = "requirement";
  ticket.element = countermeasure(event);
  ticket.tracker = ticket.kind = "jira";
  ticket.key = "B-" + number(event.index);
  ticket.status = event.value == implemented ? "Done"
                  : event.value == required  ? "To Do"
                                             : "Won't Do";
  return ticket;
}

}  // namespace

std::uint64_t Random::next() {  // splitmix64
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

WorkloadM workload_m(std::uint32_t questions, std::uint32_t patterns, std::uint32_t events,
                     std::uint64_t seed) {
  Random random{seed};
  WorkloadM work;
  work.questions = questions;
  for (std::uint32_t i = 0; i < patterns; ++i) {
    PatternM pattern;
    pattern.a = random.below(questions);
    pattern.b = random.below(questions);
    pattern.c = random.below(questions);
    pattern.x = static_cast<std::uint8_t>(random.below(choices));
    pattern.y = static_cast<std::uint8_t>(random.below(choices));
    pattern.z = static_cast<std::uint8_t>((pattern.y + 1 + random.below(choices - 1)) % choices);
    pattern.w = static_cast<std::uint8_t>(random.below(choices));
    pattern.ease = 10 + random.below(90);
    for (double& each : pattern.mitigates) each = 0.01 * (10 + random.below(80));
    work.patterns.push_back(pattern);
  }
  for (std::uint32_t i = 0; i < questions; ++i)
    work.first.push_back(static_cast<std::uint8_t>(random.below(choices)));
  for (std::uint32_t i = 0; i < events; ++i) {
    const std::uint32_t kind = random.below(100);
    EventM event;
    if (kind < 60) {
      event = {EventKind::answer, random.below(questions),
               static_cast<std::uint8_t>(random.below(choices))};
    } else if (kind < 85) {
      event = {EventKind::state, random.below(patterns * measures_per_pattern),
               static_cast<std::uint8_t>(random.below(3))};
    } else {
      event = {EventKind::result, random.below(patterns * weaknesses_per_pattern),
               static_cast<std::uint8_t>(random.below(2))};
    }
    work.events.push_back(event);
  }
  return work;
}

std::string WorkloadM::text(Rules rules) const {
  std::string out =
      "library m \"Generated\"\n"
      "attribute risk { ease : number = 50 }\n"
      "rating risk.inherent = ease\n"
      "rating product.rating = max(risks, current)\n"
      "adjust implemented \"Implemented\" {\n"
      "  for countermeasure when state is implemented\n  reduce risk by mitigates\n}\n"
      "adjust failed \"A test failed\" {\n"
      "  for weakness when tested is failed\n  restore risk\n}\n";
  if (rules == Rules::tickets) out += ticket_rules;
  out += "questionnaire q \"Questions\" {\n";
  for (std::uint32_t i = 0; i < questions; ++i)
    out += "  question q" + number(i) + " \"Question " + number(i) +
           "?\" : one-of { v, w, x, y, z }\n";
  out += "}\n";
  for (std::uint32_t i = 0; i < patterns.size(); ++i) {
    const PatternM& p = patterns[i];
    out += "pattern p" + number(i) + " \"Pattern " + number(i) + "\" {\n  when q" + number(p.a) +
           " is " + choice(p.x) + " and (q" + number(p.b) + " in { " + choice(p.y) + ", " +
           choice(p.z) + " } or not q" + number(p.c) + " is " + choice(p.w) + ")\n  risk r" +
           number(i) + " \"Risk " + number(i) + "\" {\n    ease " +
           number(static_cast<std::uint32_t>(p.ease)) + "\n";
    for (std::uint32_t k = 0; k < weaknesses_per_pattern; ++k) {
      out += "    weakness w" + number(i) + "-" + number(k) + " CWE-" + number(1 + (i + k) % 1300) +
             " \"Weakness\" {\n      test junit \"t" + number(i) + "-" + number(k) + "\"\n";
      for (std::uint32_t n = 0; n < 3; ++n) {
        const auto percent = static_cast<std::uint32_t>(100 * p.mitigates[3 * k + n] + 0.5);
        out += "      countermeasure c" + number(i) + "-" + number(k) + "-" + number(n) +
               " \"Countermeasure\" { required mitigates " + number(percent) + "% }\n";
      }
      out += "    }\n";
    }
    out += "  }\n}\n";
  }
  return out;
}

engine::Fact WorkloadM::fact(const EventM& event, std::uint64_t seq, Rules rules) const {
  engine::Fact fact;
  fact.from = {seq, Instant{first_moment_ms + static_cast<std::int64_t>(seq)}, "bench"};
  switch (event.kind) {
    case EventKind::answer:
      fact.body = engine::AnswersFact{
          "", {{"m.q" + number(event.index), std::string(choice(event.value))}}};
      break;
    case EventKind::state:
      fact.body = rules == Rules::tickets ? ticket(event) : decision(event);
      break;
    case EventKind::result: {
      engine::ResultFact result{"s", "junit", {}};
      result.result.id =
          "t" + number(event.index / weaknesses_per_pattern) + "-" + number(event.index % 2);
      result.result.outcome =
          event.value == 1 ? engine::TestOutcome::failed : engine::TestOutcome::passed;
      result.result.verdict = rules == Rules::plain;
      fact.body = result;
      break;
    }
  }
  return fact;
}

engine::Fact WorkloadM::first_fact() const {
  engine::AnswersFact answers;
  for (std::uint32_t i = 0; i < questions; ++i)
    answers.answers.emplace_back("m.q" + number(i), std::string(choice(first[i])));
  return {{1, Instant{first_moment_ms}, "bench"}, std::move(answers)};
}

std::string text_c() {
  std::string out =
      "library c \"Generated\"\n"
      "attribute risk { ease : number = 50 }\n"
      "rating risk.inherent = ease\n"
      "rating product.rating = max(risks, current)\n"
      "adjust implemented \"Implemented\" {\n"
      "  for countermeasure when state is implemented\n  reduce risk by mitigates\n}\n"
      "component-type part \"Part\"\n"
      "questionnaire q \"Questions\" { question a \"A?\" : one-of { v, w, x }"
      " question b \"B?\" : one-of { v, w, x } question c \"C?\" : yes-no }\n"
      "questionnaire p \"Of a part\" for component of type part {\n"
      "  question d \"D?\" : one-of { v, w, x }\n  question e \"E?\" : one-of { v, w, x }\n"
      "  question f \"F?\" : yes-no\n}\n";
  const auto pattern = [&](const std::string& name, const std::string& scope,
                           const std::string& when) {
    out += "pattern " + name + " \"P\" {\n" + scope + "  when " + when + "\n  risk r-" + name +
           " \"R\" { ease 60  weakness w-" + name + " CWE-20 \"W\" { countermeasure c-" + name +
           " \"C\" { required mitigates 40% } } }\n}\n";
  };
  const std::string part = "  for component of type part\n";
  pattern("p1", part, "d is v and (e in { w, x } or not f)");
  pattern("p2", part, "d is w and f");
  pattern("p3", part, "e is v and a is w");
  pattern("p4", part, "d is x or e is x");
  pattern("p5", part, "f and not c");
  pattern("p6", part, "d is v and e is v");
  pattern("s1", "", "any(components, d is v and f)");
  pattern("s2", "", "count(components, e is x) > 100");
  pattern("s3", "", "a is v and (b in { w, x } or not c)");
  pattern("s4", "", "a is w and c");
  pattern("s5", "", "b is v and a is x");
  pattern("s6", "", "b is w or c");
  return out;
}

double heap_bytes() {
  std::size_t bytes = 0;
  mi_heap_visit_blocks(
      mi_heap_get_default(), false,
      [](const mi_heap_t*, const mi_heap_area_t* area, void*, std::size_t, void* sum) {
        *static_cast<std::size_t*>(sum) += area->used * area->block_size;
        return true;
      },
      &bytes);
  return static_cast<double>(bytes);
}

engine::Policy compiled(const std::string& text) {
  dsl::Compilation result = dsl::compile({dsl::SourceFile("bench.risk", text)});
  if (!result.sound()) {
    std::fputs(dsl::render(result.sources, result.diagnostics.front(), false).c_str(), stderr);
    std::exit(1);
  }
  return result.program;
}

}  // namespace riskd::bench
