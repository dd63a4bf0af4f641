#include "daemon/riskctl/why.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "engine/base/limits.hpp"

namespace riskd::riskctl {
namespace {

void print_reason(const json::value& reason, const std::string& lead, const std::string& indent) {
  Text line = text("{}{}", lead, text_at(reason, "text"));
  const std::string value = text_at(reason, "value");
  if (!value.empty()) line += text(" = {}", strong(value));
  const std::string place = text_at(reason, "place");
  if (!place.empty()) line += text("  ({})", Text(place).in(Style::place));
  if (const json::value* fact = reason.as_object().if_contains("fact")) {
    line += text("  [{}, {}, fact {}]", text_at(*fact, "poster"),
                 moment_words(text_at(*fact, "at")), text_at(*fact, "seq"));
  }
  print("{}\n", line);
  const json::array& because = list_at(reason, "because");
  for (std::size_t i = 0; i < because.size(); ++i) {
    const bool is_last = i + 1 == because.size();
    print_reason(because[i], indent + (is_last ? "└─ " : "├─ "),
                 indent + (is_last ? "   " : "│  "));
  }
}

// "web.reach were intranet or vpn", for each set a line; sets of one question stand together.
std::vector<std::string> lines_of(const json::array& sets) {
  std::vector<std::pair<std::string, std::vector<std::string>>> singles;
  std::vector<std::string> lines;
  for (const json::value& set : sets) {
    const json::array& answers = set.as_array();
    if (answers.size() == 1) {
      const std::string question = text_at(answers.front(), "question");
      if (singles.empty() || singles.back().first != question) singles.push_back({question, {}});
      singles.back().second.push_back(text_at(answers.front(), "value"));
      continue;
    }
    std::vector<std::string> parts;
    for (const json::value& answer : answers)
      parts.push_back(text_at(answer, "question") + " were " + text_at(answer, "value"));
    lines.push_back(fmt::format("{}", fmt::join(parts, " and ")));
  }
  for (const auto& [question, values] : singles)
    lines.push_back(fmt::format("{} were {}", question, fmt::join(values, " or ")));
  return lines;
}

void print_what_if(const json::value& other) {
  const json::array& sets = list_at(other, "sets");
  const std::string becomes = text_at(other, "becomes");
  if (sets.empty()) {
    print("\nno other answers, up to {} at once{}, would make it: {}\n", limits::what_if_answers,
          truth_at(other, "exhausted")
              ? text(", of the {} ways that were tried", limits::what_if_tries)
              : Text(),
          becomes);
    return;
  }
  print("\nit would be: {}, if\n", becomes);
  const std::vector<std::string> lines = lines_of(sets);
  for (std::size_t i = 0; i < lines.size(); ++i) print("  {}{}\n", i == 0 ? "" : "or ", lines[i]);
  if (truth_at(other, "more")) print("  or in other ways with as many answers\n");
}

}  // namespace

void print_why(const json::value& answer) {
  if (!answer.is_object()) return;
  print_reason(answer, "", "");
  if (const json::value* other = answer.as_object().if_contains("would-change"))
    print_what_if(*other);
}

}  // namespace riskd::riskctl
