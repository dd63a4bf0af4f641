// docs/language.md, held to its word: the examples check and their scenarios pass, the truth tables
// are what the engine does, the links lead somewhere.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "dsl/compile.hpp"
#include "dsl/scenario/scenario.hpp"
#include "engine/vocabulary/vocabulary.hpp"
#include "tests/dsl/markdown.hpp"

namespace fs = std::filesystem;

namespace riskd::tests::language_page_test {
namespace {

const std::string root = RISKD_SOURCE_DIR;
const Instant noon = *parse_instant("2026-11-23T12:00:00Z");

std::string page() { return read_text(root + "/docs/language.md"); }

dsl::Compilation compile_text(const std::string& text) {
  dsl::Sources sources;
  sources.emplace_back("page.risk", text);
  auto compiled = dsl::compile_with_rules(std::move(sources), root + "/rules");
  REQUIRE(compiled.has_value());
  return std::move(*compiled);
}

void check_sound(const std::string& text) {
  const dsl::Compilation compiled = compile_text(text);
  std::string messages;
  for (const dsl::Diagnostic& each : compiled.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error)
      messages += dsl::render(compiled.sources, each, false);
  }
  CHECK(messages == "");
  if (!compiled.sound()) return;
  for (const auto& scenario : dsl::run_scenarios(compiled, "", noon).scenarios) {
    if (scenario.span.file != 0)
      continue;  // a shipped library's own, under rules that were changed
    for (const auto& failure : scenario.failures)
      FAIL_CHECK(scenario.title + ": " + failure.message);
  }
}

std::string unquoted(const std::string& cell) {
  return cell.size() > 2 && cell.front() == '`' && cell.back() == '`'
             ? cell.substr(1, cell.size() - 2)
             : cell;
}

// The questions that the truth tables speak of. Each is asked where `asks-…` is true, which it is
// until somebody says no.
const std::map<std::string, std::string> table_questions{
    {"a", "yes-no"},
    {"b", "yes-no"},
    {"reach", "one-of ordered { staff partners internet }"},
    {"data", "any-of { card health }"},
    {"users", "number"},
    {"since", "date"},
    {"note", "text"}};

std::string table_policy() {
  std::string text = "library tables \"Truth tables\"\nquestionnaire asked \"Asked\" {\n";
  for (const auto& [name, type] : table_questions) {
    text += "question asks-" + name + " \"Is " + name + " asked?\" : yes-no default yes\n";
    text += "question " + name + " \"" + name + "?\" : " + type + " ask when asks-" + name + "\n";
  }
  return text + "}\n";
}

std::string given(const std::string& name, const std::string& value) {
  if (value == "unknown") return {};
  if (value == "no value") return "given asks-" + name + " = no\n";
  return "given " + name + " = " +
         (value == "true"    ? "yes"
          : value == "false" ? "no"
                             : value) +
         "\n";
}

}  // namespace

TEST_CASE("every example of the language page does what the page says") {
  const std::string prelude = read_text(root + "/tests/dsl/prelude.risk");
  int waiting = 0;
  for (const Block& block : blocks_of(page())) {
    if (!block.is("risk")) continue;
    INFO("docs/language.md:" << block.line);
    if (block.is("pending")) {
      ++waiting;
    } else if (block.is("error")) {
      std::set<std::string> codes;
      for (const auto& each : compile_text(block.text).diagnostics)
        codes.insert(dsl::to_string(each.code));
      CHECK(codes == std::set<std::string>{block.info.back()});
    } else {
      check_sound(block.is("fragment") ? prelude + block.text : block.text);
    }
  }
  if (waiting > 0) WARN(waiting << " examples wait for what the parser does not read yet");
}

TEST_CASE("every row of the truth tables is what the engine does") {
  std::string text = table_policy();
  std::vector<std::string> header;
  int conditions = 0;
  std::string last_pattern;
  for (const Row& row : rows_of(page())) {
    if (row.section != "Truth tables") continue;
    if (row.cells[0].starts_with('`')) {
      header = row.cells;
      continue;
    }
    REQUIRE(row.cells.size() == header.size());
    std::string facts = "given today = 2026-11-23\n";
    std::string expected;
    for (std::size_t i = 0; i < header.size(); ++i) {
      const std::string heading = unquoted(header[i]);
      if (table_questions.contains(heading)) {
        facts += given(heading, row.cells[i]);
        continue;
      }
      const std::string name = "row-" + std::to_string(++conditions);
      INFO(heading << " is " << row.cells[i]);
      REQUIRE((row.cells[i] == "true" || row.cells[i] == "false" || row.cells[i] == "unknown"));
      text += "pattern " + name + " \"" + name + "\" { when " + heading + " }\n";
      expected += "expect pattern " + name +
                  (row.cells[i] == "true"    ? " applies\n"
                   : row.cells[i] == "false" ? " does not apply\n"
                                             : " is undecided\n");
    }
    std::string title;
    for (std::size_t i = 0; i < header.size(); ++i)
      title += unquoted(header[i]) + ": " + row.cells[i] + "; ";
    std::replace(title.begin(), title.end(), '"', '\'');
    text += "scenario \"" + title + "\" {\n" + facts + expected + "}\n";
  }
  CHECK(conditions > 120);
  check_sound(text);
}

