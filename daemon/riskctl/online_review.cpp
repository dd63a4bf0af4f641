// riskctl decide, approve.
#include <unistd.h>

#include <charconv>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"
#include "daemon/riskctl/show_review.hpp"
#include "daemon/wire/serialize.hpp"

namespace riskd::riskctl {
namespace {

struct ReviewOptions {
  std::string element, state, setting, until, reason, product;
  std::vector<std::string> only;  // of approve; empty: all
  bool all = false, show = false;
};

json::value setting_value(const std::string& text) {
  if (text.empty()) return nullptr;
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return json::value(text);
}

int usage(std::string message) {
  complain({ErrorCode::invalid, std::move(message), {}});
  return exit_usage;
}

int show_change_since(const SharedOptions& options, const std::string& product, Snapshot before,
                      const json::value& answer, const Text& done) {
  if (options.json) return print_json(answer);
  const Change change = before.apply(answer);
  print("{}\n{}{}", done, rating_line(product, change), shown(change));
  return exit_success;
}

int decide(const ReviewOptions& given, const SharedOptions& options) {
  const Named named = split_element(given.element);
  if (named.product.empty() || named.element.empty()) {
    return usage("`" + given.element + "` is not PRODUCT:ELEMENT");
  }
  json::object decision;
  decision["element"] = named.element;
  decision["state"] = given.state;
  if (given.state == "set") {
    const std::size_t equals = given.setting.find('=');
    if (equals == std::string::npos || equals == 0) return usage("`set` takes ATTRIBUTE=VALUE");
    decision["attribute"] = given.setting.substr(0, equals);
    decision["value"] = setting_value(given.setting.substr(equals + 1));
  } else if (!given.setting.empty()) {
    return usage("only `set` takes ATTRIBUTE=VALUE");
  }
  decision["reason"] = given.reason;
  if (!given.until.empty()) decision["until"] = given.until;
  json::object body;
  body["decision"] = std::move(decision);
  const json::value sent = std::move(body);
  Snapshot before = snapshot(options, named.product);
  const auto answer =
      ask_daemon(options, "PATCH", product_target(named.product, "/decisions"), &sent);
  if (!answer) return exit_bad_input;
  return show_change_since(options, named.product, std::move(before), *answer,
                           text("{} {}{}{}", named.element, given.state,
                                given.setting.empty() ? "" : " " + given.setting,
                                given.until.empty() ? "" : " until " + given.until));
}

Text approved_words(const ReviewOptions& given) {
  if (given.only.empty()) return "approved, as the review shows it";
  return text("approved {}", joined(given.only));
}

// Sends the approval of what `review` shows; null: nobody has seen it.
int approve(const ReviewOptions& given, const SharedOptions& options, const json::value& review) {
  json::object body;
  if (!review.is_null()) body["version"] = text_at(review, "version");
  if (!given.only.empty()) body["elements"] = json::value_from(given.only);
  Snapshot before = snapshot(options, given.product);
  client::Request request;
  request.method = "POST";
  request.target = product_target(given.product, "/approve");
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = wire::serialize(std::move(body));
  const auto response = send(options, std::move(request));
  if (!response) return complain(response.error());
  const auto answer = read_answer(*response, options);
  if (answer)
    return show_change_since(options, given.product, std::move(before), *answer,
                             approved_words(given));
  // What changed meanwhile is for people to see before they approve it.
  json::error_code error;
  const json::value problem = json::parse(response->body, error);
  const json::value& now = member_of(problem, "review");
  if (!error && !options.json && !now.is_null()) {
    print("\nnothing was approved; the review is now:\n\n");
    print_review(now);
  }
  return exit_bad_input;
}

bool is_on_a_terminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

// Whether a person says yes.
bool is_confirmed() {
  print("\napprove all of it? yes or no\n> ");
  flush_output();
  std::string line;
  std::getline(std::cin, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line == "y" || line == "yes";
}

// Scripts that do not choose approve all, as they see it; people are asked.
int review(const ReviewOptions& given, const SharedOptions& options) {
  const bool asks =
      !given.show && !given.all && given.only.empty() && !options.json && is_on_a_terminal();
  client::Request request;
  request.target = product_target(given.product, "/review");
  const auto response = send(options, std::move(request));
  if (!response) return complain(response.error());
  constexpr int forbidden = 403;  // who may approve and not read
  if (response->status == forbidden && !asks && !given.show) return approve(given, options, {});
  const auto seen = read_answer(*response, options);
  if (!seen) return exit_bad_input;
  if (given.show && options.json) return print_json(*seen);
  if (!options.json) print_review(*seen);
  if (given.show) return exit_success;
  if (asks && !is_confirmed()) {
    print("nothing was approved\n");
    return exit_bad_input;
  }
  if (!options.json) print("\n");
  return approve(given, options, *seen);
}

}  // namespace

void add_review(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<ReviewOptions>();
  CLI::App* command =
      app.add_subcommand("decide", "records the security team's decision on an element");
  command->add_option("PRODUCT:ELEMENT", given->element)->required();
  command
      ->add_option("STATE", given->state,
                   "required, recommended, rejected, not-applicable, implemented, not-implemented "
                   "(countermeasures), accepted (risks), false-positive (tests), set")
      ->required()
      ->check(CLI::IsMember({"required", "recommended", "rejected", "not-applicable", "implemented",
                             "not-implemented", "accepted", "false-positive", "set"}));
  command->add_option("SETTING", given->setting, "for `set`: ATTRIBUTE=VALUE");
  command->add_option("--until", given->until, "the last day on which it holds")->type_name("DATE");
  command->add_option("--reason", given->reason, "why; it is kept with the decision")
      ->required()
      ->type_name("TEXT");
  command->footer(
      "Examples:\n  riskctl decide shop:web.breached-passwords required --reason 'audit 2026'\n"
      "  riskctl decide shop:web.forged-requests accepted --until 2027-01-31 --reason 'replaced'\n"
      "  riskctl decide shop:web.credential-stuffing set ease=low --reason 'behind the VPN'");
  command->callback([given, &options, &outcome] { outcome.code = decide(*given, options); });

  command = app.add_subcommand("approve", "shows what is new or changed, and approves it");
  command->add_option("PRODUCT", given->product)->required();
  CLI::Option* all = command->add_flag("--all", given->all, "approves all without asking");
  CLI::Option* show = command->add_flag("--show", given->show, "only shows it");
  CLI::Option* only =
      command->add_option("--only", given->only, "approves these elements")->type_name("ELEMENT");
  all->excludes(show)->excludes(only);
  show->excludes(only);
  command->footer(
      "On a terminal it asks before it approves all; elsewhere it does not ask. If the model "
      "changes\n"
      "meanwhile, it approves nothing, shows the new review, and exits 1.\n\n"
      "Examples:\n  riskctl approve shop\n  riskctl approve shop --show\n"
      "  riskctl approve shop --only web.throttle-logins web.csrf-tokens");
  command->callback([given, &options, &outcome] { outcome.code = review(*given, options); });
}

}  // namespace riskd::riskctl
