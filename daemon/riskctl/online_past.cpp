// riskctl why, events.
#include <fmt/format.h>

#include <map>
#include <memory>

#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"
#include "daemon/riskctl/show_then.hpp"
#include "daemon/riskctl/why.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::uint64_t recent = 1'000;  // numbers of facts that `events` looks back

struct PastOptions {
  std::string element, at;
  bool follow = false;
};

int why(const PastOptions& given, const SharedOptions& options) {
  const Named named = split_element(given.element);
  std::string target =
      product_target(named.product, "/why?element=") + client::encode(named.element);
  if (!given.at.empty()) target += "&at=" + client::encode(given.at);
  const auto answer = ask_daemon(options, "GET", target);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  if (!given.at.empty()) print("{}\n", shown_then(member_of(*answer, "then")));
  print_why(*answer);
  return exit_success;
}

// What the events showed of each product so far.
using KnownProducts = std::map<std::string, Snapshot>;

// One event of the stream, without its empty line.
void print_event(std::string_view text, bool as_json, KnownProducts& known) {
  std::string data;
  std::string type;
  std::string id;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.rfind("data: ", 0) == 0) data += line.substr(6);
    if (line.rfind("event: ", 0) == 0) type = line.substr(7);
    if (line.rfind("id: ", 0) == 0) id = line.substr(4);
  }
  if (data.empty()) return;  // a comment
  json::error_code error;
  const json::value event = json::parse(data, error);
  if (error) return;  // half an event: the stream broke off
  if (as_json) {
    print_json(event);
  } else if (type == "change") {
    const std::string product = text_at(event, "product");
    print("{:>6}  {}\n{}", id, strong(product), in_short(known[product].apply(event), 8));
  } else {
    print("{:>6}  policy revision {} is in force, by {}\n", id, text_at(event, "revision"),
          text_at(event, "poster"));
  }
  flush_output();
}

int events(const PastOptions& given, const SharedOptions& options) {
  client::Request request;
  request.target = "/v1/events";
  if (!given.follow) {
    const auto health = ask_daemon(options, "GET", "/v1/health");
    if (!health) return exit_bad_input;
    const json::value* seq = health->as_object().if_contains("seq");
    const auto last = seq == nullptr ? 0 : seq->to_number<std::uint64_t>();
    request.target += fmt::format("?follow=false&after={}", last > recent ? last - recent : 0);
  }
  std::string waiting;
  KnownProducts known;
  const auto receive = [&](std::string_view piece) {
    waiting += piece;
    for (std::size_t end = waiting.find("\n\n"); end != std::string::npos;
         end = waiting.find("\n\n")) {
      print_event(std::string_view(waiting).substr(0, end), options.json, known);
      waiting.erase(0, end + 2);
    }
    return true;
  };
  const auto place = place_of(options);
  if (!place) return complain(place.error());
  Status done = client::follow(*place, request, receive, timeout_ms(options, Patience::usual));
  return done ? exit_success : complain(done.error());
}

}  // namespace

void add_past(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<PastOptions>();
  CLI::App* command =
      app.add_subcommand("why", "why an element is as it is, and what would change it");
  command->add_option("PRODUCT:ELEMENT", given->element)->required();
  command->add_option("--at", given->at, "with the facts and the policy of this time")
      ->type_name("TIME");
  command->footer(
      "ELEMENT is a risk, weakness, countermeasure, pattern or question, in the model or not.\n\n"
      "Examples:\n  riskctl why shop:web.throttle-logins\n"
      "  riskctl why shop:web.forged-requests --at 2026-11-20\n"
      "  riskctl eval --policy policy --facts facts.json --why web.throttle-logins   # offline");
  command->callback([given, &options, &outcome] { outcome.code = why(*given, options); });

  command = app.add_subcommand("events", "the newest changes of all products");
  command->add_flag("--follow", given->follow, "waits, and shows new changes as they happen");
  command->footer("Examples:\n  riskctl events\n  riskctl events --follow --json");
  command->callback([given, &options, &outcome] { outcome.code = events(*given, options); });
}

}  // namespace riskd::riskctl
