// The grammar of docs/language.md as data: read from the page, recognised with, and made sentences of.
//
// It has two levels. Rules before the comment that begins with "Sentences" are words, matched
// character by character; the others are matched token by token, and a word stands in them for a token.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace riskd::tests {

struct Term {
  enum class Kind {
    text,
    rule,
    special,  // ? … ?
    glue,     // ~
    sequence,
    choice,
    optional,
    repeat,
    except  // kids: what is meant, what it is not
  };
  Kind kind = Kind::text;
  std::string text;
  std::vector<Term> kids;
};

struct Rule {
  Term term;
  bool is_word = false;
};

using Grammar = std::map<std::string, Rule>;

// Fails the test where the text is no EBNF, or a rule is not there.
Grammar read_grammar(const std::string& ebnf);

// A word or sign of a rule file, and whether something stands between it and the one before.
struct Piece {
  std::string text;
  bool gap_before = true;
};

class Recogniser {
 public:
  explicit Recogniser(const Grammar& grammar) : grammar_(grammar) {}

  // Whether the rule or term can stand for all of the pieces; for all of the characters of `text`.
  bool is_sentence(const std::string& rule, const std::vector<Piece>& pieces);
  bool is_sentence(const Term& term, const std::vector<Piece>& pieces);
  bool is_word(const std::string& rule, const std::string& text);
  bool is_word(const Term& term, const std::string& text);

 private:
  const Grammar& grammar_;
  std::map<std::pair<std::string, std::string>, bool> words_;
};

// Random sentences: a seed always makes the same.
class Sentences {
 public:
  Sentences(const Grammar& grammar, std::set<std::string> excluded, std::uint32_t seed);

  std::string make(const std::string& rule, int depth);

 private:
  void produce(const Term& term, int depth, std::vector<Piece>& out);
  std::string word(const Term& term, int depth);
  std::vector<std::size_t> open_choices(const Term& term, int depth) const;
  int depth_of(const Term& term) const;
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  const Grammar& grammar_;
  std::set<std::string> excluded_;
  std::mt19937 random_;
  std::map<std::string, int> depths_;  // of the shallowest sentence of each rule
};

// With blanks between the pieces. An empty piece stands for `~`: what follows it touches what it follows.
std::string joined(const std::vector<Piece>& pieces);

// The words and signs of a rule file as the lexer cuts it.
std::vector<Piece> pieces_of(const std::string& text);

}  // namespace riskd::tests
