#include "tests/dsl/grammar.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <functional>

#include "dsl/syntax/token.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::tests {
namespace {

constexpr std::string_view anything = "any words and signs";

// The EBNF of EBNF, by hand.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) { skip(); }

  Grammar grammar() {
    Grammar rules;
    while (at_ < text_.size()) {
      const bool is_word = !sentences_begun_;
      const std::string name = identifier();
      expect('=');
      Term term = choice();
      expect(';');
      INFO(name);
      REQUIRE(!rules.contains(name));
      rules[name] = {std::move(term), is_word};
    }
    return rules;
  }

 private:
  void skip() {
    for (;;) {
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
      if (text_.compare(at_, 2, "(*") != 0) return;
      const std::size_t end = text_.find("*)", at_);
      REQUIRE(end != std::string::npos);
      if (text_.compare(at_, 12, "(* Sentences") == 0) sentences_begun_ = true;
      at_ = end + 2;
    }
  }
  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    skip();
    return true;
  }
  void expect(char c) {
    INFO("expected " << c << " before: " << text_.substr(at_, 60));
    REQUIRE(accept(c));
  }
  std::string identifier() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalpha(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-'))
      ++at_;
    INFO("expected a name before: " << text_.substr(begin, 60));
    REQUIRE(at_ > begin);
    const std::string name = text_.substr(begin, at_ - begin);
    skip();
    return name;
  }
  std::string until(char quote) {
    const std::size_t end = text_.find(quote, ++at_);
    REQUIRE(end != std::string::npos);
    const std::string found = text_.substr(at_, end - at_);
    at_ = end + 1;
    skip();
    return found;
  }
  Term choice() {
    Term result{Term::Kind::choice, {}, {sequence()}};
    while (accept('|')) result.kids.push_back(sequence());
    return result.kids.size() == 1 ? Term(result.kids.front()) : result;
  }
  Term sequence() {
    Term result{Term::Kind::sequence, {}, {}};
    while (at_ < text_.size() && std::string_view("|;)]}").find(text_[at_]) == std::string::npos) {
      Term part = primary();
      if (accept('-')) part = {Term::Kind::except, {}, {std::move(part), primary()}};
      result.kids.push_back(std::move(part));
    }
    return result.kids.size() == 1 ? Term(result.kids.front()) : result;
  }
  Term bracketed(Term::Kind kind, char close) {
    Term result{kind, {}, {choice()}};
    expect(close);
    return result;
  }
  Term primary() {
    if (accept('(')) {
      Term inner = choice();
      expect(')');
      return inner;
    }
    if (accept('[')) return bracketed(Term::Kind::optional, ']');
    if (accept('{')) return bracketed(Term::Kind::repeat, '}');
    if (accept('~')) return {Term::Kind::glue, {}, {}};
    if (text_[at_] == '"' || text_[at_] == '\'') return {Term::Kind::text, until(text_[at_]), {}};
    if (text_[at_] == '?') {
      const std::string words = until('?');
      return {Term::Kind::special, words.substr(1, words.size() - 2), {}};
    }
    return {Term::Kind::rule, identifier(), {}};
  }

  const std::string& text_;
  std::size_t at_ = 0;
  bool sentences_begun_ = false;
};

void check_rules(const Grammar& grammar, const Term& term) {
  if (term.kind == Term::Kind::rule) {
    INFO("the rule " << term.text);
    REQUIRE(grammar.contains(term.text));
  }
  for (const Term& kid : term.kids) check_rules(grammar, kid);
}

// Where a match that begins at a place may end, ascending.
using Ends = std::vector<std::size_t>;

// What is matched: characters, or tokens.
class Matcher {
 public:
  explicit Matcher(const Grammar& grammar) : grammar_(grammar) {}
  virtual ~Matcher() = default;

