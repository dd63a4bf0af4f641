// What a policy cites from outside, what it says of a countermeasure that nothing tests, and which library has
// a name that was not imported.
#include <algorithm>
#include <catch2/catch.hpp>

#include "dsl/analyse/standard_ids.hpp"
#include "dsl/analyse/standards.hpp"
#include "dsl/compile.hpp"

using namespace riskd;

namespace riskd::tests::citations_test {

namespace {

const std::string root = RISKD_SOURCE_DIR;

dsl::Compilation compile(std::vector<std::string> files) {
  dsl::Sources sources;
  for (std::size_t i = 0; i < files.size(); ++i)
    sources.emplace_back("file" + std::to_string(i) + ".risk", std::move(files[i]));
  return dsl::compile(std::move(sources));
}

std::string messages(const dsl::Compilation& policy) {
  std::string all;
  for (const dsl::Diagnostic& each : policy.diagnostics)
    all += dsl::to_string(each.code) + " " + each.message + " | " + each.help + "\n";
  return all;
}

bool warns(const std::vector<std::string>& files, dsl::Code code) {
  const dsl::Compilation policy = compile(files);
  INFO(messages(policy));
  REQUIRE(policy.sound());
  return std::any_of(policy.diagnostics.begin(), policy.diagnostics.end(),
                     [&](const dsl::Diagnostic& each) { return each.code == code; });
}

std::string with(const std::string& clauses, const std::string& weakness = "weakness w \"W\"") {
  return "library base \"Base\"\npattern p \"P\" { when yes  risk r \"R\" { " + weakness +
         " { countermeasure c \"C\" { " + clauses +
         " } } } }\nscenario \"s\" { expect pattern p applies }\n";
}

}  // namespace

TEST_CASE("every id of every list that riskd knows is right with its list, and wrong without") {
  for (const dsl::StandardIds& list : dsl::standard_ids) {
    const std::string name =
        std::string(list.name) + (list.version.empty() ? "" : " " + std::string(list.version));
    CHECK(dsl::known_list(name) == name);
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < list.ids.size(); ++count) {
      const std::size_t end = std::min(list.ids.find(',', begin), list.ids.size());
      const std::string id(list.ids.substr(begin, end - begin));
      INFO(name << " " << id);
      CHECK(!id.empty());
      CHECK_FALSE(dsl::fault_of_citation(name + " " + id, {}));
      CHECK(dsl::fault_of_citation(id, {}));
      CHECK(dsl::fault_of_citation(name + " " + id + "x", {}));
      begin = end + 1;
    }
    CHECK(count > 5);
  }
}

TEST_CASE("every id of an own list is right, and the longest name decides") {
  const std::vector<std::string> own{"ACME", "ACME SEC"};
  CHECK_FALSE(dsl::fault_of_citation("ACME 1", own));
  CHECK_FALSE(dsl::fault_of_citation("ACME SEC 1", own));
  CHECK(dsl::fault_of_citation("ACME", own));
  CHECK(dsl::fault_of_citation("ACME SEC", own));
  CHECK(dsl::fault_of_citation("ACMES 1", own));
  CHECK(dsl::fault_of_citation("ACME 1", {}));
}

TEST_CASE("an own list is known in every library of the policy") {
  const std::string cites = with("standard \"ACME 12\"");
  CHECK(warns({cites}, dsl::Code::unlisted_standard));
  CHECK_FALSE(warns({cites, "library acme \"Acme\"\nstandard \"ACME\" \"The handbook\"\n"},
                    dsl::Code::unlisted_standard));
}

TEST_CASE(
    "a requirement without a test is reported, unless a finding reaches it or a reason is given") {
  const auto untested = [](const std::string& clauses, const std::string& weakness) {
    return warns({with("required " + clauses, weakness)}, dsl::Code::untested_requirement);
  };
  CHECK(untested("", "weakness w \"W\""));
  CHECK_FALSE(untested("", "weakness w CWE-307 \"W\""));
  CHECK_FALSE(untested("untested \"people do it\"", "weakness w \"W\""));
  CHECK_FALSE(untested("test junit \"*\"", "weakness w \"W\""));
  const std::string never =
      "library base \"Base\"\npattern p \"P\" { when yes  risk r \"R\" { weakness w CWE-307 \"W\" "
      "{ "
      "match cwe never  countermeasure c \"C\" { required } } } }\n";
  CHECK(warns({never}, dsl::Code::untested_requirement));
}

TEST_CASE("a test that a change adds replaces the reason why there was none") {
  const std::string base = with("required untested \"people do it\"");
  const auto reason = [&](const std::string& change) {
    const dsl::Compilation policy =
        compile({base, "library acme \"Acme\"\nimport base\n" + change});
    INFO(messages(policy));
    REQUIRE(policy.sound());
    return policy.program->countermeasures.front().untested;
  };
  CHECK(reason("") == "people do it");
  CHECK(reason("extend countermeasure base.c { test junit \"*.Test.*\" }") == "");
  CHECK(reason("override countermeasure base.c { untested \"a list\" }") == "a list");
  CHECK_FALSE(compile({with("test junit \"*\""),
                       "library acme \"Acme\"\nimport base\n"
                       "override countermeasure base.c { untested \"a list\" }"})
                  .sound());
}

TEST_CASE("the reason why there is no test is part of a policy's hash") {
  const auto hash = [](const std::string& clauses) {
    return compile({with(clauses)}).program->hash;
  };
  CHECK(hash("untested \"a\"") != hash("untested \"b\""));
  CHECK(hash("untested \"a\"") != hash(""));
}

TEST_CASE("an unknown name that a library declares is answered with its import") {
  const auto help = [](const std::string& text) {
    dsl::Sources sources;
    sources.emplace_back("own.risk", "library own \"Own\"\n" + text);
    const auto policy = dsl::compile_with_rules(std::move(sources), root + "/rules");
    REQUIRE(policy.has_value());
    REQUIRE(!policy->diagnostics.empty());
    CHECK_FALSE(policy->sound());
    return policy->diagnostics.front().help;
  };
  const std::string core = "library `core` has it: `import core`";
  const std::string web = "library `web` has it: `import web`";
  CHECK(help("pattern p \"P\" { when yes  risk r \"R\" { confidentiality 5 } }") == core);
  CHECK(help("let risk.twice = 2 * confidentiality") == core);
  CHECK(help("attribute risk { harm : level = 1 }") == core);
  CHECK(help("adjust a \"A\" { for risk  raise risk by 1  after accepted }") == core);
  CHECK(help("scenario \"s\" { expect ticket requirement for x is open }") == core);
  CHECK(help("let product.most = level.high") == core);
  CHECK(help("rating product.rating = 5\nlet product.bad = band is high") == core);
  CHECK(help("let product.open = has-web-ui") == web);
  CHECK(help("pattern p \"P\" { when yes  risk r \"R\" { weakness unlimited-attempts } }") == web);
  // A name of another kind is not meant.
  CHECK(help("let product.open = implemented").find("`import") == std::string::npos);
  CHECK(help("attribute risk { harm : reach = 1 }").find("`import") == std::string::npos);
}

}  // namespace riskd::tests::citations_test
