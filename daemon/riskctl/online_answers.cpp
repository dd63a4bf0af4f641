// riskctl answer.
#include <memory>

#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/questions.hpp"

namespace riskd::riskctl {
namespace {

struct AnswerOptions {
  std::string product, component;
  std::vector<std::string> answers;
};

int answer(const AnswerOptions& given, const SharedOptions& options) {
  const auto before = read_questions(options, given.product);
  if (!before) return exit_bad_input;
  json::object answers;
  for (const std::string& text : given.answers) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      complain({ErrorCode::invalid, "`" + text + "` is not QUESTION=VALUE", {}});
      return exit_usage;
    }
    const std::string name = text.substr(0, equals);
    answers[name] = value_of(text.substr(equals + 1), before->find(given.component, name));
  }
  const auto response = send_answers(options, given.product, given.component, std::move(answers));
  const auto changed = response ? read_answer(*response, options) : std::nullopt;
  if (!changed) return exit_bad_input;
  if (options.json) return print_json(*changed);
  const auto after = read_questions(options, given.product);
  if (!after) return exit_bad_input;
  print(summary(*before, *after));
  return exit_success;
}

}  // namespace

void add_answers(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<AnswerOptions>();
  CLI::App* command = app.add_subcommand("answer", "answers questions of a product");
  command->add_option("PRODUCT", given->product)->required();
  command
      ->add_option("ANSWER", given->answers,
                   "QUESTION=VALUE: yes or no, a number, a choice, choices separated by commas, or "
                   "`none`; QUESTION= takes the answer back")
      ->required();
  command->add_option("--component", given->component,
                      "answers for this component instead of the product");
  command->footer(
      "Prints what the answers changed: patterns, risks, countermeasures, ratings, and newly open "
      "questions.\n"
      "--json prints the line of changes.\n\n"
      "Examples:\n  riskctl answer shop reach=internet sign-in=password,passkey\n"
      "  riskctl answer shop --component api stores-cards=yes");
  command->callback([given, &options, &outcome] { outcome.code = answer(*given, options); });
}

}  // namespace riskd::riskctl
