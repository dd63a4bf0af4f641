// What a policy says, as the program has it: names of maps, former names, and that each of them counts where
// two policies are compared.
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "engine/update/policy_diff.hpp"

using namespace riskd;

namespace riskd::tests::program_test {

namespace {

dsl::Compilation compiled(const std::string& text) {
  dsl::Sources sources;
  sources.emplace_back("t.risk", "library t \"T\"\n" + text);
  dsl::Compilation policy = dsl::compile(std::move(sources));
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error)
      FAIL(dsl::render(policy.sources, each, false));
  }
  return policy;
}

using Names = std::vector<std::string>;

// Whether a reload from one policy to the other says that nothing is different.
bool same_rules(const engine::Program& a, const engine::Program& b) {
  const engine::RuleHashes one(a), two(b);
  return one.shared == two.shared && one.patterns == two.patterns;
}

// What stands at one of the marked places of the policy: `@field` …
struct Variant {
  std::string what, without, with;
};

std::string model(const Variant& variant, bool with) {
  std::string text = R"(
component-type queue "Queue"@type
field product.team "Team" : text@field
questionnaire q "Q" {
  question reach "Reach?" : one-of { staff "Staff"@choice internet "Internet" }@question
}
let product.named = team is answered
attribute risk { ease : number = 1 }
rating risk.inherent = ease
pattern p "P" {
  when reach is internet and named
  risk r "R" { weakness w CWE-5 "W" { countermeasure c "C" { required @measure } @weakness } @risk }
  @pattern
}
status-map jira @map { otherwise -> required }
)";
  for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at)) {
    std::size_t end = at + 1;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
    const bool here = text.substr(at + 1, end - at - 1) == variant.what;
    text.replace(at, end - at, here ? with ? variant.with : variant.without : "");
  }
  return text;
}

}  // namespace

TEST_CASE("a status map is found by its name, and one without is its tracker's own") {
  const dsl::Compilation policy = compiled(R"(
status-map jira mobile { status is "In the store" -> implemented }
status-map jira { otherwise -> required }
status-map github mobile { state is "closed" -> implemented }
)");
  const engine::Program& program = *policy.program;
  REQUIRE(program.status_map("jira") != nullptr);
  CHECK(program.status_map("jira")->name.empty());
  CHECK(program.status_map("jira")->title() == "jira");
  REQUIRE(program.status_map("jira", "mobile") != nullptr);
  CHECK(program.status_map("jira", "mobile")->title() == "jira mobile");
  CHECK(program.status_map("jira", "mobile")->rows.size() == 1);
  CHECK(program.status_map("github", "mobile") != nullptr);
  CHECK(program.status_map("github") == nullptr);
  CHECK(program.status_map("jira", "web") == nullptr);
}

TEST_CASE("former names are ids of what has ids, and names of what has names") {
  const dsl::Compilation policy = compiled(R"(
component-type queue "Queue" was broker was bus
field product.team "Team" : text was owner was group
questionnaire q "Q" {
  question reach "Reach?" : one-of { staff "Staff" was us was own, internet } was far
}
pattern p "P" { when reach is internet was o
  risk r "R" { was s weakness w CWE-5 "W" { was v countermeasure c "C" { was d was e } } } }
)");
  const engine::Program& program = *policy.program;
  CHECK(program.component_types.front().was == Names{"t.broker", "t.bus"});
  CHECK(program.fields.front().was == Names{"owner", "group"});
  CHECK(program.questions.front().was == Names{"t.far"});
  const auto& choices = program.enums[program.questions.front().type.of].steps;
  CHECK(choices[0].was == Names{"us", "own"});
  CHECK(choices[1].was.empty());
  CHECK(program.patterns.front().was == Names{"t.o"});
  CHECK(program.risks.front().was == Names{"t.s"});
  CHECK(program.weaknesses.front().was == Names{"t.v"});
  CHECK(program.countermeasures.front().was == Names{"t.d", "t.e"});
}

TEST_CASE("a former name and the name of a map make another policy") {
  const std::vector<Variant> variants{
      {"type", "", " was broker"},  {"field", "", " was owner"},
      {"question", "", " was far"}, {"choice", "", " was us"},
      {"pattern", "", "was o"},     {"risk", "", "was s"},
      {"weakness", "", "was v"},    {"measure", "", "was d"},
      {"map", "", "mobile"},        {"choice", " was us", " was us was own"}};
  for (const Variant& variant : variants) {
    INFO(variant.what);
    const dsl::Compilation before = compiled(model(variant, false));
    const dsl::Compilation after = compiled(model(variant, true));
    CHECK(before.program->hash != after.program->hash);
    CHECK(!same_rules(*before.program, *after.program));
    CHECK(before.program->hash == compiled(model(variant, false)).program->hash);
    CHECK(same_rules(*before.program, *compiled(model(variant, false)).program));
  }
}

}  // namespace riskd::tests::program_test
