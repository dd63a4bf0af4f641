// Every kind of diagnostic, as people see it: tests/golden/diagnostics/*.risk and the text beside each.
// RISKD_UPDATE_GOLDEN=1 writes the texts anew.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "dsl/compile.hpp"

namespace fs = std::filesystem;

namespace riskd::tests::diagnostics_test {
namespace {

const fs::path folder = fs::path(RISKD_SOURCE_DIR) / "tests/golden/diagnostics";

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() || entry.path().extension() == ".risk") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The diagnostics of one case, with file names as they are in the folder.
dsl::Compilation compile_case(const fs::path& path) {
  auto sources = dsl::read_sources({path.string()});
  REQUIRE(sources.has_value());
  dsl::Sources named;
  for (const dsl::SourceFile& file : *sources) {
    named.emplace_back(fs::path(file.name()).filename().string(), std::string(file.text()));
  }
  return dsl::compile(std::move(named));
}

}  // namespace

TEST_CASE("every kind of diagnostic looks as its golden text says") {
  const bool update = std::getenv("RISKD_UPDATE_GOLDEN") != nullptr;
  for (const fs::path& path : cases()) {
    const dsl::Compilation compilation = compile_case(path);
    std::string text;
    for (const dsl::Diagnostic& each : compilation.diagnostics)
      text += dsl::render(compilation.sources, each, false);
    fs::path expected = path;
    expected.replace_extension(".expected");
    if (update) std::ofstream(expected, std::ios::binary) << text;
    INFO(path.filename().string());
    CHECK(text == read(expected));
    CHECK(!text.empty());
  }
}

TEST_CASE("every code has a golden case") {
  std::set<std::string> seen;
  for (const fs::path& path : cases()) {
    for (const dsl::Diagnostic& each : compile_case(path).diagnostics)
      seen.insert(dsl::to_string(each.code));
  }
  for (const dsl::CodeInfo& each : dsl::all_codes()) {
    INFO(dsl::to_string(each.code) << " " << each.title);
    CHECK(seen.contains(dsl::to_string(each.code)));
  }
}

TEST_CASE("a row of terms without end is refused, and overflows nothing") {
  for (const char* sign : {" + ", " - ", " * ", " / "}) {
    std::string text = "library t \"T\"\nlet product.x = 1";
    for (int i = 0; i < 300'000; ++i) text += sign + std::string("1");
    dsl::Sources sources;
    sources.emplace_back("long.risk", text);
    const auto compilation = dsl::compile(std::move(sources));
    REQUIRE(compilation.diagnostics.size() == 1);
    CHECK(compilation.diagnostics.front().code == dsl::Code::too_deep);
  }
}

TEST_CASE("many mistakes on one long line are reported quickly") {
  for (const char* part :
       {"}", "{", "„", "'", "\"", "\" : ", "// ", "/* ", "[", "]", "a: ", "x \" } "}) {
    std::string text = "library t \"T\"\nlet product.x = ";
    for (int i = 0; i < 3'000; ++i) text += part;
    dsl::Sources sources;
    sources.emplace_back("long.risk", text);
    INFO(part);
    CHECK_FALSE(dsl::compile(std::move(sources)).sound());
  }
}

TEST_CASE("a policy cut off anywhere is reported and never crashes") {
  const std::string text = read(fs::path(RISKD_SOURCE_DIR) / "rules/core/rating.risk") +
                           read(fs::path(RISKD_SOURCE_DIR) / "rules/core/tickets.risk");
  for (std::size_t length = 0; length < text.size(); length += 7) {
    dsl::Sources sources;
    sources.emplace_back("cut.risk", text.substr(0, length));
    const auto compilation = dsl::compile(std::move(sources));
    CHECK((compilation.sound() || !compilation.diagnostics.empty()));
  }
}

TEST_CASE("layout and comments do not change a policy's hash, words do") {
  const auto hash = [](std::string text) {
    dsl::Sources sources;
    sources.emplace_back("a.risk", std::move(text));
    const auto compilation = dsl::compile(std::move(sources));
    REQUIRE(compilation.sound());
    return compilation.program->hash;
  };
  const std::string one = hash("library t \"T\"\nlet product.a = 1 + 2\n");
  CHECK(one == hash("# a comment\nlibrary t \"T\"   let product.a =\n\n 1 + 2 # more"));
  CHECK(one != hash("library t \"T\"\nlet product.a = 1 + 3\n"));
}

}  // namespace riskd::tests::diagnostics_test
