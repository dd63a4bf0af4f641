// The grammar of docs/language.md against the parser: whatever one takes, the other does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "dsl/format/format.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/syntax/token.hpp"
#include "tests/dsl/grammar.hpp"
#include "tests/dsl/markdown.hpp"

namespace fs = std::filesystem;
using namespace riskd;
using namespace riskd::tests;

namespace riskd::tests::grammar_test {

namespace {

const std::string root = RISKD_SOURCE_DIR;

const Grammar& grammar() {
  static const Grammar read = [] {
    std::vector<Block> found;
    for (const Block& block : blocks_of(read_text(root + "/docs/language.md"))) {
      if (block.is("ebnf")) found.push_back(block);
    }
    REQUIRE(found.size() == 1);
    return read_grammar(found.front().text);
  }();
  return read;
}

struct Case {
  std::string name;
  std::string text;
};

// The first message of the parser about what cannot be read; empty where it takes the text.
std::string refusal(const std::string& text) {
  dsl::Sources sources;
  sources.emplace_back("case.risk", text);
  dsl::Diagnostics diagnostics;
  dsl::parse(sources, diagnostics);
  for (const dsl::Diagnostic& each : diagnostics.take_sorted()) {
    if (static_cast<int>(each.code) < 200) return dsl::render(sources, each, false);
  }
  return {};
}

// Every rule file and every block of the pages that should be readable.
std::vector<Case> readable_cases() {
  std::vector<Case> all;
  for (const char* folder : {"rules", "examples", "tests/golden", "tests/engine", "tests/dsl"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(root) / folder)) {
      if (entry.path().extension() != ".risk") continue;
      const std::string text = read_text(entry.path().string());
      // The names of golden files say what they show; those of R01xx cannot be read.
      const bool broken = entry.path().string().find("golden") != std::string::npos ||
                          entry.path().string().find("broken") != std::string::npos;
      if (broken && !refusal(text).empty()) continue;
      all.push_back({entry.path().string(), text});
    }
  }
  std::vector<std::string> pages{root + "/docs/language.md", root + "/README.md"};
  for (const auto& entry : fs::directory_iterator(root + "/docs/diagnostics"))
    pages.push_back(entry.path().string());
  for (const std::string& page : pages) {
    for (const Block& block : blocks_of(read_text(page))) {
      if (!block.is("risk")) continue;
      const bool broken = block.section == "Wrong" || block.is("error");
      if (broken && !refusal(block.text).empty()) continue;
      all.push_back({page + ":" + std::to_string(block.line), block.text});
    }
  }
  std::sort(all.begin(), all.end(), [](const Case& a, const Case& b) { return a.name < b.name; });
  return all;
}

// The declarations of a file, each as text. They begin in the first column.
std::vector<std::string> declarations_of(const std::string& text) {
  dsl::Sources sources;
  sources.emplace_back("case.risk", text);
  dsl::Diagnostics ignored;
  std::vector<std::size_t> begins;
  for (const dsl::Token& token :
       dsl::tokenize(sources, {0, 0, static_cast<std::uint32_t>(text.size())}, ignored)) {
    const bool first = token.span.begin == 0 || text[token.span.begin - 1] == '\n';
    if (token.kind == dsl::TokenKind::name && first) begins.push_back(token.span.begin);
  }
  begins.push_back(text.size());
  std::vector<std::string> all;
  for (std::size_t i = 0; i + 1 < begins.size(); ++i)
    all.push_back(text.substr(begins[i], begins[i + 1] - begins[i]));
  return all;
}

}  // namespace

TEST_CASE("the grammar on the page takes every rule file and every example") {
  Recogniser recogniser(grammar());
  const auto cases = readable_cases();
  CHECK(cases.size() > 60);
  for (const Case& each : cases) {
    INFO(each.name);
    CHECK(recogniser.is_sentence("policy-file", pieces_of(each.text)));
  }
}

