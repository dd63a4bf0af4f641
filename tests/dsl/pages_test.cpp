// Every kind of diagnostic has a page in docs/diagnostics, and what the page shows is so: its wrong
// file gives that message and no other, its mended file is sound.
// RISKD_UPDATE_GOLDEN=1 writes the messages into the pages anew.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "dsl/compile.hpp"
#include "tests/dsl/markdown.hpp"

namespace fs = std::filesystem;

namespace riskd::tests::pages_test {
namespace {

const std::string root = RISKD_SOURCE_DIR;
const fs::path folder = fs::path(root) / "docs/diagnostics";

std::string page_path(const dsl::CodeInfo& code) {
  return (folder / (dsl::to_string(code.code) + ".md")).string();
}

dsl::Compilation compile_block(const Block& block) {
  auto compiled = dsl::compile_with_rules(files_of(block, "policy.risk"), root + "/rules");
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

std::string messages(const dsl::Compilation& compiled) {
  std::string text;
  for (const dsl::Diagnostic& each : compiled.diagnostics)
    text += dsl::render(compiled.sources, each, false);
  return text;
}

// The headings of a page, in order, and whether there is text before the first of them.
std::vector<std::string> sections_of(const std::string& page) {
  std::vector<std::string> found;
  for (std::size_t at = page.find("\n## "); at != std::string::npos;
       at = page.find("\n## ", at + 1))
    found.push_back(page.substr(at + 4, page.find('\n', at + 1) - at - 4));
  return found;
}

void check_wrong(const dsl::CodeInfo& code, const Block& wrong, const Block& message) {
  const dsl::Compilation compiled = compile_block(wrong);
  std::set<std::string> seen;
  for (const dsl::Diagnostic& each : compiled.diagnostics) seen.insert(dsl::to_string(each.code));
  CHECK(seen == std::set<std::string>{dsl::to_string(code.code)});
  const std::string printed = messages(compiled);
  if (std::getenv("RISKD_UPDATE_GOLDEN") != nullptr && printed != message.text) {
    std::string page = read_text(page_path(code));
    const std::size_t fence = page.find("```text\n") + 8;
    page.replace(fence, message.text.size(), printed);
    std::ofstream(page_path(code), std::ios::binary) << page;
  } else {
    CHECK(printed == message.text);
  }
}

void check_mend(const dsl::CodeInfo& code, const Block& mend) {
  const dsl::Compilation compiled = compile_block(mend);
  INFO(messages(compiled));
  CHECK(compiled.sound());
  for (const dsl::Diagnostic& each : compiled.diagnostics) CHECK(each.code != code.code);
}

}  // namespace

TEST_CASE("every code has a page in the one layout, and its files do what the page says") {
  for (const dsl::CodeInfo& code : dsl::all_codes()) {
    const std::string name = dsl::to_string(code.code);
    INFO(name);
    const std::string page = read_text(page_path(code));
    CHECK(page.starts_with("# " + name + ": " + std::string(code.title) + "\n\n"));
    CHECK(page[page.find("\n\n") + 2] != '#');
    auto sections = sections_of(page);
    if (!sections.empty() && sections.back() == "See also") sections.pop_back();
    CHECK(sections == std::vector<std::string>{"Wrong", "Why", "Mend"});
    const auto blocks = blocks_of(page);
    if (page.find("<!-- not runnable: ") != std::string::npos) {
      CHECK(blocks.empty());
      continue;
    }
    REQUIRE(blocks.size() == 3);
    CHECK((blocks[0].is("risk") && blocks[0].section == "Wrong"));
    CHECK((blocks[1].is("text") && blocks[1].section == "Wrong"));
    CHECK((blocks[2].is("risk") && blocks[2].section == "Mend"));
    check_wrong(code, blocks[0], blocks[1]);
    check_mend(code, blocks[2]);
  }
}

TEST_CASE("no page without a code, and the index names them all") {
  std::set<std::string> expected{"README.md"};
  std::set<std::string> rows;
  for (const dsl::CodeInfo& code : dsl::all_codes()) {
    const std::string name = dsl::to_string(code.code);
    expected.insert(name + ".md");
    rows.insert("[" + name + "](" + name + ".md) " +
                (code.severity == dsl::Severity::error ? "error " : "warning ") +
                std::string(code.title));
  }
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(folder))
    seen.insert(entry.path().filename().string());
  CHECK(seen == expected);
  std::set<std::string> listed;
  for (const Row& row : rows_of(read_text((folder / "README.md").string()))) {
    REQUIRE(row.cells.size() == 3);
    if (row.cells[0].starts_with("["))
      listed.insert(row.cells[0] + " " + row.cells[1] + " " + row.cells[2]);
  }
  CHECK(listed == rows);
}

}  // namespace riskd::tests::pages_test
