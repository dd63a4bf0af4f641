// Every construct of the language in good and in wrong use: tests/golden/constructs/NAME.md, and beside
// each what is said about its wrong cases. RISKD_UPDATE_GOLDEN=1 writes that anew.
//
// A page has a section `good: …` or `wrong: CONSTRUCT / WAY: …` for each case, with one block each.
// `risk fragment` is the rest of a file of the prelude's library, whose first line goes without saying.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "dsl/compile.hpp"
#include "dsl/format/format.hpp"
#include "dsl/scenario/scenario.hpp"
#include "tests/dsl/construct_ways.hpp"
#include "tests/dsl/markdown.hpp"

namespace fs = std::filesystem;

namespace riskd::tests::constructs_test {
namespace {

const std::string root = RISKD_SOURCE_DIR;
const fs::path folder = fs::path(root) / "tests/golden/constructs";
const Instant noon = *parse_instant("2026-11-23T12:00:00Z");

struct Page {
  std::string name;  // "bands"
  std::vector<Block> good;
  std::vector<Block> wrong;
};

std::vector<Page> read_pages() {
  std::vector<Page> pages;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".md") continue;
    Page page{entry.path().stem().string(), {}, {}};
    std::set<std::string> titles;
    for (Block& block : blocks_of(read_text(entry.path().string()))) {
      INFO(page.name << ".md:" << block.line << " " << block.section);
      REQUIRE(block.is("risk"));
      REQUIRE(titles.insert(block.section).second);
      const bool good = block.section.starts_with("good: ");
      REQUIRE((good || block.section.starts_with("wrong: ")));
      (good ? page.good : page.wrong).push_back(std::move(block));
    }
    pages.push_back(std::move(page));
  }
  std::sort(pages.begin(), pages.end(),
            [](const Page& a, const Page& b) { return a.name < b.name; });
  return pages;
}

const std::vector<Page>& pages() {
  static const std::vector<Page> all = read_pages();
  return all;
}

// The files of a case alone.
dsl::Sources own_files(const Page& page, const Block& block) {
  Block whole = block;
  if (block.is("fragment")) whole.text = "library shop \"Shop\"\n" + block.text;
  return files_of(whole, page.name + ".risk");
}

// A case and what goes before it. Its own files are those from `first` on.
struct Case {
  dsl::Sources sources;
  std::size_t first = 0;
};

Case make_case(const Page& page, const Block& block) {
  Case made;
  if (block.is("fragment") || block.text.find("import shop") != std::string::npos) {
    made.sources.emplace_back("prelude.risk", read_text((folder / "prelude.risk").string()));
    made.first = 1;
  }
  for (dsl::SourceFile& file : own_files(page, block)) made.sources.push_back(std::move(file));
  return made;
}

dsl::Compilation compiled_with_rules(dsl::Sources sources) {
  auto compiled = dsl::compile_with_rules(std::move(sources), root + "/rules");
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

// All messages of a case but warnings about what goes before it.
std::vector<dsl::Diagnostic> reported(const dsl::Compilation& compiled, std::size_t first) {
  std::vector<dsl::Diagnostic> all;
  for (const dsl::Diagnostic& each : compiled.diagnostics) {
    const bool own = each.span.file >= first && each.span.file < compiled.given_files;
    if (own || dsl::info(each.code).severity == dsl::Severity::error) all.push_back(each);
  }
  return all;
}

// A message as people see it; shipped files without the folder that this source tree is in.
std::string shown(const dsl::Compilation& compiled, const dsl::Diagnostic& diagnostic) {
  std::string text = dsl::render(compiled.sources, diagnostic, false);
  for (std::size_t at = text.find(root + "/"); at != std::string::npos; at = text.find(root + "/"))
    text.erase(at, root.size() + 1);
  return text;
}

std::string errors_of(const dsl::Compilation& compiled) {
  std::string text;
  for (const dsl::Diagnostic& each : compiled.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error) text += shown(compiled, each);
  }
  return text;
}

}  // namespace

TEST_CASE("a good use of a construct compiles, and its scenarios pass") {
  for (const Page& page : pages()) {
    INFO(page.name);
    CHECK(!page.good.empty());
    for (const Block& block : page.good) {
      INFO(page.name << ".md:" << block.line << " " << block.section);
      Case good = make_case(page, block);
      const dsl::Compilation compiled = compiled_with_rules(std::move(good.sources));
      CHECK(errors_of(compiled) == "");
      if (!compiled.sound()) continue;
      for (const auto& scenario : dsl::run_scenarios(compiled, "", noon).scenarios) {
        if (scenario.span.file < good.first)
          continue;  // the prelude's, under rules that were changed
        for (const auto& failure : scenario.failures)
          FAIL_CHECK(scenario.title + ": " + failure.message);
      }
    }
  }
}

