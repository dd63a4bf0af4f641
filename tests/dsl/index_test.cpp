// The index of names, as a table: the text with the cursor, what the name there stands for, how often it
// is used.
#include "dsl/index/index.hpp"
#include "dsl/compile.hpp"

#include <catch2/catch.hpp>

namespace riskd::tests::index_test {
namespace {

const std::string policy = R"(library t "T"
scale level { low = 10, high = 90 }
attribute risk { ease : level = low "Ease" }
# Who comes in.
questionnaire q "Q" {
  question reach "Who?" : one-of ordered { staff "Staff" internet "All" }
  question open "Open?" : yes-no ask when reach is internet
}
let product.wide = reach is internet and open
rating risk.inherent = ease
pattern p "P" {
  when wide
  risk r "R" {
    ease high
    weakness w CWE-5 "W" {
      countermeasure c "C" { mitigates if reach >= internet then 50% else 20% }
    }
  }
}
ticket todo for risk { open when ease is high title "{title} {ease}" }
scenario "s" {
  given reach = internet, open = yes
  then decide r ease = high "why"
  expect pattern p applies
  expect risk r current is inherent
  expect ticket todo for r is open
}
)";

struct Indexed {
  dsl::Compilation compiled;
  dsl::NameIndex index;
};

Indexed indexed(std::string text) {
  dsl::Sources sources;
  sources.emplace_back("t.risk", std::move(text));
  Indexed made{dsl::compile(std::move(sources)), {}};
  made.index = dsl::index_names(made.compiled);
  return made;
}

// "question reach 5": what the `nth` occurrence of `written` stands for, and its uses.
std::string at(const Indexed& made, std::string_view before, std::size_t shift = 0) {
  const auto found = made.compiled.sources[0].text().find(before);
  REQUIRE(found != std::string_view::npos);
  const dsl::NameUse* use = made.index.at(0, static_cast<std::uint32_t>(found + shift));
  if (use == nullptr) return "nothing";
  const dsl::Definition& definition = made.index.definitions[use->definition];
  return std::string(to_string(definition.kind)) + " " + definition.name + " " +
         std::to_string(made.index.uses_of(use->definition).size());
}

}  // namespace

TEST_CASE("every name stands for its declaration, scenarios included") {
  const Indexed made = indexed(policy);
  for (const dsl::Diagnostic& each : made.compiled.diagnostics)
    INFO(dsl::render(made.compiled.sources, each, false));
  REQUIRE(made.compiled.sound());
  CHECK(at(made, "reach \"Who") == "question reach 5");
  CHECK(at(made, "internet, open") == "choice internet 5");
  CHECK(at(made, "wide\n  risk") == "let wide 2");
  CHECK(at(made, "ease high\n    weak") == "attribute ease 6");
  CHECK(at(made, "high \"why") == "step high 4");
  CHECK(at(made, "p applies") == "pattern p 2");
  CHECK(at(made, "r current") == "risk r 4");
  CHECK(at(made, "inherent\n  expect ticket") == "rating inherent 2");
  CHECK(at(made, "todo for r ") == "ticket todo 2");
  CHECK(at(made, "level = low") == "scale level 2");
  CHECK(at(made, "mitigates if") == "nothing");
}

