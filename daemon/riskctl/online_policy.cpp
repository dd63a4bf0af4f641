// riskctl plan, reload, rollback.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/riskctl/diagnostics.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/policy.hpp"
#include "daemon/riskctl/progress.hpp"
#include "daemon/riskctl/show_change.hpp"
#include "daemon/wire/file_names.hpp"
#include "engine/base/limits.hpp"

namespace riskd::riskctl {
namespace {

constexpr int exit_changes = 2;
constexpr std::size_t products_shown = 20;  // of a plan, for people

using Paths = std::vector<std::string>;

// What the daemon is asked: with {"files": {name: text}}, or {} without paths, when it reads what it is
// configured with. With the files of `paths` go the shipped libraries that they import and do not hold.
struct Sent {
  json::value body = json::object();
  std::optional<dsl::Compilation> policy;  // of `paths`
};

// nullopt where the policy has mistakes, which are printed with the lines of the source; with --json the
// daemon reports them.
std::optional<Sent> read_policy(const Paths& paths, const SharedOptions& options) {
  Sent sent;
  if (paths.empty()) return sent;
  if (options.json) {
    auto loaded = load(paths, options);
    if (!loaded) {
      complain(loaded.error());
      return std::nullopt;
    }
    sent.policy = std::move(*loaded);
  } else {
    sent.policy = load_sound(paths, options);
    if (!sent.policy) return std::nullopt;
  }
  // The daemon keeps the names: they are as it calls files that it reads itself.
  Paths roots = paths;
  roots.push_back(rules_folder(options));
  Paths names;
  for (const dsl::SourceFile& file : sent.policy->sources) names.push_back(file.name());
  names = wire::short_names(names, roots);
  json::object files;
  for (std::size_t i = 0; i < names.size(); ++i) files[names[i]] = sent.policy->sources[i].text();
  sent.body.as_object()["files"] = std::move(files);
  return sent;
}

// "[#####.....] 12 of 24 products"; nothing while the daemon evaluates none.
std::optional<Text> products_reached(const json::value& health) {
  constexpr std::size_t width = 30;
  const json::value& evaluating = member_of(health, "evaluating");
  const auto number = [&](std::string_view name) {
    const json::value& value = member_of(evaluating, name);
    return value.is_number() ? value.to_number<std::size_t>() : 0;
  };
  const std::size_t of = number("of"), done = std::min(number("done"), of);
  if (of == 0) return std::nullopt;
  const std::size_t filled = done * width / of;
  return text("[{}{}] {} of {} products", std::string(filled, '#'),
              std::string(width - filled, '.'), done, of);
}

std::optional<json::value> ask_with_progress(const SharedOptions& options,
                                             const std::string& target, const json::value& body) {
  const Progress progress(options, products_reached);
  return ask_daemon(options, "POST", target, &body, Patience::long_run);
}

void print_list(const json::value& product, std::string_view name, std::string_view title) {
  const json::array& items = list_at(product, name);
  if (!items.empty()) print("  {} {}:\n", title, items.size());
  for (const json::value& item : items) print("    {}\n", text_of(item));
}

void print_plan(const json::value& answer, const Sent& sent) {
  if (sent.policy) {
    for (const dsl::Diagnostic& each : sent.policy->diagnostics)
      print_error("{}\n", shown(sent.policy->sources, each));
  } else {
    for (const json::value& each : list_at(answer, "diagnostics")) print_diagnostic(each);
  }
  const json::array& products = list_at(answer, "products");
  for (std::size_t i = 0; i < products.size(); ++i) {
    if (i == products_shown) {
      print("and {} products more; --json lists them all\n", products.size() - i);
      break;
    }
    const json::value& product = products[i];
    print("{}: rating {}\n", strong(text_at(product, "product")),
          arrow(text_at(product, "rating-before"), text_at(product, "rating-after")));
    if (const json::value* line = product.as_object().if_contains("change")) {
      Change change = Snapshot().apply(*line);
      change.rating_before = change.rating;
      change.tickets.clear();  // they are listed below
      print(in_short(change, 2));
    }
    print_list(product, "opens", "opens");
    print_list(product, "closes", "closes");
    print_list(product, "lost-answers", "answers that no longer fit");
  }
}

// "3 of 20 products would change", with what they sum up to.
void print_totals(const json::value& answer, std::string_view verb) {
  const json::value* totals = answer.as_object().if_contains("totals");
  if (totals == nullptr) return;
  const std::size_t patterns = list_at(answer, "patterns").size();
  const std::string reached = text_at(answer, "products-reached");
  print("{} of {} products {}; ", text_at(*totals, "products"), text_at(answer, "products-seen"),
        verb);
  if (patterns > 0) {
    print("{} reached by {}\n", reached,
          patterns == 1 ? Text("the pattern that differs")
                        : text("the {} patterns that differ", patterns));
  } else {
    print("{}\n",
          reached == "0" ? "no rule differs that reaches one" : "what all of them share differs");
  }
  print("  elements  {} added, {} removed\n", text_at(*totals, "added"),
        text_at(*totals, "removed"));
  print("  risks     {} rated otherwise\n", text_at(*totals, "moved"));
  print("  tickets   {} to open, {} to close\n", text_at(*totals, "opens"),
        text_at(*totals, "closes"));
  print("  answers   {} that no longer fit\n", text_at(*totals, "lost-answers"));
}

int plan(const Paths& paths, const SharedOptions& options) {
  const auto sent = read_policy(paths, options);
  if (!sent) return exit_bad_input;
  const auto answer = ask_with_progress(options, "/v1/policy/plan", sent->body);
  if (!answer) return exit_bad_input;
  const bool changes = !list_at(*answer, "products").empty();
  if (options.json) {
    print_json(*answer);
  } else if (!changes) {
    print("no change: {}\n", truth_at(*answer, "same-policy")
                                 ? "this policy is in force"
                                 : "it is another policy, and no product would differ");
  } else {
    print_plan(*answer, *sent);
    print_totals(*answer, "would change");
    print("`riskctl reload {} --require-plan {}` does this, and nothing else\n",
          fmt::format("{}", fmt::join(paths, " ")), text_at(*answer, "plan"));
  }
  return changes ? exit_changes : exit_success;
}

int reload(const Paths& paths, const std::optional<std::string>& required_plan,
           const SharedOptions& options) {
  auto sent = read_policy(paths, options);
  if (!sent) return exit_bad_input;
  if (required_plan) sent->body.as_object()["require-plan"] = *required_plan;
  const auto answer = ask_with_progress(options, "/v1/policy/reload", sent->body);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print_plan(*answer, *sent);
  print("policy revision {} is in force\n", text_at(*answer, "revision"));
  if (!truth_at(*answer, "same-policy")) print_totals(*answer, "changed");
  return exit_success;
}

int rollback(std::optional<std::uint64_t> revision, const SharedOptions& options) {
  Sent sent;
  if (revision) sent.body.as_object()["revision"] = *revision;
  const auto answer = ask_with_progress(options, "/v1/policy/rollback", sent.body);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print_plan(*answer, sent);
  print("policy revision {} is in force: that of revision {}\n", text_at(*answer, "revision"),
        text_at(*answer, "of"));
  print_totals(*answer, "changed");
  print(
      "it stays in force after a start, until the policy of riskd.toml is another one, or "
      "`riskctl reload` takes it\n");
  return exit_success;
}

}  // namespace

void add_policy_changes(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto paths = std::make_shared<Paths>();
  CLI::App* command = app.add_subcommand("plan", "what a policy would change, without changing it");
  command->add_option("PATH", *paths, "rule files, or folders of them")->required();
  command->footer("Example:\n  riskctl plan policy     # exit 0 no change, 2 changes, 1 mistakes");
  command->callback([paths, &options, &outcome] { outcome.code = plan(*paths, options); });

  command = app.add_subcommand("reload", "puts a policy into force, or refuses it as a whole");
  command->add_option("PATH", *paths,
                      "rule files, or folders of them; without any, those of riskd.toml");
  const auto required_plan = std::make_shared<std::optional<std::string>>();
  command->add_option("--require-plan", *required_plan,
                      "refuse it unless it would change what `riskctl plan` said: its last line");
  command->footer(
      "Examples:\n  riskctl reload\n  riskctl reload policy\n"
      "  riskctl reload policy --require-plan 6f1d1d0f6f3e4b6f8a2f6a1c0d9e8b7a");
  command->callback([paths, required_plan, &options, &outcome] {
    outcome.code = reload(*paths, *required_plan, options);
  });

  const auto revision = std::make_shared<std::optional<std::uint64_t>>();
  command = app.add_subcommand("rollback", "puts the policy of an earlier revision into force");
  command->add_option("REVISION", *revision,
                      "of the policy; without it, the newest that was another policy");
  command->footer(
      "Examples:\n  riskctl rollback\n  riskctl rollback 17     # `riskctl history` names "
      "revisions");
  command->callback(
      [revision, &options, &outcome] { outcome.code = rollback(*revision, options); });
}

}  // namespace riskd::riskctl
