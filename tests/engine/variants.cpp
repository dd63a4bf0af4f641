#include "tests/engine/variants.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include "dsl/compile.hpp"
#include "tests/engine/generator.hpp"

namespace riskd::tests {

std::vector<engine::Policy> variants(const dsl::Sources& sources, std::size_t wanted,
                                     std::uint64_t seed) {
  static const std::pair<std::regex, const char*> edits[] = {
      {std::regex(R"(\bis ([a-z]))"), "is not $1"},
      {std::regex(R"(\band\b)"), "or"},
      {std::regex(R"((\d)\d%)"), "$011%"},
      {std::regex(R"((\s)(\d)\d*$)"), "$017"},
      {std::regex("\"([^\"]*)\" \\{"), "\"$1, differently\" {"},
      {std::regex(R"(\brequired\b)"), ""},
      {std::regex(R"(\bwhen not\b)"), "when"},
  };
  struct Line {
    std::size_t file = 0, number = 0;
  };
  std::vector<Line> lines;
  for (std::size_t file = 0; file < sources.size(); ++file) {
    const std::string_view text = sources[file].text();
    const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    for (std::size_t i = 0; i < count; ++i) lines.push_back({file, i});
  }
  Dice dice{seed};
  std::vector<engine::Policy> found;
  for (std::size_t tries = 0; found.size() < wanted && tries < wanted * 40; ++tries) {
    const Line at = lines[dice.below(lines.size())];
    const auto& [pattern, with] = edits[dice.below(std::size(edits))];
    dsl::Sources changed;
    bool differs = false;
    for (std::size_t file = 0; file < sources.size(); ++file) {
      std::istringstream in{std::string(sources[file].text())};
      std::string text, line;
      for (std::size_t i = 0; std::getline(in, line); ++i) {
        if (file == at.file && i == at.number) {
          const std::string other =
              std::regex_replace(line, pattern, with, std::regex_constants::format_first_only);
          differs = other != line;
          line = other;
        }
        text += line + "\n";
      }
      changed.emplace_back(sources[file].name(), text);
    }
    if (!differs) continue;
    const dsl::Compilation compiled = dsl::compile(std::move(changed));
    if (compiled.sound()) found.push_back(compiled.program);
  }
  return found;
}

namespace {

constexpr const char* questions_of_conditions = R"(library t "T" version "1.0.0"
scale level { none = 0, low = 25, high = 75 }
attribute risk { harm : level = none }
rating risk.inherent = harm
adjust implemented "I" { for countermeasure when state is implemented  reduce risk by mitigates }
rating product.rating = max(risks, current)
component-type box "Box"
component-type bag "Bag"
questionnaire q "Q" {
  question on "On?" : yes-no
  question old "Old?" : yes-no
  question safe "Safe?" : yes-no default yes
  question reach "Reach?" : one-of ordered { staff "S" partners "P" internet "I" }
  question kind "Kind?" : one-of { red "R" green "G" blue "B" }
  question tags "Tags?" : any-of { cold "C" warm "W" }
  question size "Size" : number
)";

// What a condition may be made of.
const std::vector<std::string> product_parts{"on",
                                             "old",
                                             "safe",
                                             "reach is staff",
                                             "reach is not partners",
                                             "reach < internet",
                                             "reach >= partners",
                                             "kind is red",
                                             "kind is not green",
                                             "kind in {red, blue}",
                                             "deep",
                                             "late is green",
                                             "late in {red, green}",
                                             "size > 2",
                                             "tags includes cold",
                                             "on is answered",
                                             "either",
                                             "both",
                                             "late is not answered"};
const std::vector<std::string> box_parts{"open", "not open", "colour is red",
                                         "colour in {green, blue}", "inner"};

std::string condition(Dice& dice, const std::vector<std::string>& parts, int depth) {
  if (depth == 0 || dice.below(4) == 0) return parts[dice.below(parts.size())];
  const auto kid = [&] { return condition(dice, parts, depth - 1); };
  switch (dice.below(5)) {
    case 0:
      return "not (" + kid() + ")";
    case 1:
    case 2:
      return "(" + kid() + " and " + kid() + ")";
    default:
      return "(" + kid() + " or " + kid() + (dice.below(2) == 0 ? " or " + kid() : "") + ")";
  }
}

}  // namespace

engine::Policy random_conditions(std::uint64_t seed) {
  Dice dice{seed};
  engine::Policy policy;
  std::string text;
  // What can never be true is an error: then other dice are thrown.
  const auto adds = [&](const std::string& more) {
    const dsl::Compilation compiled =
        dsl::compile({dsl::SourceFile("conditions.risk", text + more)});
    if (!compiled.sound()) return false;
    text += more;
    policy = compiled.program;
    return true;
  };
  // What is asked on a condition, and lets, are made of what stands before them.
  const auto of_first = [&](std::ptrdiff_t count) {
    return condition(dice, {product_parts.begin(), product_parts.begin() + count}, 2);
  };
  const auto head = [&] {
    return std::string(questions_of_conditions) + "  question deep \"Deep?\" : yes-no ask when " +
           of_first(10) +
           "\n  question late \"Late?\" : one-of { red \"R\" green \"G\" } ask when " +
           of_first(11) +
           "\n}\nquestionnaire b \"B\" for component of type box {\n"
           "  question open \"Open?\" : yes-no\n"
           "  question colour \"Colour?\" : one-of { red \"R\" green \"G\" blue \"B\" }\n"
           "  question inner \"Inner?\" : yes-no ask when open and " +
           of_first(10) + "\n}\nlet product.either = " + of_first(10) +
           "\nlet product.both = either and " + of_first(10) + "\n";
  };
  while (!adds(head())) continue;
  std::vector<std::string> of_boxes = product_parts;
  of_boxes.insert(of_boxes.end(), box_parts.begin(), box_parts.end());
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    const bool of_box = i % 3 == 0;
    const auto pattern = [&] {
      const auto& parts = of_box ? of_boxes : product_parts;
      return "pattern p" + n + " \"P\" { " + (of_box ? "for component of type box " : "") +
             "when " + condition(dice, parts, 3) + "  risk r" + n +
             " \"R\" { harm high  weakness w" + n + " CWE-1 \"W\" { countermeasure c" + n +
             " \"C\" { required when " + condition(dice, parts, 2) + "  mitigates 50% } } } }\n";
    };
    while (!adds(pattern())) continue;
  }
  return policy;
}

}  // namespace riskd::tests
