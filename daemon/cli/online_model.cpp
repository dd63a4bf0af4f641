// riskctl model.
#include <map>
#include <memory>

#include "daemon/cli/layout.hpp"
#include "daemon/cli/online.hpp"
#include "daemon/cli/output.hpp"
#include "daemon/cli/show.hpp"

namespace riskd::cli {
namespace {

struct Countermeasure {
  std::string state, why;
};
using Countermeasures = std::map<std::string, Countermeasure>;

void print_steps(const json::value& risk) {
  std::vector<Row> rows;
  rows.push_back({"  │  inherent", "", text_at(risk, "inherent"), ""});
  for (const json::value& step : list_at(risk, "steps")) {
    const std::string change = text_at(step, "change");
    const std::string sign = !change.empty() && change.front() != '-' ? "+" : "";
    std::string because = text_at(step, "because");
    if (because.empty()) because = text_at(step, "reason");
    const std::string element = text_at(step, "element");
    rows.push_back({"  │  " + text_at(step, "step"), sign + change, text_at(step, "current"),
                    element + (because.empty() ? "" : ": " + because)});
  }
  if (rows.size() > 1) print(table(rows, terminal_width()));
}

void print_risk(const json::value& risk, const Countermeasures& countermeasures) {
  const Text title = text("{}  {}", strong(text_at(risk, "id")), text_at(risk, "title"));
  print("\n{}\n", title.wrapped(terminal_width(), 2));
  print("  {} {}  inherent {}  projected {}\n", strong(text_at(risk, "current")),
        text_at(risk, "band"), text_at(risk, "inherent"), text_at(risk, "projected"));
  print_steps(risk);
  const json::array& weaknesses = list_at(risk, "weaknesses");
  for (std::size_t i = 0; i < weaknesses.size(); ++i) {
    const bool is_last = i + 1 == weaknesses.size();
    const std::string cwe = text_at(weaknesses[i], "cwe");
    print("  {} {}{}, {}\n", is_last ? "└─" : "├─", text_at(weaknesses[i], "id"),
          cwe.empty() ? "" : " CWE-" + cwe, state_word(text_at(weaknesses[i], "tested")));
    const json::array& uses = list_at(weaknesses[i], "countermeasures");
    std::vector<Row> rows;
    for (std::size_t j = 0; j < uses.size(); ++j) {
      const std::string id = text_of(uses[j]);
      const auto found = countermeasures.find(id);
      const bool is_known = found != countermeasures.end();
      rows.push_back(
          {text("  {} {} {}", is_last ? "  " : "│ ", j + 1 == uses.size() ? "└─" : "├─", id),
           is_known ? state_word(found->second.state) : Text(),
           is_known ? Text(found->second.why) : Text()});
    }
    print(table(rows, terminal_width()));
  }
}

// "open questions: a, b, …" and the like, wrapped.
void print_paragraph(const Text& line) { print("{}\n", line.wrapped(terminal_width(), 2)); }

void print_lists(const json::value& model) {
  print("\n");
  for (const json::value& each : list_at(model, "undecided")) {
    print_paragraph(text("{}: {} waits for {}", strong("undecided"), text_at(each, "pattern"),
                         text_at(each, "questions")));
  }
  for (const json::value& each : list_at(model, "assumed")) {
    print_paragraph(text("{}: {} of {} waits for {}", strong("assumed"), text_at(each, "attribute"),
                         text_at(each, "element"), text_at(each, "questions")));
  }
  for (const json::value& each : list_at(model, "unmatched")) {
    print_paragraph(text("{}: {} {}; `{}` would bind it", strong("unmatched"),
                         text_at(each, "suite"), text_at(each, "id"), text_at(each, "hint")));
  }
  const std::string open = text_at(model, "open-questions");
  if (!open.empty()) print_paragraph(text("{}: {}", strong("open questions"), open));
}

int model(const std::string& product, const SharedOptions& options) {
  const auto answer = ask_daemon(options, "GET", product_target(product, "/model"));
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  Countermeasures countermeasures;
  for (const json::value& each : list_at(*answer, "countermeasures")) {
    countermeasures[text_at(each, "id")] = {text_at(each, "state"), text_at(each, "why")};
  }
  print("{}: rating {} {}\n", strong(product), strong(text_at(*answer, "rating")),
        text_at(*answer, "band"));
  for (const json::value& risk : list_at(*answer, "risks")) print_risk(risk, countermeasures);
  print_lists(*answer);
  return exit_success;
}

}  // namespace

void add_model(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("model", "the threat model with states and ratings, as a tree");
  const auto product = std::make_shared<std::string>();
  command->add_option("PRODUCT", *product)->required();
  command->footer("Examples:\n  riskctl model shop\n  riskctl model shop --json");
  command->callback([product, &options, &outcome] { outcome.code = model(*product, options); });
}

}  // namespace riskd::cli
