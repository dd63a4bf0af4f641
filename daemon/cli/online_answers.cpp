// riskctl answer, ask.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>

#include "daemon/cli/layout.hpp"
#include "daemon/cli/online.hpp"
#include "daemon/cli/output.hpp"
#include "daemon/cli/show_change.hpp"

namespace riskd::cli {
namespace {

struct AnswerOptions {
  std::string product, component;
  std::vector<std::string> answers;
};

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// What was typed, as JSON of the question's type; what does not fit is left to the daemon to refuse.
json::value value_of(const std::string& text, const std::string& type) {
  if (text.empty()) return nullptr;
  if (type == "any-of") {
    json::array list;
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const std::size_t comma = std::min(text.find(',', begin), text.size());
      if (comma > begin) list.emplace_back(text.substr(begin, comma - begin));
      begin = comma + 1;
    }
    return list;
  }
  if (type == "yes-no" || type.empty()) {
    if (text == "yes" || text == "true" || text == "y") return true;
    if (text == "no" || text == "false" || text == "n") return false;
  }
  if (type == "number" || type == "percent" || type.empty()) {
    if (const auto number = number_of(text)) return *number;
  }
  return json::value(text);
}

// The question of the product, or of `component`, that `name` names; null where it is not found.
const json::value* find_question(const json::array& questions, const std::string& component,
                                 const std::string& name) {
  for (const json::value& question : questions) {
    if (text_at(question, "component") != component) continue;
    std::string id = text_at(question, "id");
    if (!component.empty() && id.rfind(component + "/", 0) == 0) id.erase(0, component.size() + 1);
    if (id == name) return &question;
    const std::size_t dot = id.rfind('.');
    if (dot != std::string::npos && id.substr(dot + 1) == name) return &question;
  }
  return nullptr;
}

std::string answers_target(const std::string& product, const std::string& component) {
  if (component.empty()) return product_target(product, "/answers");
  return product_target(product, "/components/" + server::encode(component) + "/answers");
}

std::optional<json::value> send_answers(const SharedOptions& options, const std::string& product,
                                        const std::string& component, json::object answers) {
  json::object body;
  body["answers"] = std::move(answers);
  const json::value sent = std::move(body);
  return ask_daemon(options, "PATCH", answers_target(product, component), &sent);
}

int answer(const AnswerOptions& given, const SharedOptions& options) {
  const auto asked = ask_daemon(options, "GET", product_target(given.product, "/questionnaire"));
  if (!asked) return exit_bad_input;
  json::object answers;
  for (const std::string& text : given.answers) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      complain({ErrorCode::invalid, "`" + text + "` is not QUESTION=VALUE", {}});
      return exit_usage;
    }
    const std::string name = text.substr(0, equals);
    const json::value* question =
        find_question(list_at(*asked, "questions"), given.component, name);
    answers[name] =
        value_of(text.substr(equals + 1), question == nullptr ? "" : text_at(*question, "type"));
  }
  Snapshot before = snapshot(options, given.product);
  const auto changed = send_answers(options, given.product, given.component, std::move(answers));
  if (!changed) return exit_bad_input;
  if (options.json) return print_json(*changed);
  const Change change = before.apply(*changed);
  print("{}{}", rating_line(given.product, change), shown(change));
  return exit_success;
}

// The first open question after those in `skipped`; what something waits for comes first.
const json::value* next_question(const json::array& questions,
                                 const std::vector<std::string>& skipped) {
  const json::value* other = nullptr;
  for (const json::value& question : questions) {
    if (!truth_at(question, "asked") || truth_at(question, "answered")) continue;
    const std::string id = text_at(question, "id");
    if (std::find(skipped.begin(), skipped.end(), id) != skipped.end()) continue;
    if (truth_at(question, "matters")) return &question;
    if (other == nullptr) other = &question;
  }
  return other;
}

void print_question(const json::value& question) {
  print("\n{}  ({}, {})\n", text_at(question, "text"), text_at(question, "id"),
        text_at(question, "type"));
  const std::string help = text_at(question, "help");
  if (!help.empty()) print("  {}\n", help);
  std::vector<Row> rows;
  for (const json::value& choice : list_at(question, "choices")) {
    rows.push_back({"  " + text_at(choice, "name"), text_at(choice, "title")});
  }
  print("{}> ", table(rows));
  flush_output();
}

int ask(const AnswerOptions& given, const SharedOptions& options) {
  if (::isatty(STDIN_FILENO) == 1) {
    print("one answer a line, several choices with commas; an empty line skips\n");
  }
  std::vector<std::string> skipped;
  Snapshot known = snapshot(options, given.product);
  while (true) {
    const auto asked = ask_daemon(options, "GET", product_target(given.product, "/questionnaire"));
    if (!asked) return exit_bad_input;
    const json::value* question = next_question(list_at(*asked, "questions"), skipped);
    if (question == nullptr) {
      print("\nno open questions{}\n", skipped.empty() ? "" : " but those that were skipped");
      return exit_success;
    }
    print_question(*question);
    std::string line;
    if (!std::getline(std::cin, line)) {
      print("\n");
      return exit_success;
    }
    const std::string id = text_at(*question, "id");
    const std::string component = text_at(*question, "component");
    if (line.empty()) {
      skipped.push_back(id);
      continue;
    }
    std::string name = id;
    if (!component.empty() && id.rfind(component + "/", 0) == 0)
      name = id.substr(component.size() + 1);
    json::object answers;
    answers[name] = value_of(line, text_at(*question, "type"));
    const auto changed = send_answers(options, given.product, component, std::move(answers));
    if (changed) {
      print(in_short(known.apply(*changed), 2));
    } else if (::isatty(STDIN_FILENO) != 1) {
      return exit_bad_input;  // nobody is there to try again
    }
  }
}

}  // namespace

void add_answers(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<AnswerOptions>();
  CLI::App* command = app.add_subcommand("answer", "answers questions of a product");
  command->add_option("PRODUCT", given->product)->required();
  command
      ->add_option("ANSWER", given->answers,
                   "QUESTION=VALUE: yes or no, a number, a choice, choices with commas; "
                   "QUESTION= takes the answer back")
      ->required();
  command->add_option("--component", given->component, "of this component, not of the product");
  command->footer(
      "Examples:\n  riskctl answer shop reach=internet sign-in=password,passkey\n"
      "  riskctl answer shop --component api stores-cards=yes");
  command->callback([given, &options, &outcome] { outcome.code = answer(*given, options); });

  command = app.add_subcommand("ask", "walks the open questions; answers are read line by line");
  command->add_option("PRODUCT", given->product)->required();
  command->footer("Example:\n  riskctl ask shop");
  command->callback([given, &options, &outcome] { outcome.code = ask(*given, options); });
}

}  // namespace riskd::cli
