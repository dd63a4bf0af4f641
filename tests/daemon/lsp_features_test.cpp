// What the language server answers about changes, named status maps and former names. The rest is in
// tests/e2e/lsp, where an editor's library asks.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "daemon/lsp/features.hpp"
#include "daemon/lsp/workspace.hpp"

using namespace riskd;
using namespace riskd::lsp;

namespace riskd::tests::lsp_features_test {

namespace {

const std::string uri = "untitled:a";

const std::string model = R"(library t "T"
component-type queue "Queue" was broker
field product.team "Team" : text was owner
questionnaire q "Q" { question open "Open?" : one-of { yes-please "Yes" was sure, never } }
let product.wide = open is never
let product.named = team is answered and count(components, type is queue) > 0
attribute risk { ease : number = 1 }
rating risk.inherent = ease
pattern p "P" { when wide and named  risk r "R" { weakness w CWE-1 "W" } }
adjust kept "Kept" { for risk  cap risk at 90 }
ticket todo for risk { open when ease > 3 title "{title}" }
status-map jira { otherwise -> required }
status-map jira mobile { otherwise -> required }
status-map github web { otherwise -> required }
scenario "s" { given ticket todo for r has status "Done" on jira mobile  expect pattern p is undecided }
)";

struct Opened {
  Workspace workspace{"", {}};
  Analysis* analysis = nullptr;

  explicit Opened(const std::string& text) {
    workspace.open({uri, text, 1});
    analysis = &workspace.analyse(uri);
  }
};

// The place of `|` in `context`, which stands once in the text.
std::uint32_t place_of(const std::string& text, const std::string& context) {
  const std::size_t cursor = context.find('|');
  const std::string plain = context.substr(0, cursor) + context.substr(cursor + 1);
  const std::size_t found = text.find(plain);
  REQUIRE(found != std::string::npos);
  return static_cast<std::uint32_t>(found + cursor);
}

// What is offered where `typed` ends, behind the model.
std::vector<std::string> offered(const std::string& typed) {
  Opened opened(model);
  const std::string text = model + typed;
  const json::value list =
      completion(*opened.analysis, uri, text, static_cast<std::uint32_t>(text.size()), {});
  std::vector<std::string> labels;
  for (const json::value& item : list.at("items").as_array())
    labels.emplace_back(item.at("label").as_string());
  std::sort(labels.begin(), labels.end());
  return labels;
}

std::string hovered(const std::string& context) {
  Opened opened(model);
  const json::value shown = hover({*opened.analysis, 0, place_of(model, context)});
  return shown.is_null() ? "" : std::string(shown.at("contents").at("value").as_string());
}

std::string renamed(const std::string& context, const std::string& name) {
  Opened opened(model);
  const Reply reply = rename({*opened.analysis, 0, place_of(model, context)}, name);
  if (!reply) return reply.error().message;
  std::string edits;
  for (const json::value& edit : reply->at("changes").at(uri).as_array())
    edits += json::serialize(edit.at("range").at("start").at("line")) + " ";
  return edits;
}

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("completion knows what a change may change") {
  CHECK(offered("override ") == Labels{"adjust", "countermeasure", "evidence", "let", "pattern",
                                       "question", "rating", "risk", "status-map", "ticket",
                                       "weakness"});
  CHECK(offered("extend ") == Labels{"countermeasure", "pattern", "question", "risk", "weakness"});
  CHECK(offered("override status-map ") ==
        Labels{"azure", "directory", "github", "gitlab", "jira", "redmine"});
  CHECK(offered("override status-map jira ") == Labels{"mobile"});
  CHECK(offered("override ticket ") == Labels{"todo"});
  CHECK(offered("override adjust ") == Labels{"kept"});
  CHECK(offered("override let ") ==
        Labels{"component", "countermeasure", "product", "risk", "weakness"});
  const Labels values = offered("override let product.");
  CHECK(std::count(values.begin(), values.end(), "wide") == 1);
  const Labels clauses = offered("override ticket todo {\n  ");
  CHECK(std::count(clauses.begin(), clauses.end(), "reopen") == 1);
}

TEST_CASE("completion knows the maps of a tracker and where a former name stands") {
  CHECK(offered("scenario \"x\" { given ticket todo for r has status \"Done\" on jira ") ==
        Labels{"mobile"});
  CHECK(offered("field product.size : number ") == Labels{"default", "required", "was"});
  CHECK(offered("component-type gateway \"Gateway\" ") == Labels{"was"});
  CHECK(offered("component-type gateway \"Gateway\" was ").empty());
}

TEST_CASE("hover explains a former name and a status map") {
  CHECK(hovered("\"Queue\" w|as") == "`was`: the former name; facts and tickets are kept");
  CHECK(hovered("on jira mob|ile").find("status map jira.mobile") != std::string::npos);
}

TEST_CASE("a status map is renamed where it is declared and used, and to no name that is taken") {
  CHECK(renamed("jira mob|ile {", "apps") == "12 14 ");
  CHECK(renamed("jira mob|ile {", "web") == "12 14 ");  // another tracker's
  CHECK(renamed("github w|eb", "jira") == "13 ");
}

}  // namespace riskd::tests::lsp_features_test
