// riskctl plan, reload.
#include <fmt/format.h>

#include <memory>

#include "daemon/cli/online.hpp"
#include "daemon/cli/policy.hpp"

namespace riskd::cli {
namespace {

constexpr int exit_changes = 2;

using Paths = std::vector<std::string>;

// {"files": {name: text}}, or {} without paths: then the daemon reads what it is configured with.
// With the files of `paths` go the shipped libraries that they import and do not hold.
std::optional<json::value> files_of(const Paths& paths, const SharedOptions& options) {
  json::object body;
  if (paths.empty()) return body;
  const auto compilation = load(paths, options);  // its mistakes are the daemon's to tell
  if (!compilation) {
    complain(compilation.error());
    return std::nullopt;
  }
  json::object files;
  for (const dsl::SourceFile& file : compilation->sources) files[file.name()] = file.text();
  body["files"] = std::move(files);
  return body;
}

void print_tickets(const json::value& product, std::string_view name) {
  const json::array& tickets = list_at(product, name);
  if (!tickets.empty()) fmt::print("  {} {}:\n", name, tickets.size());
  for (const json::value& ticket : tickets) fmt::print("    {}\n", text_of(ticket));
}

void print_plan(const json::value& answer) {
  for (const json::value& diagnostic : list_at(answer, "diagnostics")) {
    fmt::print(stderr, "{}[{}]: {}\n  --> {}:{}:{}\n", text_at(diagnostic, "severity"),
               text_at(diagnostic, "code"), text_at(diagnostic, "message"),
               text_at(diagnostic, "file"), text_at(diagnostic, "line"),
               text_at(diagnostic, "column"));
  }
  for (const json::value& product : list_at(answer, "products")) {
    const std::string before = text_at(product, "rating-before");
    const std::string after = text_at(product, "rating-after");
    fmt::print("{}: rating {}{}\n", text_at(product, "product"), before,
               before == after ? "" : " -> " + after);
    if (const json::value* change = product.as_object().if_contains("change")) {
      json::value shown = *change;
      if (shown.is_object()) shown.as_object().erase("tickets");
      fmt::print("{}", show_change(shown));
    }
    print_tickets(product, "opens");
    print_tickets(product, "closes");
  }
}

int plan(const Paths& paths, const SharedOptions& options) {
  const auto body = files_of(paths, options);
  if (!body) return exit_bad_input;
  const auto answer = ask_daemon(options, "POST", "/v1/policy/plan", &*body);
  if (!answer) return exit_bad_input;
  const bool changes = !list_at(*answer, "products").empty();
  if (options.json) {
    print_json(*answer);
  } else if (!changes) {
    fmt::print("no change: {}\n", truth_at(*answer, "same-policy")
                                      ? "this policy is in force"
                                      : "it is another policy, and no product would differ");
  } else {
    print_plan(*answer);
    fmt::print("{} of {} products would change\n", list_at(*answer, "products").size(),
               text_at(*answer, "products-seen"));
  }
  return changes ? exit_changes : exit_success;
}

int reload(const Paths& paths, const SharedOptions& options) {
  const auto body = files_of(paths, options);
  if (!body) return exit_bad_input;
  const auto answer = ask_daemon(options, "POST", "/v1/policy/reload", &*body);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print_plan(*answer);
  fmt::print("policy revision {} is in force; {} of {} products changed\n",
             text_at(*answer, "revision"), list_at(*answer, "products").size(),
             text_at(*answer, "products-seen"));
  return exit_success;
}

}  // namespace

void add_policy_changes(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto paths = std::make_shared<Paths>();
  CLI::App* command = app.add_subcommand("plan", "what a policy would change, before it does");
  command->add_option("PATH", *paths, "rule files, or folders of them")->required();
  command->footer("Example:\n  riskctl plan policy     # exit 0 no change, 2 changes, 1 mistakes");
  command->callback([paths, &options, &outcome] { outcome.code = plan(*paths, options); });

  command = app.add_subcommand("reload", "swaps the policy in, or refuses it whole");
  command->add_option("PATH", *paths, "rule files, or folders; otherwise what is configured");
  command->footer("Examples:\n  riskctl reload\n  riskctl reload policy");
  command->callback([paths, &options, &outcome] { outcome.code = reload(*paths, options); });
}

}  // namespace riskd::cli
