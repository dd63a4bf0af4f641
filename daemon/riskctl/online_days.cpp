// riskctl days.
#include <memory>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

struct DaysOptions {
  std::string product, from, to;
};

// "critical 1, high 3"; "–" where there is none.
std::string counts_words(const json::value& counts) {
  std::string words;
  const json::object* members = counts.if_object();
  if (members == nullptr) return "–";
  for (const auto& each : *members) {
    if (!words.empty()) words += ", ";
    words += std::string(each.key()) + (each.key().empty() ? "" : " ") + text_of(each.value());
  }
  return words.empty() ? "–" : words;
}

std::string inner_text(const json::value& day, std::string_view outer, std::string_view name) {
  return text_at(member_of(day, outer), name);
}

Row row_of(const json::value& day) {
  return {text_at(day, "day") + (truth_at(day, "late") ? " *" : ""),
          text_at(day, "rating"),
          text_at(day, "band"),
          counts_words(member_of(day, "risks")),
          inner_text(day, "countermeasures", "required"),
          inner_text(day, "countermeasures", "implemented"),
          inner_text(day, "tests", "failed"),
          inner_text(day, "tickets", "open"),
          text_at(day, "open-questions"),
          text_at(day, "policy")};
}

int days(const DaysOptions& given, const SharedOptions& options) {
  std::string target = product_target(given.product, "/days");
  if (!given.from.empty()) target += "?from=" + client::encode(given.from);
  if (!given.to.empty())
    target += (given.from.empty() ? "?to=" : "&to=") + client::encode(given.to);
  const auto items = ask_list(options, target);
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  if (items->empty()) {
    print("no day of {} has ended in that time\n", given.product);
    return exit_success;
  }
  std::vector<Row> rows = {heading({"DAY", "RATING", "BAND", "RISKS", "REQUIRED", "IMPLEMENTED",
                                    "FAILED TESTS", "OPEN TICKETS", "OPEN QUESTIONS", "POLICY"})};
  bool has_late = false;
  for (const json::value& day : *items) {
    rows.push_back(row_of(day));
    has_late = has_late || truth_at(day, "late");
  }
  print(table(rows));
  if (has_late) print("* riskd did not run when the day ended: it was evaluated afterwards\n");
  return exit_success;
}

}  // namespace

void add_days(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<DaysOptions>();
  CLI::App* command =
      app.add_subcommand("days", "what riskd said of a product at the end of each day");
  command->add_option("PRODUCT", given->product)->required();
  command->add_option("--from", given->from, "the first day, such as 2026-11-23")->type_name("DAY");
  command->add_option("--to", given->to, "the last day")->type_name("DAY");
  command->footer(
      "Days end at midnight, UTC. What is said later of an earlier day does not change it.\n"
      "REQUIRED counts the required countermeasures that are still to be done; --json has all\n"
      "counts.\n\n"
      "Examples:\n  riskctl days shop\n"
      "  riskctl days shop --from 2026-01-01 --to 2026-12-31 --json");
  command->callback([given, &options, &outcome] { outcome.code = days(*given, options); });
}

}  // namespace riskd::riskctl
