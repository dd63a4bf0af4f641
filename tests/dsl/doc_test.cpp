// The catalogue of a small policy, as Markdown and HTML: tests/golden/doc. RISKD_UPDATE_GOLDEN=1 writes
// it anew.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "dsl/catalogue/doc.hpp"
#include "dsl/compile.hpp"

namespace fs = std::filesystem;

namespace riskd::tests::doc_test {
namespace {

const fs::path root = RISKD_SOURCE_DIR;
const fs::path folder = root / "tests/golden/doc";

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

dsl::Compilation small() {
  dsl::Sources sources;
  sources.emplace_back("small.risk", read(folder / "small.risk"));
  dsl::Compilation policy = dsl::compile(std::move(sources));
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error)
      FAIL_CHECK(dsl::render(policy.sources, each, false));
  }
  REQUIRE(policy.sound());
  return policy;
}

void check_golden(const std::string& name, const std::string& text) {
  if (std::getenv("RISKD_UPDATE_GOLDEN") != nullptr)
    std::ofstream(folder / name, std::ios::binary) << text;
  CHECK(text == read(folder / name));
}

// Every element closed in order, every `&` an entity, every attribute quoted: the document is XML.
// What is between < and > never holds a raw < or >.
void check_well_formed(const std::string& name, const std::string& html) {
  INFO(name);
  std::vector<std::string> open;
  std::set<std::string> ids;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    REQUIRE(end != std::string::npos);
    const std::string tag = html.substr(at + 1, end - at - 1);
    CHECK(tag.find('<') == std::string::npos);
    if (tag.starts_with("!")) continue;
    const std::string element = tag.substr(0, tag.find_first_of(" /", 1));
    if (const std::size_t id = tag.find(" id=\""); id != std::string::npos) {
      const std::string value = tag.substr(id + 5, tag.find('"', id + 5) - id - 5);
      CHECK(ids.insert(value).second);
    }
    if (tag.starts_with("/")) {
      REQUIRE(!open.empty());
      CHECK("/" + open.back() == tag);
      open.pop_back();
    } else if (!tag.ends_with("/")) {
      open.push_back(element);
    }
  }
  CHECK(open.empty());
  for (std::size_t at = html.find('&'); at != std::string::npos; at = html.find('&', at + 1)) {
    const std::string entity = html.substr(at, html.find(';', at) - at);
    CHECK((entity == "&amp" || entity == "&lt" || entity == "&gt" || entity == "&quot"));
  }
}

// Every link of a page leads somewhere: to an id of it, or to another page and an id there.
void check_links(const std::vector<dsl::DocPage>& pages) {
  for (const dsl::DocPage& page : pages) {
    const std::string mark = "href=\"";
    for (std::size_t at = page.content.find(mark); at != std::string::npos;
         at = page.content.find(mark, at + 1)) {
      const std::size_t begin = at + mark.size();
      const std::string to = page.content.substr(begin, page.content.find('"', begin) - begin);
      if (to.starts_with("https://")) continue;
      const std::string file = to.substr(0, to.find('#'));
      const std::string id = to.find('#') == std::string::npos ? "" : to.substr(to.find('#') + 1);
      bool found = false;
      for (const dsl::DocPage& other : pages) {
        if (other.name != (file.empty() ? page.name : file)) continue;
        found = id.empty() || other.content.find(" id=\"" + id + "\"") != std::string::npos;
      }
      INFO(page.name << " " << to);
      CHECK(found);
    }
  }
}

}  // namespace

TEST_CASE("the catalogue of a small policy is as its golden files say") {
  const dsl::Compilation policy = small();
  check_golden("small.md",
               dsl::write_catalogue(policy, dsl::DocFormat::markdown, true).front().content);
  check_golden("small.html",
               dsl::write_catalogue(policy, dsl::DocFormat::html, true).front().content);
}

TEST_CASE("HTML is well-formed and its links lead somewhere") {
  const auto rules = dsl::load_policy({(root / "rules").string()}, "");
  REQUIRE(rules.has_value());
  REQUIRE(rules->sound());
  const dsl::Compilation policy = small();
  for (const dsl::Compilation* each : {&policy, &*rules}) {
    for (const bool one_page : {true, false}) {
      const auto pages = dsl::write_catalogue(*each, dsl::DocFormat::html, one_page);
      CHECK(pages.size() == (one_page ? 1 : 7));
      for (const dsl::DocPage& page : pages) check_well_formed(page.name, page.content);
      check_links(pages);
    }
  }
}

TEST_CASE("the catalogue lists what an organisation changes of a library, with its reasons") {
  dsl::Sources sources;
  sources.emplace_back("acme.risk", R"(library acme "Acme"
import core
import web
disable pattern web.password-recovery "the help desk | does it"
override countermeasure web.throttle-logins { required  mitigates 60% }
override rating risk.inherent = 5
override status-map jira { otherwise -> required }
extend risk web.credential-stuffing { weakness no-warning CWE-778 "Owners are not told" { } }
)");
  const auto policy = dsl::compile_with_rules(std::move(sources), (root / "rules").string());
  REQUIRE(policy.has_value());
  for (const dsl::Diagnostic& each : policy->diagnostics)
    UNSCOPED_INFO(dsl::render(policy->sources, each, false));
  REQUIRE(policy->sound());
  const auto text = dsl::write_catalogue(*policy, dsl::DocFormat::markdown, true).front().content;
  const auto says = [&](const std::string& line) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  };
  says("| `acme` | disables | pattern `web.password-recovery` | the help desk \\| does it |");
  says("| `acme` | overrides | countermeasure `web.throttle-logins` | required, mitigates |");
  says("| `acme` | overrides | rating `risk.inherent` |  |");
  says("| `acme` | overrides | status-map `jira` | the list of rows |");
  says("| `acme` | extends | risk `web.credential-stuffing` | no-warning |");
}

TEST_CASE("what a policy says cannot become markup") {
  const dsl::Compilation policy = small();
  const auto html = dsl::write_catalogue(policy, dsl::DocFormat::html, true).front().content;
  const auto text = dsl::write_catalogue(policy, dsl::DocFormat::markdown, true).front().content;
  CHECK(html.find("<script") == std::string::npos);
  CHECK(text.find("<script") == std::string::npos);
  CHECK(text.find("Anyone\\_else") != std::string::npos);
  CHECK(text.find("> 1\\. Tell the owner") != std::string::npos);
}

}  // namespace riskd::tests::doc_test