  Ends ends(const Term& term, std::size_t at) {
    switch (term.kind) {
      case Term::Kind::text:
        return literal(term.text, at);
      case Term::Kind::special:
        return special(term.text, at);
      case Term::Kind::glue:
        return touches(at) ? Ends{at} : Ends{};
      case Term::Kind::rule:
        return rule(term.text, at);
      case Term::Kind::sequence: {
        Ends all{at};
        for (const Term& kid : term.kids) all = after(kid, all);
        return all;
      }
      case Term::Kind::choice: {
        std::set<std::size_t> all;
        for (const Term& kid : term.kids) {
          for (const std::size_t end : ends(kid, at)) all.insert(end);
        }
        return {all.begin(), all.end()};
      }
      case Term::Kind::optional:
      case Term::Kind::repeat: {
        std::set<std::size_t> all{at};
        Ends fresh{at};
        while (!fresh.empty()) {
          Ends next;
          for (const std::size_t end : after(term.kids[0], fresh)) {
            if (all.insert(end).second) next.push_back(end);
          }
          fresh = term.kind == Term::Kind::repeat ? next : Ends{};
        }
        return {all.begin(), all.end()};
      }
      case Term::Kind::except: {
        Ends meant = ends(term.kids[0], at);
        if (meant.empty()) return meant;
        const Ends wrong = ends(term.kids[1], at);
        Ends left;
        std::set_difference(meant.begin(), meant.end(), wrong.begin(), wrong.end(),
                            std::back_inserter(left));
        return left;
      }
    }
    return {};
  }

 protected:
  virtual Ends literal(const std::string& text, std::size_t at) const = 0;
  virtual Ends special(const std::string& words, std::size_t at) const = 0;
  virtual Ends other_level(const std::string& name, std::size_t at) = 0;
  virtual bool touches(std::size_t at) const = 0;
  virtual bool has_words() const = 0;

  const Grammar& grammar_;

 private:
  Ends after(const Term& term, const Ends& begins) {
    if (begins.size() == 1) return ends(term, begins.front());
    std::set<std::size_t> all;
    for (const std::size_t begin : begins) {
      for (const std::size_t end : ends(term, begin)) all.insert(end);
    }
    return {all.begin(), all.end()};
  }
  Ends rule(const std::string& name, std::size_t at) {
    const auto key = std::pair(name, at);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    const Rule& found = grammar_.at(name);
    const Ends result = found.is_word == has_words() ? ends(found.term, at) : other_level(name, at);
    known_[key] = result;
    return result;
  }

  std::map<std::pair<std::string, std::size_t>, Ends> known_;
};

class Characters : public Matcher {
 public:
  Characters(const Grammar& grammar, Recogniser& recogniser, const std::string& text)
      : Matcher(grammar), recogniser_(recogniser), text_(text) {}

 protected:
  Ends literal(const std::string& text, std::size_t at) const override {
    return text_.compare(at, text.size(), text) == 0 ? Ends{at + text.size()} : Ends{};
  }
  Ends special(const std::string& words, std::size_t at) const override {
    if (at >= text_.size()) return {};
    const char c = text_[at];
    if (words == "any character") return {at + next_utf8(std::string_view(text_).substr(at)).bytes};
    bool fits = false;
    if (words == "a to z") {
      fits = c >= 'a' && c <= 'z';
    } else if (words == "A to Z") {
      fits = c >= 'A' && c <= 'Z';
    } else if (words == "0 to 9") {
      fits = c >= '0' && c <= '9';
    } else if (words == "line feed") {
      fits = c == '\n';
    } else if (words == "blank, tab, carriage return or line feed") {
      fits = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    } else {
      FAIL("the test does not know what is meant by: " << words);
    }
    return fits ? Ends{at + 1} : Ends{};
  }
  // A sentence inside a text: up to the brace that closes it.
  Ends other_level(const std::string& name, std::size_t at) override {
    int depth = 0;
    std::size_t end = at;
    while (end < text_.size() && !(text_[end] == '}' && depth == 0)) {
      depth += text_[end] == '{' ? 1 : text_[end] == '}' ? -1 : 0;
      ++end;
    }
    const auto pieces = pieces_of(text_.substr(at, end - at));
    return recogniser_.is_sentence(name, pieces) ? Ends{end} : Ends{};
  }
  bool touches(std::size_t) const override { return true; }
  bool has_words() const override { return true; }