TEST_CASE("a good use of a construct means the same after its layout") {
  for (const Page& page : pages()) {
    for (const Block& block : page.good) {
      INFO(page.name << ".md:" << block.line << " " << block.section);
      dsl::Sources laid_out;
      Case good = make_case(page, block);
      for (const dsl::SourceFile& file : good.sources) {
        const auto text = dsl::format(file);
        REQUIRE(text.has_value());
        laid_out.emplace_back(file.name(), *text);
      }
      const dsl::Compilation before = compiled_with_rules(std::move(good.sources));
      const dsl::Compilation after = compiled_with_rules(std::move(laid_out));
      CHECK(errors_of(after) == "");
      if (before.sound() && after.sound()) CHECK(before.program->hash == after.program->hash);
    }
  }
}

TEST_CASE("a wrong use of a construct is reported as in its golden text, and at its place") {
  const bool update = std::getenv("RISKD_UPDATE_GOLDEN") != nullptr;
  for (const Page& page : pages()) {
    std::string text;
    for (const Block& block : page.wrong) {
      INFO(page.name << ".md:" << block.line << " " << block.section);
      const auto way = way_of(block.section);
      REQUIRE(way.has_value());
      Case wrong = make_case(page, block);
      const dsl::Compilation compiled = compiled_with_rules(std::move(wrong.sources));
      std::set<std::string> warned;
      text += "## " + block.section + "\n";
      for (const dsl::Diagnostic& each : reported(compiled, wrong.first)) {
        const std::string message = shown(compiled, each);
        text += message;
        INFO(message);
        CHECK(each.span.file >= wrong.first);
        CHECK(each.span.file < compiled.given_files);
        CHECK(each.span.begin < each.span.end);
        CHECK(each.span.end <= compiled.sources[each.span.file].text().size());
        if (dsl::info(each.code).severity == dsl::Severity::warning)
          warned.insert(dsl::to_string(each.code));
      }
      CHECK(compiled.sound() == (way->way == Way::warning));
      if (way->way == Way::warning) CHECK(warned == std::set<std::string>{way->code});
    }
    const std::string expected = (folder / (page.name + ".expected")).string();
    if (update) std::ofstream(expected, std::ios::binary) << text;
    INFO(page.name);
    CHECK(text == read_text(expected));
  }
}

TEST_CASE("every construct, expression and type has a good use") {
  std::set<dsl::ClauseKind> clauses;
  std::set<std::size_t> statements;
  std::set<dsl::ExprKind> exprs;
  std::set<dsl::TypeKind> types;
  for (const Page& page : pages()) {
    for (const Block& block : page.good) {
      dsl::Diagnostics ignored;
      const dsl::Syntax syntax = dsl::parse(own_files(page, block), ignored);
      for (const dsl::Clause& each : syntax.clauses) {
        clauses.insert(each.kind);
        if (const auto* said = each.find<dsl::Statement>()) statements.insert(said->index());
      }
      for (const dsl::Expr& each : syntax.exprs) exprs.insert(each.kind);
      for (const dsl::TypeSyntax& each : syntax.types) types.insert(each.kind);
    }
  }
  for (const dsl::ClauseKind kind : clause_kinds()) {
    INFO(construct(kind).name);
    CHECK(clauses.contains(kind));
  }
  for (std::size_t i = 0; i < statement_constructs().size(); ++i) {
    INFO("statement " << i << ": " << statement_constructs()[i].name);
    CHECK(statements.contains(i));
  }
  for (int kind = 1; kind <= static_cast<int>(dsl::ExprKind::group); ++kind) {
    if (kind == static_cast<int>(dsl::ExprKind::negate))
      continue;  // a minus is read with its number
    INFO("expression " << kind);
    CHECK(exprs.contains(static_cast<dsl::ExprKind>(kind)));
  }
  for (int kind = 1; kind <= static_cast<int>(dsl::TypeKind::named); ++kind) {
    INFO("type " << kind);
    CHECK(types.contains(static_cast<dsl::TypeKind>(kind)));
  }
}

TEST_CASE("every way to get a construct wrong has a case, and every case is such a way") {
  std::set<std::string> known;
  for (const Construct& each : constructs()) {
    for (const Way way : each.ways) known.insert(each.name + " / " + to_string(way));
  }
  std::set<std::string> seen;
  for (const Page& page : pages()) {
    for (const Block& block : page.wrong) {
      INFO(page.name << ".md:" << block.line << " " << block.section);
      const auto way = way_of(block.section);
      REQUIRE(way.has_value());
      const std::string name = way->construct + " / " + to_string(way->way);
      CHECK(known.contains(name));
      seen.insert(name);
    }
  }
  for (const std::string& each : known) {
    INFO(each);
    CHECK(seen.contains(each));
  }
}

}  // namespace riskd::tests::constructs_test
