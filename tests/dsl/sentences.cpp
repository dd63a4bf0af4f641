// Random sentences of a grammar.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/dsl/grammar.hpp"

namespace riskd::tests {

Sentences::Sentences(const Grammar& grammar, std::set<std::string> excluded, std::uint32_t seed)
    : grammar_(grammar), excluded_(std::move(excluded)), random_(seed) {
  for (const auto& [name, rule] : grammar_) depths_[name] = 1'000;
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, rule] : grammar_) {
      const int depth = 1 + depth_of(rule.term);
      changed = changed || depth < depths_[name];
      depths_[name] = std::min(depth, depths_[name]);
    }
  }
}

int Sentences::depth_of(const Term& term) const {
  int depth = 0;
  switch (term.kind) {
    case Term::Kind::rule:
      return depths_.at(term.text);
    case Term::Kind::sequence:
      for (const Term& kid : term.kids) depth = std::max(depth, depth_of(kid));
      return depth;
    case Term::Kind::choice:
      depth = depth_of(term.kids.front());
      for (const Term& kid : term.kids) depth = std::min(depth, depth_of(kid));
      return depth;
    case Term::Kind::except:
      return depth_of(term.kids[0]);
    default:
      return 0;
  }
}

// Where the depth is used up, only what ends soonest.
std::vector<std::size_t> Sentences::open_choices(const Term& term, int depth) const {
  const int least = depth_of(term);
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < term.kids.size(); ++i) {
    const Term& kid = term.kids[i];
    if (kid.kind == Term::Kind::rule && excluded_.contains(kid.text)) continue;
    if (depth_of(kid) <= std::max(least, depth)) open.push_back(i);
  }
  return open;
}

void Sentences::produce(const Term& term, int depth, std::vector<Piece>& out) {
  // Names that are words of the language elsewhere, and days that the calendar has.
  static const std::map<std::string, std::vector<std::string>> pools{
      {"name",
       {"reach", "sign-in", "a", "x9", "open", "none", "risk", "status", "title", "pattern"}},
      {"date", {"2026-11-23", "2024-02-29"}}};
  switch (term.kind) {
    case Term::Kind::text: {
      const bool blanks = term.text.starts_with(' ') && term.text.size() > 1;
      out.push_back({blanks ? term.text.substr(1, term.text.size() - 2) : term.text, true});
      return;
    }
    case Term::Kind::rule: {
      const Rule& rule = grammar_.at(term.text);
      if (!rule.is_word) return produce(rule.term, depth - 1, out);
      const auto pool = pools.find(term.text);
      const bool from_pool = pool != pools.end() && (term.text == "date" || chance(80));
      out.push_back({from_pool ? pool->second[random_() % pool->second.size()]
                               : word(rule.term, std::min(depth, 4)),
                     true});
      return;
    }
    case Term::Kind::special:
      return;  // anything: nothing will do
    case Term::Kind::glue:
      out.push_back({"", false});
      return;
    case Term::Kind::sequence:
      for (const Term& kid : term.kids) produce(kid, depth, out);
      return;
    case Term::Kind::choice: {
      const auto open = open_choices(term, depth);
      return produce(term.kids[open[random_() % open.size()]], depth, out);
    }
    case Term::Kind::optional:
    case Term::Kind::repeat:
      for (int more = term.kind == Term::Kind::repeat ? 3 : 1; more > 0; --more) {
        if (depth_of(term.kids[0]) > depth || !chance(50)) return;
        produce(term.kids[0], depth, out);
      }
      return;
    case Term::Kind::except: {
      for (int attempt = 0; attempt < 100; ++attempt) {
        std::vector<Piece> made;
        produce(term.kids[0], depth, made);
        if (Recogniser(grammar_).is_sentence(term.kids[1], pieces_of(joined(made)))) continue;
        out.insert(out.end(), made.begin(), made.end());
        return;
      }
      FAIL("no sentence without its exception");
    }
  }
}

std::string Sentences::word(const Term& term, int depth) {
  static const std::vector<std::string> characters{"a", "Z", "7", " ",  "é",  "“",  "#",  "}",
                                                   "'", "-", "{", "\t", "\n", "\"", "\\", "💡"};
  switch (term.kind) {
    case Term::Kind::text:
      return term.text;
    case Term::Kind::special:
      if (term.text == "a to z") return std::string(1, static_cast<char>('a' + random_() % 26));
      if (term.text == "A to Z") return std::string(1, static_cast<char>('A' + random_() % 26));
      if (term.text == "0 to 9") return std::string(1, static_cast<char>('0' + random_() % 10));
      if (term.text == "line feed") return "\n";
      return characters[random_() % characters.size()];
    case Term::Kind::rule: {
      const Rule& rule = grammar_.at(term.text);
      if (rule.is_word) return word(rule.term, depth);
      std::vector<Piece> inner;
      produce(rule.term, depth, inner);
      return joined(inner);
    }
    case Term::Kind::sequence: {
      std::string all;
      for (const Term& kid : term.kids) all += word(kid, depth);
      return all;
    }
    case Term::Kind::choice:
      return word(term.kids[random_() % term.kids.size()], depth);
    case Term::Kind::optional:
    case Term::Kind::repeat: {
      std::string all;
      for (int more = term.kind == Term::Kind::repeat ? 5 : 1; more > 0 && chance(60); --more)
        all += word(term.kids[0], depth);
      return all;
    }
    case Term::Kind::except:
      for (int attempt = 0; attempt < 100; ++attempt) {
        std::string made = word(term.kids[0], depth);
        if (!Recogniser(grammar_).is_word(term.kids[1], made)) return made;
      }
      FAIL("no word without its exception");
      return {};
    case Term::Kind::glue:
      return {};
  }
  return {};
}

std::string Sentences::make(const std::string& rule, int depth) {
  std::vector<Piece> pieces;
  produce({Term::Kind::rule, rule, {}}, depth, pieces);
  return joined(pieces);
}

}  // namespace riskd::tests
