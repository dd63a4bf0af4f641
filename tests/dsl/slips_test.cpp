// One slip in a policy that is right is one message, at its line: the first policy of docs/language.md, spoilt
// in one place after the other.
#include <algorithm>
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "tests/dsl/markdown.hpp"

using namespace riskd;
using namespace riskd::tests;

namespace riskd::tests::slips_test {

namespace {

const std::string root = RISKD_SOURCE_DIR;

std::string first_policy() {
  for (const Block& block : blocks_of(read_text(root + "/docs/language.md"))) {
    if (block.is("risk")) return block.text;
  }
  FAIL("there is no policy");
  return {};
}

// `spoilt` has one message, which begins on line `line`.
void told_once(const std::string& spoilt, std::size_t line) {
  dsl::Sources sources;
  sources.emplace_back("first.risk", spoilt);
  const auto policy = dsl::compile_with_rules(std::move(sources), root + "/rules");
  REQUIRE(policy.has_value());
  std::string all;
  for (const dsl::Diagnostic& each : policy->diagnostics)
    all += dsl::render(policy->sources, each, false);
  INFO(all);
  REQUIRE(policy->diagnostics.size() == 1);
  const dsl::Span at = policy->diagnostics.front().span;
  CHECK(policy->sources[at.file].locate(at.begin).line == line);
  CHECK(!policy->diagnostics.front().help.empty());
}

std::size_t line_at(const std::string& text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

}  // namespace

TEST_CASE("a missing closing quote is reported once, at its text") {
  const std::string text = first_policy();
  bool opens = true;
  std::size_t spoilt = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    // Of two texts on one line nobody can tell which of the quotes is missing.
    const std::size_t begin = text.rfind('\n', i) + 1;
    const std::string line = text.substr(begin, text.find('\n', i) - begin);
    if (!opens && std::count(line.begin(), line.end(), '"') == 2) {
      std::string without = text;
      without.erase(i, 1);
      told_once(without, line_at(text, i));
      ++spoilt;
    }
    opens = !opens;
  }
  CHECK(spoilt >= 10);
}

TEST_CASE("a missing opening quote is reported once, at its line") {
  const std::string text = first_policy();
  bool opens = true;
  std::size_t spoilt = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    // Of two texts on one line nobody can tell which of the quotes is missing.
    const std::size_t begin = text.rfind('\n', i) + 1;
    const std::string line = text.substr(begin, text.find('\n', i) - begin);
    if (opens && std::count(line.begin(), line.end(), '"') == 2) {
      std::string without = text;
      without.erase(i, 1);
      told_once(without, line_at(text, i));
      ++spoilt;
    }
    opens = !opens;
  }
  CHECK(spoilt >= 10);
}

TEST_CASE("a brace too many is reported once, at its line") {
  const std::string text = first_policy();
  std::size_t spoilt = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    if (line.find_first_not_of(" }") != std::string::npos || line.empty()) continue;
    told_once(text.substr(0, at) + line + "\n" + text.substr(at), line_at(text, at) + 1);
    ++spoilt;
    if (text.find('\n', at) == std::string::npos) break;
  }
  CHECK(spoilt >= 5);
}

TEST_CASE("syntax of other languages is reported once, at its line") {
  const std::string text = first_policy();
  const auto slip = [&](const std::string& right, const std::string& wrong) {
    INFO(wrong);
    const std::size_t at = text.find(right);
    REQUIRE(at != std::string::npos);
    std::string spoilt = text;
    told_once(spoilt.replace(at, right.size(), wrong), line_at(text, at));
  };
  slip("audience >= customers", "audience in [customers, everyone]");
  slip("pattern data-export", "// what leaves the product\npattern data-export");
  slip("pattern data-export", "/* what leaves\n the product */ pattern data-export");
  slip("when exports", "when: exports");
  slip("  when exports", "  when exports and: audience is staff");
  slip("mitigates 60%", "mitigates: 60%");
  slip("\"Can users export data?\"", "'Can users export data?'");
  slip("\"Can users export data?\"", "“Can users export data?”");
  slip("\"Can users export data?\"", "„Can users export data?“");
  slip("given exports = yes", "given today = 2026-11-23, exports = yes");
  slip("audience = customers\n", "audience = customers, today = 2026-11-23\n");
}

}  // namespace riskd::tests::slips_test
