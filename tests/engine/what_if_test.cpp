// What would change it: what the search finds does it, nothing smaller does, and in small cases it
// finds exactly what one finds by hand.
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "engine/explain/what_if.hpp"
#include "engine/facts/resolve_values.hpp"
#include "tests/engine/generator.hpp"
#include "tests/engine/what_if_text.hpp"

namespace riskd::tests::what_if_test {
namespace {

using namespace engine;

constexpr Instant moment{1'795'392'000'000};  // 2026-11-23

Policy compiled(const std::string& text) {
  dsl::Sources sources;
  sources.emplace_back("policy.risk", text);
  const dsl::Compilation done = dsl::compile(std::move(sources));
  for (const auto& each : done.diagnostics) UNSCOPED_INFO(each.message);
  REQUIRE(done.sound());
  return done.program;
}

const Policy& shop() {
  static const Policy policy = compiled(R"(library web "Web"
attribute risk { ease : number = 50 }
rating risk.inherent = ease
questionnaire q "Questions" {
  question reach "Who reaches it?" : one-of { internet, partner, intranet }
  question data "What does it hold?" : any-of { card, personal, public }
  question users "How many?" : number
  question admin "Is there an administration page?" : yes-no ask when reach is internet
  question checked "When was it checked?" : date
}
pattern reachable "Reachable" {
  when reach is internet
  risk r1 "Risk" {
    weakness w1 CWE-1 "Weakness" {
      countermeasure c1 "Countermeasure" { required when data includes card and users > 1000 }
    }
  }
}
pattern both "Both" {
  when reach is partner and data includes personal
  risk r2 "Risk" { weakness w2 CWE-2 "Weakness" { countermeasure c2 "Countermeasure" } }
}
pattern pages "Pages" {
  when admin
  risk r3 "Risk" { weakness w3 CWE-3 "Weakness" { countermeasure c3 "Countermeasure" } }
}
pattern old "Not checked for long" {
  when age(checked) > 90 days
  risk r4 "Risk" { weakness w4 CWE-4 "Weakness" { countermeasure c4 "Countermeasure" } }
}
)");
  return policy;
}

LiveProduct product(const Policy& policy, std::vector<std::pair<std::string, RawValue>> answers) {
  Product facts;
  facts.id = "p";
  fold(facts, {{1, moment, "test"}, AnswersFact{"", std::move(answers)}});
  return {policy, std::move(facts), moment};
}

// The answer as it would be posted.
RawValue raw(const Program& program, Type type, const std::string& text) {
  RawValue value = text;
  if (type.base == Base::set) {
    std::vector<std::string> names;
    std::string name;
    for (const char c : text) {
      if (c == '{' || c == ' ' || c == '}') continue;
      if (c == ',') {
        names.push_back(name);
        name.clear();
      } else {
        name += c;
      }
    }
    if (!name.empty()) names.push_back(name);
    value = names;
  } else if (type.base == Base::truth) {
    value = text == "yes";
  } else if (type.base == Base::number || type.base == Base::percent) {
    value = std::stod(text) / (type.base == Base::percent ? 100 : 1);
  }
  CHECK_FALSE(fit_value(program, type, value));
  return value;
}

// Posts another answer, of "web.reach", "api/web.reach" or "field api/owner".
void apply_to(const Program& program, Product& facts, const OtherAnswer& answer) {
  const bool is_field = answer.question.starts_with("field ");
  std::string id = is_field ? answer.question.substr(6) : answer.question;
  std::string component;
  if (const std::size_t slash = id.find('/'); slash != std::string::npos) {
    component = id.substr(0, slash);
    id = id.substr(slash + 1);
  }
  const auto type_in = [&](const auto& table, auto name) {
    return std::find_if(table.begin(), table.end(), [&](const auto& of) { return of.*name == id; })
        ->type;
  };
  FactBody body;
  if (is_field)
    body = FieldsFact{component,
                      {{id, raw(program, type_in(program.fields, &Field::name), answer.value)}}};
  else
    body = AnswersFact{
        component, {{id, raw(program, type_in(program.questions, &Question::id), answer.value)}}};
  fold(facts, {{facts.last_seq + 1'000'000, Instant{1'900'000'000'000}, "test"}, std::move(body)});
}

}  // namespace

TEST_CASE("what would change it, in cases that one can see") {
  const auto ask = [](std::vector<std::pair<std::string, RawValue>> answers, const char* element) {
    return to_text(what_would_change(product(shop(), std::move(answers)), element));
  };
  const std::vector<std::string> card{"card"};
  CHECK(ask({{"web.reach", "intranet"}}, "web.reachable") == "applies: web.reach=internet;");
  CHECK(ask({{"web.reach", "internet"}}, "web.reachable") ==
        "does not apply: web.reach=partner; web.reach=intranet;");
  CHECK(ask({{"web.reach", "internet"}}, "web.r1") ==
        "not in the model: web.reach=partner; web.reach=intranet;");
  CHECK(ask({}, "web.both") == "applies: web.reach=partner & web.data={ personal };");
  CHECK(ask({{"web.reach", "partner"}}, "web.both") == "applies: web.data={ personal };");
  CHECK(
      ask({{"web.reach", "internet"}, {"web.data", card}, {"web.users", 2000.0}}, "web.c1") ==
      "not required by the rules: web.data={ }; web.users=1000; web.users=999; web.reach=partner; "
      "web.reach=intranet;");
  CHECK(ask({{"web.reach", "internet"}, {"web.users", 2000.0}}, "web.c1") ==
        "required by the rules: web.data={ card };");
  CHECK(ask({{"web.reach", "internet"}, {"web.data", card}}, "web.c1") ==
        "required by the rules: web.users=1001;");
  CHECK(ask({{"web.reach", "intranet"}}, "web.c1") == "in the model: web.reach=internet;");
  // An answer to a question that is not asked does nothing alone.
  CHECK(ask({{"web.reach", "intranet"}}, "web.pages") ==
        "applies: web.reach=internet & web.admin=yes;");
  CHECK(ask({{"web.reach", "intranet"}, {"web.admin", true}}, "web.pages") ==
        "applies: web.reach=internet;");
  CHECK(ask({{"web.reach", "intranet"}}, "web.admin") == "asked: web.reach=internet;");
  CHECK(ask({{"web.checked", "2026-11-20"}}, "web.old") == "applies: web.checked=2026-08-24;");
  CHECK(ask({}, "web.unknown") == "nothing");
  CHECK(ask({}, "") == "nothing");
}

TEST_CASE("every set that is found does it, and none of its parts does") {
  const auto sources =
      dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/tests/engine/policies/shop.risk"});
  REQUIRE(sources);
  const dsl::Compilation done = dsl::compile(*sources);
  REQUIRE(done.sound());
  const Policy policy = done.program;
  std::size_t found_sets = 0;
  CHECK(rc::check("what if", [&] {
    const auto seeds = *rc::gen::resize(30, rc::gen::arbitrary<std::vector<std::uint32_t>>());
    const std::vector<Fact> facts = random_facts(*policy, seeds);
    LiveProduct live(policy, "p");
    live.apply(facts, facts.empty() ? moment : facts.back().from.at);
    const Pattern& pattern = *rc::gen::elementOf(policy->patterns);
    RC_PRE(pattern.component_type == no_index);
    const auto found = what_would_change(live, pattern.id);
    if (!found) return;
    const bool wanted = found->becomes == "applies";
    const auto is_so = [&](const std::vector<OtherAnswer>& answers) {
      Product other = live.facts();
      for (const OtherAnswer& each : answers) apply_to(*policy, other, each);
      const Model model = evaluate(*policy, other, live.now());
      const bool applies =
          std::binary_search(model.applying.begin(), model.applying.end(), pattern.id);
      const bool waits = std::any_of(model.undecided.begin(), model.undecided.end(),
                                     [&](const Undecided& of) { return of.pattern == pattern.id; });
      return wanted ? applies : !applies && !waits;
    };
    for (const auto& set : found->sets) {
      ++found_sets;
      RC_ASSERT(is_so(set));
      for (std::size_t i = 0; i < set.size(); ++i) {
        std::vector<OtherAnswer> fewer = set;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        RC_ASSERT(!is_so(fewer));
      }
    }
  }));
  CHECK(found_sets > 50);
}

}  // namespace riskd::tests::what_if_test
