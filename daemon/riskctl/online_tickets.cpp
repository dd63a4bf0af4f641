// riskctl tickets, sync, status.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/progress.hpp"

namespace riskd::riskctl {
namespace {

struct TicketOptions {
  std::string product;
  bool release = false;
  bool no_wait = false;
  std::string ticket, key, tracker;  // of link, and of trackers check
};

std::string pending_text(const json::value& ticket) {
  std::string text;
  for (const json::value& effect : list_at(ticket, "pending")) {
    if (!text.empty()) text += "; ";
    const bool is_withdrawn = truth_at(effect, "withdrawn");
    text += is_withdrawn ? "withdrawn: looked for, not made" : text_at(effect, "kind");
    if (truth_at(effect, "held"))
      text += is_withdrawn ? " once it is released" : " held";
    else if (!is_withdrawn)
      text += " pending";
    const std::string error = text_at(effect, "last-error");
    if (!error.empty()) text += " (" + error + ")";
  }
  return text;
}

// What people should know of a ticket beside its row.
void print_notes(const json::value& ticket) {
  const std::string name = text_at(ticket, "ticket") + ":" + text_at(ticket, "for");
  const auto note = [&](const Text& words) {
    print("{}\n", text("{}: {}", strong(name), words).wrapped(terminal_width(), 2));
  };
  const auto urgent = [](std::string_view word) { return Text(word).in(Style::caution); };
  const std::string by = text_at(ticket, "by");
  const std::string remark = text_at(ticket, "remark");
  std::string status = text_at(ticket, "status");
  if (const std::string how = text_at(ticket, "how"); !how.empty()) status += ", " + how;
  if (!by.empty() || !remark.empty())
    note(text("{}{}, {}{}", status, by.empty() ? "" : " by " + by,
              moment_words(text_at(ticket, "since")),
              remark.empty() ? Text() : text(": “{}”", remark)));
  if (truth_at(ticket, "disputed"))
    note(text("{}: it should be open, and was closed twice", urgent("disputed")));
  if (truth_at(ticket, "unread"))
    note(text("{}: no row of its status map reads `{}`", urgent("status not read"), status));
}

int tickets(const TicketOptions& given, const SharedOptions& options) {
  const auto items = ask_list(options, "/v1/tickets?product=" + client::encode(given.product));
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  if (items->empty()) {
    print("no tickets: only what is approved gets one\n");
    return exit_success;
  }
  std::vector<Row> rows = {
      heading({"TICKET", "FOR", "DESIRED", "ACTUAL", "STATUS", "KEY", "ON ITS WAY"})};
  for (const json::value& item : *items) {
    rows.push_back({text_at(item, "ticket"), text_at(item, "for"), text_at(item, "desired"),
                    text_at(item, "actual"), text_at(item, "status"), text_at(item, "key"),
                    pending_text(item)});
  }
  print(table(rows, terminal_width()));
  for (const json::value& item : *items) print_notes(item);
  return exit_success;
}

// "shop:requirement:web.tls", or with a component "shop:requirement:api/web.tls".
std::optional<std::array<std::string, 3>> parts_of(const std::string& ticket) {
  const std::size_t first = ticket.find(':');
  const std::size_t second = first == std::string::npos ? first : ticket.find(':', first + 1);
  if (second == std::string::npos || first == 0 || second == first + 1 ||
      second + 1 == ticket.size())
    return std::nullopt;
  return std::array{ticket.substr(0, first), ticket.substr(first + 1, second - first - 1),
                    ticket.substr(second + 1)};
}

// The ticket as riskd has it; nullopt, and the reason printed, where the daemon refuses or has none.
std::optional<json::value> wanted_ticket(const std::array<std::string, 3>& parts,
                                         const SharedOptions& options) {
  const std::string& product = parts[0];
  const auto known = ask_list(options, "/v1/tickets?product=" + client::encode(product));
  if (!known) return std::nullopt;
  for (const json::value& each : *known) {
    if (text_at(each, "ticket") == parts[1] && text_at(each, "for") == parts[2]) return each;
  }
  print_error("riskctl: `{}` wants no ticket `{}` for `{}`; `riskctl tickets {}` lists them\n",
              product, parts[1], parts[2], product);
  return std::nullopt;
}

// The kind of the tracker with this name; nullopt, and the reason printed, where there is none.
std::optional<std::string> kind_of_tracker(const std::string& name, const SharedOptions& options) {
  const auto health = ask_daemon(options, "GET", "/v1/health");
  if (!health) return std::nullopt;
  std::string names;
  for (const json::value& each : list_at(*health, "trackers")) {
    if (text_at(each, "name") == name) return text_at(each, "kind");
    names += (names.empty() ? "`" : ", `") + text_at(each, "name") + "`";
  }
  print_error("riskctl: there is no tracker `{}`; there is: {}\n", name,
              names.empty() ? "none" : names);
  return std::nullopt;
}

// A person made the ticket: it is riskd's from now on.
int link(const TicketOptions& given, const SharedOptions& options) {
  const auto parts = parts_of(given.ticket);
  if (!parts) {
    complain({ErrorCode::invalid,
              "a ticket is `PRODUCT:TEMPLATE:ELEMENT`, as shop:requirement:web.tls",
              {}});
    return exit_usage;
  }
  const auto& [product, name, element] = *parts;
  const auto kind = kind_of_tracker(given.tracker, options);
  if (!kind || !wanted_ticket(*parts, options)) return exit_bad_input;
  json::object ticket;
  ticket["for"] = name + ":" + element;
  ticket["tracker"] = given.tracker;
  ticket["kind"] = *kind;
  ticket["key"] = given.key;
  json::object fact;
  fact["product"] = product;
  fact["ticket"] = std::move(ticket);
  const json::value body = std::move(fact);
  const auto posted = ask_daemon(options, "POST", "/v1/facts", &body);
  if (!posted) return exit_bad_input;
  // What the ticket is like, the tracker knows.
  const auto seen =
      ask_daemon(options, "POST", "/v1/sync?wait=true&product=" + client::encode(product), nullptr,
                 Patience::trackers);
  if (!seen) return exit_bad_input;
  const auto linked = wanted_ticket(*parts, options);
  if (!linked) return exit_bad_input;
  if (options.json) return print_json(*linked);
  print("ticket {} of `{}` is `{}` of {} from now on; it is {}\n", given.key, given.tracker, name,
        element, text_at(*linked, "actual"));
  return exit_success;
}

// "ok", "warning" or "error", as wide as the longest.
Text severity_word(const std::string& severity) {
  if (severity == "good") return text("{}      ", Text("ok").in(Style::good));
  const Style style = severity == "error" ? Style::error : Style::warning;
  return text("{}{}", Text(severity).in(style), severity == "error" ? "   " : " ");
}

int check_trackers(const TicketOptions& given, const SharedOptions& options) {
  std::string target = "/v1/trackers/check";
  if (!given.tracker.empty()) target += "?tracker=" + client::encode(given.tracker);
  const auto answer = ask_daemon(options, "POST", target, nullptr, Patience::trackers);
  if (!answer) return exit_bad_input;
  const bool good = truth_at(*answer, "good");
  if (options.json) {
    print_json(*answer);
    return good ? exit_success : exit_bad_input;
  }
  if (list_at(*answer, "trackers").empty()) print("no tracker is configured\n");
  for (const json::value& tracker : list_at(*answer, "trackers")) {
    print("{} ({})\n", text_at(tracker, "name"), text_at(tracker, "kind"));
    for (const json::value& finding : list_at(tracker, "findings")) {
      print("  {} {}\n", severity_word(text_at(finding, "severity")), text_at(finding, "message"));
      const std::string help = text_at(finding, "help");
      if (!help.empty()) print("           {}\n", help);
    }
  }
  return good ? exit_success : exit_bad_input;
}

// "waiting for jira, boards"; nothing where none is under way.
std::optional<Text> under_way_words(const json::value& health) {
  std::string names;
  for (const json::value& tracker : list_at(health, "trackers")) {
    if (truth_at(tracker, "under-way"))
      names += (names.empty() ? "" : ", ") + text_at(tracker, "name");
  }
  if (names.empty()) return std::nullopt;
  return text("waiting for {}", names);
}

int sync(const TicketOptions& given, const SharedOptions& options) {
  std::string target = fmt::format("/v1/sync?release={}&wait={}", given.release, !given.no_wait);
  if (!given.product.empty()) target += "&product=" + client::encode(given.product);
  std::optional<json::value> answer;
  {
    const Progress progress(options, under_way_words);
    answer = ask_daemon(options, "POST", target, nullptr, Patience::trackers);
  }
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const std::string held = text_at(*answer, "held");
  print("trackers {}; {} effects pending, {} held\n", given.no_wait ? "asked" : "polled",
        text_at(*answer, "pending"), held);
  if (given.no_wait && !list_at(*answer, "under-way").empty())
    print("under way: {}\n", text_at(*answer, "under-way"));
  if (const std::string withdrawn = text_at(*answer, "withdrawn");
      withdrawn != "0" && !withdrawn.empty())
    print("{} of them withdrawn: no longer wanted, perhaps made, only looked for\n", withdrawn);
  if (held != "0") print("`riskctl sync --release` lets held effects go\n");
  return exit_success;
}

// What somebody should do something about, of each tracker: it is listed until it is settled.
void print_troubles(const json::value& tracker) {
  const auto trouble = [&](const Text& what) {
    print("{}\n", text("  {}: {}", text_at(tracker, "name"), what).wrapped(terminal_width(), 4));
  };
  const std::string withdrawn = text_at(tracker, "withdrawn");
  if (withdrawn != "0" && !withdrawn.empty())
    trouble(text("looks for {} that may have been made and {} not wanted any more",
                 withdrawn == "1" ? text("1 ticket") : text("{} tickets", withdrawn),
                 withdrawn == "1" ? "is" : "are"));
  for (const json::value& each : list_at(tracker, "errors"))
    trouble(text("{} {}", Text("error").in(Style::error), text_of(each)));
  const std::string withheld = text_at(tracker, "withheld");
  if (withheld != "0" && !withheld.empty())
    trouble(text("{} that only who may read every product is shown",
                 withheld == "1" ? text("1 message") : text("{} messages", withheld)));
  for (const json::value& each : list_at(tracker, "unread-statuses")) {
    const json::value& tickets = member_of(each, "tickets");
    trouble(text("{} no row of its status map reads `{}`, {}", Text("warning").in(Style::warning),
                 text_at(each, "status"),
                 counted(tickets.is_number() ? tickets.to_number<std::size_t>() : 0, "ticket")));
  }
}

int status(const SharedOptions& options) {
  const auto answer = ask_daemon(options, "GET", "/v1/health");
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const auto show = [&](const char* name) { return text_at(*answer, name); };
  const auto bytes_at = [&](const char* name) {
    const json::value& bytes = member_of(*answer, name);
    return bytes.is_number() ? bytes.to_number<double>() : 0;
  };
  std::vector<Row> about{
      {"riskd", text("{}, since {}", show("version"), moment_words(show("started")))},
      {"policy", text("revision {}, since {}, {}", show("revision"),
                      moment_words(show("policy-since")), show("policy"))},
      {"products", show("products")},
      {"facts", show("seq")},
      {"log", text("position {}, link {}", text_at(member_of(*answer, "log"), "position"),
                   text_at(member_of(*answer, "log"), "link"))},
      {"queue", show("queued") == "0" ? Text("empty") : text("{} waiting", show("queued"))},
      {"store",
       text("{} of {} at most{}", size_words(bytes_at("store-bytes")),
            size_words(bytes_at("store-max-bytes")),
            truth_at(*answer, "store-nearly-full")
                ? "; nearly full: raise `[store] max-mebibytes`, or keep results for less time"
                : "")}};
  if (!show("instead-of").empty())
    about.push_back({"rolled back",
                     text("the configured policy, {}, is not in force; `riskctl reload` puts it in "
                          "force",
                          show("instead-of"))});
  if (const std::string effects = show("unrouted-effects"); effects != "0")
    about.push_back({"unrouted", text("{} effects without a configured tracker", effects)});
  if (const std::string disputed = show("disputed-tickets"); disputed != "0" && !disputed.empty())
    about.push_back(
        {"disputed",
         text("{} that should be open, closed twice; `riskctl tickets PRODUCT` names them",
              disputed == "1" ? text("1 ticket") : text("{} tickets", disputed))});
  if (const std::string error = show("write-error"); !error.empty())
    about.push_back({"error", text("nothing can be stored: {}", error)});
  if (truth_at(*answer, "restored"))
    about.push_back(
        {"restored", text("from a backup: nothing is written to a tracker before `riskctl sync "
                          "--release`")});
  if (const std::string behind = text_at(member_of(*answer, "clock"), "behind-seconds");
      behind != "0" && !behind.empty())
    about.push_back({"clock", text("{} s behind the newest time in the store: where it was ahead "
                                   "before, `riskctl clock repair` corrects what it stamped",
                                   behind)});
  print(table(about, terminal_width()));
  std::vector<Row> rows = {heading({"TRACKER", "KIND", "STATE", "PENDING", "HELD", "LAST POLL"})};
  for (const json::value& tracker : list_at(*answer, "trackers")) {
    std::string state = text_at(tracker, "state");
    if (state == "left-alone") state = "left alone";
    const std::string until = text_at(tracker, "until");
    if (!until.empty()) state += " until " + moment_words(until);
    rows.push_back({text_at(tracker, "name"), text_at(tracker, "kind"), state,
                    text_at(tracker, "pending"), text_at(tracker, "held"),
                    moment_words(text_at(tracker, "last-poll"))});
  }
  if (rows.size() > 1) print("\n{}", table(rows, terminal_width()));
  for (const json::value& tracker : list_at(*answer, "trackers")) print_troubles(tracker);
  return exit_success;
}

}  // namespace

void add_tickets(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<TicketOptions>();
  CLI::App* command = app.add_subcommand("tickets", "tickets: wanted, known and held");
  command->add_option("PRODUCT", given->product, "required, except for `link`");
  command->footer(
      "Examples:\n  riskctl tickets shop\n"
      "  riskctl tickets link shop:requirement:web.throttle-logins SHOP-12 --tracker jira");
  CLI::App* adopt = command->add_subcommand("link", "takes over a ticket that a person made");
  adopt->add_option("TICKET", given->ticket, "PRODUCT:TEMPLATE:ELEMENT")->required();
  adopt->add_option("KEY", given->key, "as the tracker names it: SHOP-12, 12, owner/repository#12")
      ->required();
  adopt->add_option("--tracker", given->tracker, "the tracker's name in riskd.toml")->required();
  command->callback([given, adopt, &options, &outcome] {
    if (adopt->parsed()) {
      outcome.code = link(*given, options);
    } else if (given->product.empty()) {
      complain({ErrorCode::invalid, "PRODUCT is missing: `riskctl tickets shop`", {}});
      outcome.code = exit_usage;
    } else {
      outcome.code = tickets(*given, options);
    }
  });

  command = app.add_subcommand("trackers", "the configured trackers");
  command->require_subcommand(1);
  CLI::App* check = command->add_subcommand(
      "check", "compares their configuration with the live trackers; changes nothing");
  check->add_option("TRACKER", given->tracker, "its name in riskd.toml; without it, all");
  check->footer(
      "Exits 1 if something must be corrected.\n\nExample:\n  riskctl trackers check jira");
  check->callback([given, &options, &outcome] { outcome.code = check_trackers(*given, options); });

  command = app.add_subcommand("sync", "polls the trackers now, and waits for them");
  command->add_option("PRODUCT", given->product, "only the tickets of this product");
  command->add_flag("--release", given->release, "first releases the held effects");
  command->add_flag("--no-wait", given->no_wait, "only starts it; `status` shows how it goes");
  command->footer("Examples:\n  riskctl sync\n  riskctl sync shop --release");
  command->callback([given, &options, &outcome] { outcome.code = sync(*given, options); });

  command = app.add_subcommand("status", "version, policy, queues, trackers, store");
  command->footer("Example:\n  riskctl status");
  command->callback([&options, &outcome] { outcome.code = status(options); });
}

}  // namespace riskd::riskctl
