// The TextMate grammar for editors lists words by hand: it has the words of the language, and no others.
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <string>

#include "dsl/compile/builtins.hpp"
#include "tests/dsl/grammar.hpp"
#include "tests/dsl/markdown.hpp"

namespace riskd::tests::editor_grammar_test {
namespace {

using Words = std::set<std::string>;

const std::string root = RISKD_SOURCE_DIR;

std::string editor_grammar() {
  return read_text(root + "/dsl/editors/vscode/syntaxes/risk.tmLanguage.json");
}

// The words of the lists `(one|two)` and `(?:one|two)` in patterns. `days?` is two words.
Words listed_in(const std::string& text) {
  static const std::regex list(R"(\((?:\?:)?([a-z-]+\??(?:\|[a-z-]+\??)*)\))");
  static const std::regex item(R"(([a-z-]+?)(s\?)?(\||$))");
  Words words;
  for (std::sregex_iterator found(text.begin(), text.end(), list), end; found != end; ++found) {
    const std::string items = (*found)[1];
    for (std::sregex_iterator each(items.begin(), items.end(), item); each != end; ++each) {
      words.insert((*each)[1]);
      if ((*each)[2].matched) words.insert((*each)[1].str() + "s");
    }
  }
  return words;
}

// The part of the editors' grammar that is called so.
std::string part(const std::string& name) {
  const std::string text = editor_grammar();
  const std::size_t begin = text.find("\n    \"" + name + "\": {");
  REQUIRE(begin != std::string::npos);
  return text.substr(begin, text.find("\n    }", begin) - begin);
}

void add_words(const Term& term, Words& words) {
  static const std::regex word("[a-z]+(-[a-z]+)*");
  if (term.kind == Term::Kind::text && std::regex_match(term.text, word)) words.insert(term.text);
  for (const Term& kid : term.kids) add_words(kid, words);
}

// The words that rules of docs/language.md spell out: all rules, or the rules named.
Words spelled_out(const std::set<std::string>& rules = {}) {
  Words words;
  for (const Block& block : blocks_of(read_text(root + "/docs/language.md"))) {
    if (!block.is("ebnf")) continue;
    for (const auto& [name, rule] : read_grammar(block.text)) {
      if (!rule.is_word && (rules.empty() || rules.contains(name))) add_words(rule.term, words);
    }
  }
  REQUIRE(!words.empty());
  return words;
}

Words functions() {
  Words names;
  for (const dsl::FunctionName& each : dsl::function_names()) names.emplace(each.name);
  return names;
}

// Words that stand where a name or value does, and are shown as names.
Words shown_as_names() {
  Words words = spelled_out({"tracker", "source", "status", "mapped-state", "decision"});
  words.insert({"failed", "passed", "ignored", "false-positive"});  // verdicts of tests
  words.insert({"connection", "zone"});                             // reserved, without a meaning
  for (const dsl::BuiltinName& each : dsl::builtin_names()) words.emplace(each.name);
  return words;
}

Words without(Words words, const Words& others) {
  for (const std::string& each : others) words.erase(each);
  return words;
}

}  // namespace

TEST_CASE("editors show the functions of the language as functions") {
  CHECK(listed_in(part("function")) == functions());
}

TEST_CASE("editors show every keyword of the language") {
  const Words known = listed_in(editor_grammar());
  CHECK(without(without(spelled_out(), shown_as_names()), known) == Words{"scenario"});
  CHECK(part("question").find("scenario\\\\b") != std::string::npos);
}

TEST_CASE("editors know no word that the language does not have") {
  CHECK(without(without(listed_in(editor_grammar()), spelled_out()), functions()) == Words{});
}

}  // namespace riskd::tests::editor_grammar_test
