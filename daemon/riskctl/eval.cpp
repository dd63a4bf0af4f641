
#include <algorithm>
#include <memory>

#include "daemon/riskctl/eval_tickets.hpp"
#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/policy.hpp"
#include "daemon/riskctl/show_model.hpp"
#include "daemon/riskctl/why.hpp"
#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"
#include "engine/facts/resolve_names.hpp"
#include "engine/update/apply.hpp"
#include "engine/update/complete.hpp"

namespace riskd::riskctl {
namespace {

struct EvalOptions {
  std::vector<std::string> policy;
  std::string facts, now, why;
  bool verbose = false;
  bool tickets = false;
};

// `place` is the fact's own in the file; an error's begins with the fact's kind.
void complain_about(const std::string& file, const std::string& place,
                    const engine::FactError& error) {
  const std::size_t within = error.pointer.find('/', 1);
  const std::string pointer =
      place + (within == std::string::npos ? std::string() : error.pointer.substr(within));
  print_error("{}: {}: {} [{}]{}\n", file, pointer, error.message, error.code,
              error.expected.empty() ? Text() : text("; expected {}", joined(error.expected)));
}

int explain(const engine::Policy& policy, const engine::Product& product, const std::string& given,
            Instant now, bool as_json) {
  std::string element = engine::resolve_element(*policy, given);
  if (element.empty()) element = given;
  const auto reason = engine::explain(*policy, product, element, now);
  if (!reason) {
    return complain(
        {ErrorCode::not_found, engine::why_unexplained(*policy, product, given, now), {}});
  }
  const std::string answer = wire::write_reason(
      *reason, engine::what_would_change(engine::LiveProduct(policy, product, now), element));
  if (as_json)
    print_json_text(answer);
  else
    print_why(boost::json::parse(answer));
  return exit_success;
}

int eval(const EvalOptions& given, const SharedOptions& options) {
  const auto compiled = load_sound(given.policy, options);
  if (!compiled) return exit_bad_input;
  const engine::Program& program = *compiled->program;
  const auto text = read_file(given.facts, limits::json_bytes);
  if (!text) return complain(text.error());
  auto file = wire::read_facts_file(*text);
  if (!file) {
    return complain(
        {file.error().code, given.facts + ": " + file.error().message, file.error().where});
  }
  const auto now_option = parse_now(given.now);
  if (!now_option) {
    complain(now_option.error());
    return exit_usage;
  }
  const Instant now = *now_option ? **now_option : file->now ? *file->now : system_now();

  engine::Product product;
  product.id = file->product;
  std::uint64_t seq = 0;
  bool refused = false;
  const auto post = [&](engine::FactBody body, std::optional<Instant> at,
                        const std::string& place) {
    const auto errors = engine::resolve(program, product, body, now);
    for (const engine::FactError& error : errors) complain_about(given.facts, place, error);
    refused = refused || !errors.empty();
    // What an acceptance accepted nobody can know here, if the file does not say it.
    if (errors.empty() && std::holds_alternative<engine::ApproveFact>(body))
      engine::complete(engine::evaluate(program, product, now), body);
    if (errors.empty())
      engine::fold(product,
                   {{++seq, std::min(at.value_or(now), now), "facts file"}, std::move(body)});
    product.last_seq = seq;
  };
  for (std::size_t i = 0; i < file->facts.size(); ++i)
    post(std::move(file->facts[i]), file->times[i], file->places[i]);
  if (refused) return exit_bad_input;
  if (!given.why.empty()) return explain(compiled->program, product, given.why, now, options.json);
  if (given.tickets) {
    show_tickets(program, product, now, options.json);
    return exit_success;
  }
  const engine::Model model = engine::evaluate(program, product, now);
  const std::string answer = wire::write_model(program, model);
  if (options.json)
    print_json_text(answer);
  else
    print_model(boost::json::parse(answer), given.verbose);
  return exit_success;
}

}  // namespace

void add_eval(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("eval", "evaluates a facts file to a threat model; offline");
  const auto given = std::make_shared<EvalOptions>();
  command->add_option("--policy", given->policy, ".risk files or folders of them")
      ->type_name("PATH")
      ->required();
  command->add_option("--facts", given->facts, "the facts file, or - for standard input")
      ->type_name("FILE")
      ->required();
  command->add_option("--now", given->now,
                      "evaluate at this time instead of the file's, or the clock's");
  CLI::Option* why =
      command->add_option("--why", given->why, "why this element is as it is, instead of the model")
          ->type_name("ELEMENT");
  command
      ->add_flag("--tickets", given->tickets,
                 "the tickets that would be written into a tracker now, instead of the model")
      ->excludes(why);
  command->add_flag("--verbose", given->verbose, "show the place of each rule too");
  command->footer(
      "Examples:\n  riskctl eval --policy policy --facts facts.json\n"
      "  riskctl eval --policy policy --facts facts.json --why web.throttle-logins\n"
      "  riskctl eval --policy policy --facts facts.json --tickets\n"
      "  riskctl eval --policy policy --facts facts.json --now 2026-11-24 --json");
  command->callback([given, &options, &outcome] { outcome.code = eval(*given, options); });
}

}  // namespace riskd::riskctl
