// riskctl tickets, sync, status.
#include <fmt/format.h>

#include <memory>

#include "daemon/cli/online.hpp"

namespace riskd::cli {
namespace {

struct TicketOptions {
  std::string product;
  bool release = false;
};

std::string pending_text(const json::value& ticket) {
  std::string text;
  for (const json::value& effect : list_at(ticket, "pending")) {
    if (!text.empty()) text += "; ";
    text += text_at(effect, "kind") + (truth_at(effect, "held") ? " held" : " pending");
    const std::string error = text_at(effect, "last-error");
    if (!error.empty()) text += " (" + error + ")";
  }
  return text;
}

int tickets(const TicketOptions& given, const SharedOptions& options) {
  const auto items = ask_list(options, "/v1/tickets?product=" + server::encode(given.product));
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  if (items->empty()) {
    fmt::print("no tickets: only what is approved gets one\n");
    return exit_success;
  }
  std::vector<std::vector<std::string>> rows = {
      {"TICKET", "FOR", "DESIRED", "ACTUAL", "STATUS", "KEY", "ON ITS WAY"}};
  for (const json::value& item : *items) {
    rows.push_back({text_at(item, "ticket"), text_at(item, "for"), text_at(item, "desired"),
                    text_at(item, "actual"), text_at(item, "status"), text_at(item, "key"),
                    pending_text(item)});
  }
  fmt::print("{}", table(rows));
  return exit_success;
}

int sync(const TicketOptions& given, const SharedOptions& options) {
  std::string target = fmt::format("/v1/sync?release={}", given.release);
  if (!given.product.empty()) target += "&product=" + server::encode(given.product);
  const auto answer = ask_daemon(options, "POST", target);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const std::string held = text_at(*answer, "held");
  fmt::print("trackers polled; {} effects pending, {} held\n", text_at(*answer, "pending"), held);
  if (held != "0") fmt::print("`riskctl sync --release` lets held effects go\n");
  return exit_success;
}

int status(const SharedOptions& options) {
  const auto answer = ask_daemon(options, "GET", "/v1/health");
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const auto show = [&](const char* name) { return text_at(*answer, name); };
  fmt::print("{}", table({{"riskd", show("version") + ", since " + show("started")},
                          {"policy", "revision " + show("revision") + ", " + show("policy") +
                                         ", since " + show("policy-since")},
                          {"products", show("products")},
                          {"facts", "up to " + show("seq")},
                          {"queue", show("queued") + " waiting"},
                          {"store", show("store-bytes") + " bytes"},
                          {"unrouted", show("unrouted-effects") + " effects"}}));
  std::vector<std::vector<std::string>> rows = {
      {"TRACKER", "KIND", "PENDING", "HELD", "LAST POLL", "LAST ERROR"}};
  for (const json::value& tracker : list_at(*answer, "trackers")) {
    rows.push_back({text_at(tracker, "name"), text_at(tracker, "kind"), text_at(tracker, "pending"),
                    text_at(tracker, "held"), text_at(tracker, "last-poll"),
                    text_at(tracker, "last-error")});
  }
  if (rows.size() > 1) fmt::print("\n{}", table(rows));
  return exit_success;
}

}  // namespace

void add_tickets(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<TicketOptions>();
  CLI::App* command = app.add_subcommand("tickets", "desired, actual and held tickets");
  command->add_option("PRODUCT", given->product)->required();
  command->footer("Example:\n  riskctl tickets shop");
  command->callback([given, &options, &outcome] { outcome.code = tickets(*given, options); });

  command = app.add_subcommand("sync", "polls the trackers now");
  command->add_option("PRODUCT", given->product, "of this product only");
  command->add_flag("--release", given->release, "lets held effects go first");
  command->footer("Examples:\n  riskctl sync\n  riskctl sync shop --release");
  command->callback([given, &options, &outcome] { outcome.code = sync(*given, options); });

  command = app.add_subcommand("status", "version, policy, queues, trackers, store");
  command->footer("Example:\n  riskctl status");
  command->callback([&options, &outcome] { outcome.code = status(options); });
}

}  // namespace riskd::cli