TEST_CASE("what stands between words is a gap of the grammar") {
  Recogniser recogniser(grammar());
  for (const Case& each : readable_cases()) {
    dsl::Sources sources;
    sources.emplace_back(each.name, each.text);
    dsl::Diagnostics ignored;
    std::size_t end = 0;
    for (const dsl::Token& token :
         dsl::tokenize(sources, {0, 0, static_cast<std::uint32_t>(each.text.size())}, ignored)) {
      INFO(each.name << " at " << token.span.begin);
      CHECK(recogniser.is_word("gap", each.text.substr(end, token.span.begin - end)));
      end = token.span.end;
    }
  }
}

TEST_CASE("the parser takes every sentence of the grammar") {
  Sentences sentences(grammar(), {}, 20'261'123);
  int failures = 0;
  for (int i = 0; i < 3'000 && failures < 5; ++i) {
    const std::string sentence = sentences.make("declaration", 12 + i % 12);
    const std::string refused = refusal(sentence);
    INFO(sentence);
    CHECK(refused == "");
    failures += refused.empty() ? 0 : 1;
  }
}

TEST_CASE("every sentence of the grammar has one layout, which is a sentence and its own layout") {
  Sentences sentences(grammar(), {}, 41);
  Recogniser recogniser(grammar());
  int laid_out_count = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string sentence = sentences.make("declaration", 12 + i % 12);
    INFO(sentence);
    // format() throws where the layout would lose a word.
    const auto laid_out = dsl::format({"s.risk", sentence});
    if (!laid_out) continue;  // a clause twice, which the grammar does not count
    ++laid_out_count;
    CHECK(dsl::format({"s.risk", *laid_out}) == laid_out);
    if (i % 10 == 0) CHECK(recogniser.is_sentence("policy-file", pieces_of(*laid_out)));
  }
  CHECK(laid_out_count > 300);
}

TEST_CASE("the grammar takes every sentence that it makes") {
  Sentences sentences(grammar(), {}, 7);
  Recogniser recogniser(grammar());
  for (int i = 0; i < 500; ++i) {
    const std::string sentence = sentences.make("declaration", 12 + i % 10);
    INFO(sentence);
    CHECK(recogniser.is_sentence("policy-file", pieces_of(sentence)));
  }
}

TEST_CASE("the grammar and the parser refuse the same mistakes") {
  Recogniser recogniser(grammar());
  std::vector<std::string> declarations;
  for (const Case& each : readable_cases()) {
    for (std::string& text : declarations_of(each.text)) {
      if (refusal(text).empty()) declarations.push_back(std::move(text));
    }
  }
  std::mt19937 random(2026);
  int failures = 0, taken = 0;
  for (int i = 0; i < 6'000 && failures < 5; ++i) {
    const std::string& text = declarations[random() % declarations.size()];
    std::vector<Piece> pieces = pieces_of(text);
    const std::size_t at = random() % pieces.size();
    switch (random() % 5) {
      case 0:
        pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), Piece(pieces[at]));
        break;
      case 4: {
        const std::vector<Piece> other = pieces_of(declarations[random() % declarations.size()]);
        pieces[at].text = other[random() % other.size()].text;
        break;
      }
      case 2:
        std::swap(pieces[at].text, pieces[random() % pieces.size()].text);
        break;
      default:
        std::swap(pieces[at].text, pieces[std::min(at + 1, pieces.size() - 1)].text);
        break;
    }
    const std::string mutant = joined(pieces);
    const std::string refused = refusal(mutant);
    const bool recognised = recogniser.is_sentence("policy-file", pieces_of(mutant));
    INFO(mutant << "\nparser: " << (refused.empty() ? "takes it" : refused));
    CHECK(recognised == refused.empty());
    failures += recognised == refused.empty() ? 0 : 1;
    taken += refused.empty() ? 1 : 0;
  }
  CHECK(taken > 100);  // some changes are none
}

}  // namespace riskd::tests::grammar_test
