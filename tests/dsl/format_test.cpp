// The layout: tests/golden/format/*.risk and what becomes of each, and what holds for every file.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "dsl/compile.hpp"
#include "dsl/format/format.hpp"
#include "dsl/syntax/token.hpp"

namespace fs = std::filesystem;

namespace riskd::tests::format_test {
namespace {

const fs::path top = RISKD_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::vector<fs::path> rule_files(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
    if (entry.path().extension() == ".risk") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> all_files() {
  std::vector<fs::path> all;
  for (const char* folder : {"rules", "examples", "tests/golden", "tests/engine"}) {
    const auto found = rule_files(folder);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

std::optional<std::string> format(const std::string& text) {
  return dsl::format(dsl::SourceFile("a.risk", text));
}

std::string hash_of(const std::vector<fs::path>& files, bool formatted) {
  dsl::Sources sources;
  for (const fs::path& path : files) {
    const std::string text = read(path);
    sources.emplace_back(path.filename().string(), formatted ? format(text).value() : text);
  }
  const dsl::Compilation policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  return policy.program->hash;
}

// The same words with other blanks between them: single ones or single line breaks, as `random` says.
std::string shaken(const std::string& text, std::mt19937& random) {
  const dsl::Sources sources{dsl::SourceFile("a.risk", text)};
  dsl::Diagnostics ignored;
  const auto tokens =
      dsl::tokenize(sources, {0, 0, static_cast<std::uint32_t>(text.size())}, ignored);
  std::string out;
  std::size_t from = 0;
  for (const dsl::Token& token : tokens) {
    const std::string gap = text.substr(from, token.span.begin - from);
    const bool comment = gap.find('#') != std::string::npos;
    if (comment || gap.empty())
      out += gap;
    else
      out += random() % 3 == 0 ? "\n" : random() % 2 == 0 ? " " : "   \t";
    out += text.substr(token.span.begin, token.span.end - token.span.begin);
    from = token.span.end;
  }
  return out;
}

}  // namespace

TEST_CASE("the layout of every construct is as its golden text says") {
  const bool update = std::getenv("RISKD_UPDATE_GOLDEN") != nullptr;
  for (const fs::path& path : rule_files("tests/golden/format")) {
    fs::path expected = path;
    expected.replace_extension(".expected");
    const auto laid_out = format(read(path));
    REQUIRE(laid_out.has_value());
    if (update) std::ofstream(expected, std::ios::binary) << *laid_out;
    INFO(path.filename().string());
    CHECK(*laid_out == read(expected));
  }
}

TEST_CASE("laying out twice is laying out once") {
  std::size_t seen = 0;
  for (const fs::path& path : all_files()) {
    const auto once = format(read(path));
    if (!once) continue;
    ++seen;
    INFO(path.string());
    CHECK(format(*once) == once);
  }
  CHECK(seen > 40);
}

TEST_CASE("the layout does not depend on the blanks and line breaks that were there") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (const fs::path& path : all_files()) {
    const std::string text = read(path);
    if (!format(text)) continue;
    INFO(path.string());
    CHECK(format(shaken(text, random)) == format(shaken(text, random)));
  }
}

TEST_CASE("the layout never changes a model") {
  std::vector<fs::path> shop = rule_files("rules");
  CHECK(hash_of(shop, false) == hash_of(shop, true));
  const auto examples = rule_files("examples/shop/policy");
  shop.insert(shop.end(), examples.begin(), examples.end());
  CHECK(hash_of(shop, false) == hash_of(shop, true));
}

TEST_CASE("the rules that we ship are laid out") {
  for (const char* folder : {"rules", "examples/shop/policy", "examples/shop/changed"}) {
    for (const fs::path& path : rule_files(folder)) {
      INFO(path.string());
      CHECK(format(read(path)) == read(path));
    }
  }
}

TEST_CASE("a file whose syntax has errors is not laid out") {
  CHECK(!format("library t \"T\"\npattern {"));
  CHECK(!format("library t \"not closed\n"));
}

}  // namespace riskd::tests::format_test