TEST_CASE("every operator stands in a truth table") {
  std::string conditions;
  for (const Row& row : rows_of(page())) {
    if (row.section == "Truth tables" && row.cells[0].starts_with('`')) {
      for (const std::string& cell : row.cells) conditions += " " + cell + " ";
    }
  }
  for (const char* each : {" and ",
                           " or ",
                           "not ",
                           " is ",
                           " is not ",
                           " in {",
                           " not in {",
                           " < ",
                           " <= ",
                           " > ",
                           " >= ",
                           " includes ",
                           " includes any ",
                           " includes all ",
                           " matches ",
                           " is answered",
                           "if ",
                           "match ",
                           " + ",
                           " - ",
                           " * ",
                           " / "}) {
    INFO(each);
    CHECK(conditions.find(each) != std::string::npos);
  }
}

namespace {

// The lines that say something, without comments, each with single blanks.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (const std::size_t comment = line.find('#'); comment != std::string::npos)
      line.resize(comment);
    std::istringstream words(line);
    std::string plain;
    for (std::string word; words >> word;) plain += (plain.empty() ? "" : " ") + word;
    if (!plain.empty()) lines.push_back(std::move(plain));
  }
  return lines;
}

}  // namespace

TEST_CASE("what the page says that core declares is core, but for the bodies of tickets") {
  std::string core;
  for (const char* file : {"core", "rating", "trackers", "evidence", "tickets"}) {
    std::string text = read_text(root + "/rules/core/" + file + ".risk");
    for (std::size_t body = text.find("  body \"\"\""); body != std::string::npos;
         body = text.find("  body \"\"\"", body))
      text.erase(body, text.find("\"\"\"\n", body + 10) + 4 - body);
    text.erase(text.find("library core"),
               text.find('\n', text.find("library core")) - text.find("library core"));
    core += text;
  }
  const auto blocks = blocks_of(page());
  const auto block = std::find_if(blocks.begin(), blocks.end(), [](const Block& each) {
    return each.section == "What core declares";
  });
  REQUIRE(block != blocks.end());
  std::vector<std::string> shown = lines_of(block->text);
  shown.erase(shown.begin());  // its `library` line
  CHECK(shown == lines_of(core));
}

namespace {

std::string shown_type(const engine::SourceField& field) {
  switch (field.type) {
    case engine::FieldType::text:
      return "text";
    case engine::FieldType::texts:
      return "list of texts";
    case engine::FieldType::number:
      return "number";
    case engine::FieldType::truth:
      return "yes-no";
    case engine::FieldType::word:
      break;
  }
  std::string words;
  for (const std::string_view word : field.words)
    words += (words.empty() ? "in " : ", ") + std::string(word);
  return words;
}

// The tables of the section "Evidence", as the vocabulary has them.
std::string source_tables() {
  std::string fields = "| source | a row may ask for |\n|---|---|\n";
  std::string tests = "| source | `test` names |\n|---|---|\n";
  for (const engine::TestSource& source : engine::test_sources()) {
    std::string asked;
    for (const engine::SourceField& field : source.fields)
      asked += (asked.empty() ? "`" : "; `") + std::string(field.name) + "` " + shown_type(field);
    const std::string name = "| `" + std::string(source.name) + "` | ";
    fields += name + asked + " |\n";
    tests += name + std::string(source.test_name_meaning) + " |\n";
  }
  return fields + "\n" + tests;
}

}  // namespace

TEST_CASE("the page shows the sources, fields and words that the program knows") {
  INFO(source_tables());
  CHECK(page().find(source_tables()) != std::string::npos);
}

TEST_CASE("a row may ask for each field of a source with each of its words") {
  std::string text = "library t \"T\"\n";
  for (const engine::TestSource& source : engine::test_sources()) {
    text += "evidence " + std::string(source.name) + " {\n";
    for (const engine::SourceField& field : source.fields) {
      const std::string name(field.name);
      // Without `otherwise`, a `match` names every value.
      std::string cases;
      for (const std::string_view word : field.words)
        cases += (cases.empty() ? "" : ", ") + std::string(word) + ": " +
                 (word == field.words.front() ? "no" : "yes");
      text += field.type == engine::FieldType::text     ? name + " is \"x\""
              : field.type == engine::FieldType::number ? name + " > 1"
              : field.type == engine::FieldType::truth  ? name
              : field.type == engine::FieldType::texts  ? name + " includes \"x\""
                                                        : "match " + name + " { " + cases + " }";
      text += " -> failed\n";
    }
    text += "otherwise -> ignored\n}\n";
  }
  check_sound(text);
}

TEST_CASE("links between the pages of the language lead somewhere") {
  std::set<std::string> anchors;
  for (const std::string line = page(); const auto& row : {line}) {
    for (std::size_t at = row.find("\n#"); at != std::string::npos; at = row.find("\n#", at + 1)) {
      std::string anchor;
      const std::size_t begin = row.find(' ', at);
      for (const char c : row.substr(begin + 1, row.find('\n', begin) - begin - 1)) {
        if (c == ' ' || c == '-') anchor += '-';
        if (std::isalnum(static_cast<unsigned char>(c)))
          anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
      anchors.insert(anchor);
    }
  }
  std::vector<std::string> pages{root + "/docs/language.md"};
  for (const auto& entry : fs::directory_iterator(root + "/docs/diagnostics"))
    pages.push_back(entry.path().string());
  for (const std::string& from : pages) {
    const std::string text = read_text(from);
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
      const std::string target = text.substr(at + 2, text.find(')', at) - at - 2);
      const std::string file = target.substr(0, target.find('#'));
      INFO(from << ": " << target);
      if (!file.empty()) CHECK(fs::exists(fs::path(from).parent_path() / file));
      if (file.size() == target.size()) continue;
      CHECK(anchors.contains(target.substr(target.find('#') + 1)));
    }
  }
}

}  // namespace riskd::tests::language_page_test
