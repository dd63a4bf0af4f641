// riskctl decide, approve.
#include <charconv>
#include <memory>

#include "daemon/cli/online.hpp"
#include "daemon/cli/output.hpp"
#include "daemon/cli/show_change.hpp"

namespace riskd::cli {
namespace {

struct ReviewOptions {
  std::string element, state, setting, until, reason, product;
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

int send(const SharedOptions& options, const std::string& product, std::string method,
         std::string_view rest, const json::value* body, const Text& done) {
  Snapshot before = snapshot(options, product);
  const auto answer = ask_daemon(options, std::move(method), product_target(product, rest), body);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const Change change = before.apply(*answer);
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
  return send(options, named.product, "PATCH", "/decisions", &sent,
              text("{} {}{}{}", named.element, given.state,
                   given.setting.empty() ? "" : " " + given.setting,
                   given.until.empty() ? "" : " until " + given.until));
}

int approve(const ReviewOptions& given, const SharedOptions& options) {
  return send(options, given.product, "POST", "/approve", nullptr,
              "approved, as the model shows it now");
}

}  // namespace

void add_review(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<ReviewOptions>();
  CLI::App* command = app.add_subcommand("decide", "the security team's word on an element");
  command->add_option("PRODUCT:ELEMENT", given->element)->required();
  command
      ->add_option("STATE", given->state,
                   "required, recommended, rejected, not-applicable, implemented, not-implemented "
                   "(countermeasures), accepted (risks), false-positive (tests), set")
      ->required()
      ->check(CLI::IsMember({"required", "recommended", "rejected", "not-applicable", "implemented",
                             "not-implemented", "accepted", "false-positive", "set"}));
  command->add_option("SETTING", given->setting, "of `set`: ATTRIBUTE=VALUE");
  command->add_option("--until", given->until, "the last day on which it holds")->type_name("DATE");
  command->add_option("--reason", given->reason, "why; it is kept with the decision")
      ->required()
      ->type_name("TEXT");
  command->footer(
      "Examples:\n  riskctl decide shop:web.breached-passwords required --reason 'audit 2026'\n"
      "  riskctl decide shop:web.forged-requests accepted --until 2027-01-31 --reason 'replaced'\n"
      "  riskctl decide shop:web.credential-stuffing set ease=low --reason 'behind the VPN'");
  command->callback([given, &options, &outcome] { outcome.code = decide(*given, options); });

  command = app.add_subcommand("approve", "approves all that the model shows; tickets follow");
  command->add_option("PRODUCT", given->product)->required();
  command->footer("Example:\n  riskctl approve shop");
  command->callback([given, &options, &outcome] { outcome.code = approve(*given, options); });
}

}  // namespace riskd::cli