 private:
  Recogniser& recogniser_;
  const std::string& text_;
};

class Tokens : public Matcher {
 public:
  Tokens(const Grammar& grammar, Recogniser& recogniser, const std::vector<Piece>& pieces)
      : Matcher(grammar), recogniser_(recogniser), pieces_(pieces) {}

 protected:
  Ends literal(const std::string& text, std::size_t at) const override {
    if (at >= pieces_.size()) return {};
    if (!text.starts_with(' ')) return pieces_[at].text == text ? Ends{at + 1} : Ends{};
    const bool blanks =
        pieces_[at].gap_before && (at + 1 >= pieces_.size() || pieces_[at + 1].gap_before);
    return blanks && " " + pieces_[at].text + " " == text ? Ends{at + 1} : Ends{};
  }
  Ends special(const std::string& words, std::size_t at) const override {
    REQUIRE(words == anything);
    Ends all;
    for (std::size_t end = at; end <= pieces_.size(); ++end) all.push_back(end);
    return all;
  }
  Ends other_level(const std::string& name, std::size_t at) override {
    return at < pieces_.size() && recogniser_.is_word(name, pieces_[at].text) ? Ends{at + 1}
                                                                              : Ends{};
  }
  bool touches(std::size_t at) const override {
    return at < pieces_.size() && !pieces_[at].gap_before;
  }
  bool has_words() const override { return false; }

 private:
  Recogniser& recogniser_;
  const std::vector<Piece>& pieces_;
};

}  // namespace

Grammar read_grammar(const std::string& ebnf) {
  Grammar grammar = Reader(ebnf).grammar();
  for (const auto& [name, rule] : grammar) check_rules(grammar, rule.term);
  return grammar;
}

bool Recogniser::is_sentence(const Term& term, const std::vector<Piece>& pieces) {
  const Ends ends = Tokens(grammar_, *this, pieces).ends(term, 0);
  return !ends.empty() && ends.back() == pieces.size();
}

bool Recogniser::is_sentence(const std::string& rule, const std::vector<Piece>& pieces) {
  return is_sentence(Term{Term::Kind::rule, rule, {}}, pieces);
}

bool Recogniser::is_word(const Term& term, const std::string& text) {
  const Ends ends = Characters(grammar_, *this, text).ends(term, 0);
  return !ends.empty() && ends.back() == text.size();
}

bool Recogniser::is_word(const std::string& rule, const std::string& text) {
  const auto key = std::pair(rule, text);
  if (const auto known = words_.find(key); known != words_.end()) return known->second;
  return words_[key] = is_word(Term{Term::Kind::rule, rule, {}}, text);
}

std::vector<Piece> pieces_of(const std::string& text) {
  dsl::Sources sources;
  sources.emplace_back("text", text);
  dsl::Diagnostics ignored;
  std::vector<Piece> pieces;
  for (const dsl::Token& token :
       dsl::tokenize(sources, {0, 0, static_cast<std::uint32_t>(text.size())}, ignored)) {
    if (token.kind != dsl::TokenKind::end)
      pieces.push_back({std::string(dsl::text_of(sources, token.span)), token.blank_before});
  }
  return pieces;
}

std::string joined(const std::vector<Piece>& pieces) {
  std::string text;
  bool touches = false;
  for (const Piece& piece : pieces) {
    const bool glue = piece.text.empty();
    if (!glue) text += (piece.gap_before && !touches ? " " : "") + piece.text;
    touches = glue;
  }
  return text;
}

}  // namespace riskd::tests
