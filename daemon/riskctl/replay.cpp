#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/policy.hpp"
#include "daemon/riskctl/replay_stats.hpp"
#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"
#include "engine/update/apply.hpp"
#include "engine/update/complete.hpp"

namespace riskd::riskctl {
namespace {

struct ReplayOptions {
  std::vector<std::string> policy;
  std::string events, now;
  bool stats = false;
};

// The products of a replay, and the answer to each line. A product begins as nothing, so that its first
// answer gives its risks whole.
class Replay {
 public:
  Replay(engine::Policy policy, std::optional<Instant> now)
      : policy_(std::move(policy)), now_(now) {}

  std::string answer(std::uint64_t seq, std::string_view line) {
    auto fact = wire::read_fact(line, wire::Origin::offline);
    if (!fact) return wire::write_refusal(seq, fact.error(), {});
    const auto known = products_.find(fact->product);
    std::optional<engine::LiveProduct> fresh;
    if (known == products_.end()) fresh.emplace(policy_, fact->product);
    engine::LiveProduct& product = fresh ? *fresh : known->second;
    const Instant now = now_ ? *now_ : fact->at ? *fact->at : system_now();
    // Time does not run backwards: a line with an earlier moment is folded at its own time.
    const Instant at = std::min(fact->at.value_or(now), now);
    const Instant moment = std::max(now, product.now());
    const auto errors = engine::resolve(*policy_, product.facts(), fact->body, moment);
    if (!errors.empty()) {
      return wire::write_refusal(seq, {ErrorCode::invalid, errors.front().message, ""}, errors);
    }
    if (engine::is_incomplete(fact->body)) engine::complete(product.model(), fact->body);
    std::vector<engine::Fact> posted(1);
    posted.front().from = {seq, at, "replay", at == moment ? Instant{} : moment};
    posted.front().body = std::move(fact->body);
    const auto begun = Clock::now();
    const engine::Deltas deltas = product.apply(std::move(posted), moment);
    const double took_ms = milliseconds_since(begun);
    if (products_.empty()) first_ms_ = took_ms;
    applied_us_.push_back(took_ms * 1000);
    std::string line_of_changes = wire::write_change(seq, product, deltas);
    if (fresh) products_.emplace(fact->product, std::move(*fresh));
    return line_of_changes;
  }

  double first_ms() const { return first_ms_; }
  // Of each fact that was not refused, from the fact to its deltas.
  std::vector<double> take_applied_us() { return std::move(applied_us_); }

 private:
  engine::Policy policy_;
  std::optional<Instant> now_;
  std::map<std::string, engine::LiveProduct> products_;
  double first_ms_ = 0;
  std::vector<double> applied_us_;
};

int replay(const ReplayOptions& given, const SharedOptions& options) {
  const auto now = parse_now(given.now);
  if (!now) {
    complain(now.error());
    return exit_usage;
  }
  const auto begun = Clock::now();
  const auto compiled = load_sound(given.policy, options);
  if (!compiled) return exit_bad_input;
  ReplayStats stats;
  stats.load_ms = milliseconds_since(begun);
  std::ifstream file;
  if (given.events != "-") {
    file.open(given.events, std::ios::binary);
    if (!file)
      return complain({ErrorCode::not_found, "`" + given.events + "` cannot be opened", ""});
  }
  std::istream& input = given.events == "-" ? std::cin : file;
  Replay run(compiled->program, *now);
  std::string line;
  for (std::uint64_t seq = 1; std::getline(input, line); ++seq) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto start = Clock::now();
    const std::string answer = run.answer(seq, line);
    stats.events_us.push_back(milliseconds_since(start) * 1000);
    print_json_text(answer);
  }
  if (input.bad())
    return complain({ErrorCode::unavailable, "`" + given.events + "` cannot be read", ""});
  stats.first_ms = run.first_ms();
  stats.applied_us = run.take_applied_us();
  if (given.stats) print_error(Text::lines(show_stats(stats)));
  return exit_success;
}

}  // namespace

void add_replay(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand(
      "replay", "reads facts, one a line, and prints a line of changes for each; offline");
  const auto given = std::make_shared<ReplayOptions>();
  command->add_option("--policy", given->policy, ".risk files or folders of them")
      ->type_name("PATH")
      ->required();
  command->add_option("--events", given->events, "the file of facts, or - for standard input")
      ->type_name("FILE")
      ->required();
  command->add_option("--now", given->now,
                      "the time of all facts; without it each fact's `at`, or the clock");
  command->add_flag("--stats", given->stats, "end with times and memory, on standard error");
  command->footer(
      "For a refused line it prints the errors, and the replay goes on.\n\n"
      "Examples:\n  riskctl replay --policy policy --events events.ndjson\n"
      "  riskctl replay --policy policy --events - --now 2026-11-24 --stats < events.ndjson");
  command->callback([given, &options, &outcome] { outcome.code = replay(*given, options); });
}

}  // namespace riskd::riskctl
