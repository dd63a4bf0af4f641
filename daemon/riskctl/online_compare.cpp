// riskctl compare.
#include <memory>

#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"
#include "daemon/riskctl/show_then.hpp"

namespace riskd::riskctl {
namespace {

struct CompareOptions {
  std::string product, a, b, at;
};

// A member of what one side says; empty where it has none.
std::string side_text(const json::value& item, std::string_view side, std::string_view name) {
  return text_at(member_of(item, side), name);
}

std::vector<std::string> names_in(const json::array& list) {
  std::vector<std::string> texts;
  for (const json::value& each : list) texts.push_back(text_of(each));
  return texts;
}

void add_risk(const json::value& item, Change& change) {
  const bool is_before = !member_of(item, "a").is_null();
  const bool is_now = !member_of(item, "b").is_null();
  const RiskMove move{text_at(item, "id"),
                      text_at(item, "title"),
                      side_text(item, is_now ? "b" : "a", "band"),
                      side_text(item, "a", "current"),
                      side_text(item, "b", "current"),
                      side_text(item, "a", "projected"),
                      side_text(item, "b", "projected")};
  if (!is_before) {
    change.begun.push_back(move);
  } else if (!is_now) {
    change.ended.push_back(move);
  } else if (move.before != move.now || move.projected_before != move.projected) {
    change.moved.push_back(move);
  }
}

void add_turn(const json::value& item, std::string_view name, std::vector<Turn>& turns) {
  Turn turn{text_at(item, "id"), side_text(item, "a", name), side_text(item, "b", name)};
  if (turn.before != turn.now) turns.push_back(std::move(turn));
}

// What differs, of the answer of the daemon.
Change change_of(const json::value& answer) {
  Change change;
  change.rating_before = side_text(answer, "a", "rating");
  change.rating = side_text(answer, "b", "rating");
  change.band = side_text(answer, "b", "band");
  const json::value& patterns = member_of(answer, "patterns");
  change.patterns_begun = names_in(list_at(patterns, "begin"));
  change.patterns_ended = names_in(list_at(patterns, "end"));
  for (const char* list : {"risks", "weaknesses", "countermeasures"}) {
    for (const json::value& each : list_at(answer, list)) {
      const std::string was = text_at(each, "was");
      if (!was.empty()) change.renamed.emplace_back(was, text_at(each, "id"));
    }
  }
  for (const json::value& each : list_at(answer, "risks")) add_risk(each, change);
  for (const json::value& each : list_at(answer, "weaknesses"))
    add_turn(each, "tested", change.tests);
  for (const json::value& each : list_at(answer, "countermeasures"))
    add_turn(each, "state", change.states);
  for (const json::value& each : list_at(answer, "tickets")) {
    Turn turn{text_at(each, "ticket") + ":" + text_at(each, "for"), side_text(each, "a", "desired"),
              side_text(each, "b", "desired")};
    if (turn.now.empty()) turn.now = "closed";
    change.tickets.push_back(std::move(turn));
  }
  return change;
}

// Of what is not printed: inherent ratings, tests of countermeasures.
Text said_of_none(const json::value& answer) {
  for (const char* list : {"risks", "weaknesses", "countermeasures"}) {
    if (!list_at(answer, list).empty())
      return text("\nthe same ratings, states and tickets; --json has what differs\n");
  }
  return text("\nno difference\n");
}

int compare(const CompareOptions& given, const SharedOptions& options) {
  std::string target = product_target(given.product, "/compare?a=") + client::encode(given.a) +
                       "&b=" + client::encode(given.b);
  if (!given.at.empty()) target += "&at=" + client::encode(given.at);
  const auto answer = ask_daemon(options, "GET", target);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const Change change = change_of(*answer);
  print(rating_line(given.product, change));
  print("a: {}b: {}", shown_then(member_of(*answer, "a")), shown_then(member_of(*answer, "b")));
  print(change.empty() ? said_of_none(*answer) : shown(change));
  return exit_success;
}

}  // namespace

void add_compare(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand(
      "compare", "what differs in a product between two moments, or under two policies");
  command->add_option("PRODUCT", given->product)->required();
  command->add_option("A", given->a, "a time, or a revision of the policy: revision:3")->required();
  command->add_option("B", given->b, "as A: two times, or two revisions")->required();
  command->add_option("--at", given->at, "of two revisions: the facts of this time, not today's")
      ->type_name("TIME");
  command->footer(
      "Of two times each has the facts and the policy of then. Of two revisions both have the "
      "same\n"
      "facts. If the record has other values than riskd computes today, both are shown.\n\n"
      "Examples:\n  riskctl compare shop 2026-11-01 2026-11-20\n"
      "  riskctl compare shop revision:3 revision:4\n"
      "  riskctl compare shop revision:3 revision:4 --at 2026-11-20 --json");
  command->callback([given, &options, &outcome] { outcome.code = compare(*given, options); });
}

}  // namespace riskd::riskctl
