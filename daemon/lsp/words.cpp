#include "daemon/lsp/words.hpp"

#include <algorithm>
#include <map>

#include "dsl/compile/builtins.hpp"
#include "dsl/syntax/token_reader.hpp"

namespace riskd::lsp {

const std::vector<std::string_view>& clause_words(std::string_view construct) {
  static const std::map<std::string_view, std::vector<std::string_view>> words{
      {"", {"library",        "import",    "scale",      "bands",    "field",   "questionnaire",
            "component-type", "attribute", "let",        "rating",   "pattern", "weakness",
            "countermeasure", "adjust",    "status-map", "evidence", "ticket",  "scenario",
            "extend",         "override",  "disable",    "standard"}},
      {"questionnaire", {"question"}},
      {"pattern", {"for", "when", "risk", "was"}},
      {"risk", {"weakness", "was"}},
      {"weakness", {"countermeasure", "test", "match", "was"}},
      {"countermeasure", {"required", "mitigates", "test", "standard", "guide", "untested", "was"}},
      {"adjust", {"for", "after", "before", "reduce", "restore", "raise", "cap"}},
      {"status-map", {"otherwise"}},
      {"evidence", {"absent", "otherwise", "stale"}},
      {"ticket",
       {"open", "title", "body", "labels", "priority", "relate", "update", "close", "reopen"}},
      {"scenario", {"given", "then", "expect", "case"}}};
  static const std::vector<std::string_view> none;
  const auto found = words.find(construct);
  return found == words.end() ? none : found->second;
}

std::string_view meaning_of(std::string_view word) {
  static const std::map<std::string_view, std::string_view> meanings{
      {"library", "the library to which this file belongs"},
      {"import", "makes the names of another library known"},
      {"scale", "an ordered enumeration with a number for each step"},
      {"bands", "names for the ranges of a rating, each with its lowest number"},
      {"field", "a stored field of a product or component"},
      {"questionnaire", "an ordered group of questions"},
      {"question", "one question of a questionnaire"},
      {"component-type", "a kind of component"},
      {"attribute", "what a risk, weakness or countermeasure may set"},
      {"let", "a derived value"},
      {"rating", "a number held in 0…100 and kept as history"},
      {"pattern", "a part of a threat model that applies where its condition is true"},
      {"risk", "what may happen, in a pattern"},
      {"weakness", "what lets the risk happen; without a title a use of what is declared"},
      {"countermeasure", "what mends the weakness; without a title a use of what is declared"},
      {"adjust", "one named step from the inherent to the current rating"},
      {"status-map", "what a ticket's status means for a countermeasure"},
      {"evidence", "what a test result or finding means for a weakness"},
      {"ticket", "which tickets should exist and what they say"},
      {"scenario", "a test of the policy"},
      {"extend", "adds to an element of another library"},
      {"override", "replaces what another library says, clause by clause"},
      {"disable", "takes an element of another library out, with a reason"},
      {"when", "the condition"},
      {"required", "the countermeasure is required, `when` a condition holds"},
      {"mitigates", "the share of the risk that the countermeasure takes away"},
      {"test", "which test is about this: a source and a name"},
      {"standard", "the standard that asks for it; at the top of a file, a list of your own"},
      {"guide", "how it is done"},
      {"was", "the former name; facts and tickets are kept"},
      {"given", "facts before anything is expected"},
      {"then", "a fact, or the value where the condition of `if` holds"},
      {"expect", "what the model has to say"},
      {"case", "a row of a table: a fact, `->`, and what is expected then"},
      {"with", "what the report says of the result; the evidence block judges"},
      {"reduce", "`reduce risk by P`: takes a share of what remains"},
      {"restore", "`restore risk`: takes uses of countermeasures back"},
      {"raise", "`raise risk by N` or `raise risk to N`"},
      {"cap", "`cap risk at N`"},
      {"is", "equal to"},
      {"in", "one of the values between the braces"},
      {"includes", "an any-of answer has the choice; `includes any {…}`, `includes all {…}`"},
      {"matches", "a text is as the pattern says, in which `*` stands for any characters"},
      {"untested", "of a countermeasure: why no test is about it; of a result: nothing is known"},
      {"ignored", "the result is as if it were not there"},
      {"answered", "`is answered`: somebody answered the question"},
      {"match", "chooses by cases"},
      {"otherwise", "every other case"},
      {"if", "`if … then … else …`"},
      {"and", "both hold"},
      {"or", "one of both holds"},
      {"not", "it does not hold"},
      {"today", "the current day (UTC)"},
      {"yes-no", "the type of a question that is answered with yes or no"},
      {"one-of",
       "the type of a question with one of several choices; `one-of ordered` has an order"},
      {"any-of", "the type of a question with any of several choices"}};
  const auto found = meanings.find(word);
  if (found != meanings.end()) return found->second;
  const dsl::FunctionName* function = dsl::function_named(word);
  return function == nullptr ? std::string_view() : function->meaning;
}

bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

bool is_name(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z' || text.back() == '-') return false;
  if (!std::all_of(text.begin(), text.end(), is_name_byte)) return false;
  return text.find("--") == std::string_view::npos && text.size() <= 128 && !dsl::is_reserved(text);
}

bool in_code(std::string_view text, std::uint32_t offset) {
  std::size_t i = 0;
  while (i < offset && i < text.size()) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
      if (i >= offset) return false;
    } else if (text[i] == '"') {
      const std::string_view quotes = text.substr(i, 3) == "\"\"\"" ? "\"\"\"" : "\"";
      i += quotes.size();
      while (i < text.size() && text.substr(i, quotes.size()) != quotes) {
        if (quotes.size() == 1 && text[i] == '\n') break;
        i += text[i] == '\\' ? 2 : 1;
      }
      if (i < text.size() && text[i] != '\n') i += quotes.size();
      if (i > offset || i >= text.size()) return false;
    } else {
      ++i;
    }
  }
  return true;
}

}  // namespace riskd::lsp