TEST_CASE("changes to a library name what they change, and what they add is their own") {
  const Indexed made = indexed(policy + R"(scenario "table" {
  given open = yes
  case reach = staff    -> pattern p does not apply
  case reach = internet -> pattern p applies, risk r ease is high
}
)");
  REQUIRE(made.compiled.sound());
  CHECK(at(made, "staff    ->") == "choice staff 2");
  CHECK(at(made, "p does not") == "pattern p 4");
  CHECK(at(made, "ease is high\n}", 0) == "attribute ease 7");

  dsl::Sources sources;
  sources.emplace_back("t.risk", policy);
  sources.emplace_back("a.risk", R"(library a "A"
import t
extend pattern t.p { risk s "S" { ease low  weakness t.w } }
extend question t.reach { partners "Partners" }
override rating risk.inherent = ease + 1
disable countermeasure t.c "done elsewhere"
)");
  Indexed changed{dsl::compile(std::move(sources)), {}};
  changed.index = dsl::index_names(changed.compiled);
  REQUIRE(changed.compiled.sound());
  const auto uses_in_change = [&](std::string_view name) {
    std::size_t uses = 0;
    std::string library;
    for (const dsl::NameUse& use : changed.index.uses) {
      const dsl::Definition& definition = changed.index.definitions[use.definition];
      if (use.span.file != 1 || definition.name != name) continue;
      ++uses;
      library = definition.library;
    }
    return library + " " + std::to_string(uses);
  };
  CHECK(uses_in_change("p") == "t 1");
  CHECK(uses_in_change("s") == "a 1");
  CHECK(uses_in_change("w") == "t 1");
  CHECK(uses_in_change("reach") == "t 1");
  CHECK(uses_in_change("partners") == "a 1");
  CHECK(uses_in_change("inherent") == "t 1");
  CHECK(uses_in_change("c") == "t 1");
}

TEST_CASE("changes name what exists once in a policy, and a status map by its name") {
  const std::string base = policy + R"(status-map jira { otherwise -> required }
# For the apps.
status-map jira mobile { otherwise -> required }
status-map github mobile { otherwise -> required }
scenario "m" {
  given ticket todo for r has status "Done" on jira mobile
  then  ticket todo for r has status "Done" on jira
}
)";
  const Indexed made = indexed(base);
  REQUIRE(made.compiled.sound());
  CHECK(at(made, "mobile { otherwise") == "status map mobile 2");
  CHECK(at(made, "mobile\n  then") == "status map mobile 2");
  CHECK(at(made, "jira mobile {") == "nothing");
  for (const dsl::Definition& each : made.index.definitions) {
    if (each.name != "mobile") continue;
    CHECK((each.of == "jira" || each.of == "github"));
    CHECK(each.documentation == (each.of == "jira" ? "For the apps." : ""));
  }
  dsl::Sources sources;
  sources.emplace_back("a.risk", R"(library a "A"
import t
override let t.product.wide = open
override ticket todo { relate to todo }
override status-map jira mobile { status is "Done" -> implemented }
)");
  sources.emplace_back("t.risk", base);
  Indexed changed{dsl::compile(std::move(sources)), {}};
  changed.index = dsl::index_names(changed.compiled);
  REQUIRE(changed.compiled.sound());
  CHECK(at(changed, "wide = open") == "let wide 3");
  CHECK(at(changed, "t.product") == "library t 3");
  CHECK(at(changed, "open\n") == "question open 4");
  CHECK(at(changed, "todo { relate") == "ticket todo 6");
  CHECK(at(changed, "todo }") == "ticket todo 6");
  CHECK(at(changed, "mobile { status") == "status map mobile 3");
}

TEST_CASE("a definition has its type, title and documentation") {
  const Indexed made = indexed(policy);
  for (const dsl::Definition& each : made.index.definitions) {
    if (each.name == "reach") {
      CHECK(each.type == "one-of ordered {staff, internet}");
      CHECK(each.title == "Who?");
    }
    if (each.name == "q") CHECK(each.documentation == "Who comes in.");
    if (each.name == "wide") CHECK(each.type == "yes-no");
  }
}

TEST_CASE("names that resolve are indexed even if others do not") {
  std::string broken = policy;
  broken.replace(broken.find("when wide"), 9, "when wade");
  const Indexed made = indexed(broken);
  REQUIRE(!made.compiled.sound());
  CHECK(at(made, "reach \"Who") == "question reach 5");
  CHECK(at(made, "wade") == "nothing");
  CHECK(at(made, "product.wide", 9) == "let wide 1");
}

TEST_CASE("a policy cut off anywhere is indexed and never crashes") {
  for (std::size_t length = 0; length < policy.size(); length += 3) {
    const Indexed made = indexed(policy.substr(0, length));
    for (const dsl::NameUse& use : made.index.uses)
      CHECK(use.definition < made.index.definitions.size());
  }
}

}  // namespace riskd::tests::index_test
