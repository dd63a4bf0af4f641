// riskctl history.
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::size_t indent = 18;  // below the first word after the time

// "web.throttle-logins" and "api/web.throttle-logins" are what `throttle-logins` and
// `api/throttle-logins` name.
bool is_named(const std::string& id, const std::string& given) {
  if (given.empty() || id == given) return true;
  const std::size_t slash = id.find('/') + 1;  // 0 where there is none
  const std::size_t given_slash = given.find('/') + 1;
  if (id.substr(0, slash) != given.substr(0, given_slash)) return false;
  const std::size_t dot = id.find('.', slash);
  return dot != std::string::npos && id.substr(dot + 1) == given.substr(given_slash);
}

// What is left of a change where only `element` counts.
Change about(Change change, const std::string& element) {
  if (element.empty()) return change;
  const auto keep = [&](auto& list) {
    std::erase_if(list, [&](const auto& each) { return !is_named(each.id, element); });
  };
  change.rating = change.rating_before = {};
  keep(change.begun);
  keep(change.ended);
  keep(change.moved);
  keep(change.states);
  keep(change.tests);
  std::erase_if(change.tickets, [&](const Turn& ticket) {
    return !is_named(ticket.id.substr(ticket.id.find(':') + 1), element);
  });
  return change;
}

// What one fact says: a headline, and lines below it.
struct Entry {
  Text headline;
  std::vector<Text> details;
};

// Describes facts in their order, and knows what was so before each.
class Describer {
 public:
  explicit Describer(std::string element) : element_(std::move(element)) {}

  Entry describe(const json::value& fact);
  Text describe_change(const json::value& line) {
    return in_short(about(known_.apply(line), element_), indent);
  }
  // The ticket that riskd made with this fact; empty where it says something else.
  std::string made_ticket(const json::value& fact) const;

 private:
  Text values(const json::value& object, const std::string& of, std::vector<Text>& lines);
  Entry describe_values(std::string_view verb, std::string_view what, const json::value& object,
                        const std::string& of);
  Entry describe_component(const json::value& component);
  Entry describe_ticket(const json::value& ticket);

  const std::string element_;
  Snapshot known_;
  std::map<std::string, std::string> values_;   // of answers and fields
  std::map<std::string, std::string> tickets_;  // statuses
  bool is_made_ = false;
};

// "web.reach: internet → partners" for each of `object`, which the lines take; returns the only one.
Text Describer::values(const json::value& object, const std::string& of, std::vector<Text>& lines) {
  const json::object* members = object.if_object();
  if (members == nullptr) return {};
  std::size_t named = 0;
  for (const auto& each : *members) named += is_named(of + std::string(each.key()), element_);
  for (const auto& each : *members) {
    const std::string id = of + std::string(each.key());
    std::string& value = values_[id];
    const std::string now = value_words(each.value());
    if (named == 0 || is_named(id, element_))
      lines.push_back(text("{}: {}", id, arrow(value, now)));
    value = now;
  }
  return lines.size() == 1 ? lines.front() : Text();
}

Entry Describer::describe_values(std::string_view verb, std::string_view what,
                                 const json::value& object, const std::string& of) {
  Entry entry;
  const Text only = values(object, of, entry.details);
  if (entry.details.size() == 1) return {text("{} {}", verb, only), {}};
  entry.headline = text("{} {}", verb, counted(entry.details.size(), what));
  return entry;
}

Entry Describer::describe_component(const json::value& component) {
  const std::string id = text_at(component, "id");
  if (truth_at(component, "removed")) return {text("removed component {}", id), {}};
  const std::string type = text_at(component, "type");
  const json::value& answers = member_of(component, "answers");
  const json::value& fields = member_of(component, "fields");
  if (type.empty() && fields.is_null())
    return describe_values("answered", "question", answers, id + "/");
  if (type.empty() && answers.is_null()) return describe_values("set", "field", fields, id + "/");
  Entry entry{text("component {}{}", id, type.empty() ? "" : " : " + type), {}};
  values(answers, id + "/", entry.details);
  values(fields, id + "/", entry.details);
  return entry;
}

std::string status_of(const json::value& ticket) {
  std::string status = text_at(ticket, "status");
  for (const char* name : {"state", "reason", "resolution"}) {
    const std::string more = text_at(ticket, name);
    if (!more.empty()) status += (status.empty() ? "" : ", ") + more;
  }
  return status;
}

Entry Describer::describe_ticket(const json::value& ticket) {
  const std::string id = text_at(ticket, "for");
  const std::string key = text_at(ticket, "key");
  std::string& status = tickets_[id];
  Entry entry;
  Text name = text("ticket {}{}", id, key.empty() ? "" : " (" + key + ")");
  if (truth_at(ticket, "deleted")) {
    entry.headline = text("{} is gone from its tracker", name);
    status.clear();
    return entry;
  }
  const std::string now = status_of(ticket);
  if (now.empty()) {
    entry.headline = text("ticket {} is {} of {} from now on", id, key, text_at(ticket, "tracker"));
    status.clear();
    return entry;
  }
  entry.headline = text("{}: {}", name, arrow(status, now));
  if (status == now) entry.headline += " as before";
  status = now;
  const std::string by = text_at(ticket, "by");
  if (!by.empty()) entry.headline += text(", by {}", by);
  const std::string remark = text_at(ticket, "remark");
  if (!remark.empty()) entry.details.push_back(text("“{}”", remark));
  return entry;
}

std::string Describer::made_ticket(const json::value& fact) const {
  const json::value& ticket = member_of(fact, "ticket");
  const std::string id = text_at(ticket, "for");
  return truth_at(ticket, "own") && !tickets_.contains(id) ? id : std::string();
}

Entry describe_decision(const json::value& decision) {
  const std::string state = text_at(decision, "state");
  const std::string until = text_at(decision, "until");
  Text what = state == "set" ? text("{} = {}", text_at(decision, "attribute"),
                                    value_words(member_of(decision, "value")))
                             : Text(state);
  Entry entry{text("decided {}: {}{}", text_at(decision, "element"), what,
                   until.empty() ? "" : " until " + until),
              {}};
  const std::string reason = text_at(decision, "reason");
  if (!reason.empty()) entry.details.push_back(text("“{}”", reason));
  return entry;
}

Entry describe_run(const json::value& run) {
  std::map<std::string, std::size_t> outcomes;
  for (const json::value& result : list_at(run, "results")) ++outcomes[text_at(result, "outcome")];
  Text counts;
  for (const char* outcome : {"failed", "error", "passed", "skipped", "absent"}) {
    if (outcomes[outcome] > 0)
      counts += text("{}{} {}", counts.empty() ? "" : ", ", outcomes[outcome], outcome);
  }
  const std::string component = text_at(run, "component");
  return {text("uploaded {}{}{}: {}", text_at(run, "suite"),
               component.empty() ? "" : " of " + component,
               text_at(run, "run").empty() ? "" : " " + text_at(run, "run"),
               counts.empty() ? Text("no results") : counts),
          {}};
}

Entry Describer::describe(const json::value& fact) {
  const json::object& members = fact.as_object();
  const std::string component = text_at(fact, "of");
  const std::string of = component.empty() ? "" : component + "/";
  const std::string kind = [&] {
    for (const auto& each : members) {
      if (each.key() != "of") return std::string(each.key());
    }
    return std::string();
  }();
  const json::value& body = member_of(fact, kind);
  if (kind == "answers") return describe_values("answered", "question", body, of);
  if (kind == "fields") return describe_values("set", "field", body, of);
  if (kind == "component") return describe_component(body);
  if (kind == "decision") return describe_decision(body);
  if (kind == "ticket") return describe_ticket(body);
  if (kind == "run") return describe_run(body);
  if (kind == "approve")
    return {text("approved {}", counted(list_at(body, "elements").size(), "element")), {}};
  if (kind == "told") {
    const bool is_link = text_at(body, "watched").rfind("link:", 0) == 0;
    return {text("{} ticket {}", is_link ? "related" : "wrote to", text_at(body, "for")), {}};
  }
  if (kind == "result")
    return {text("result {} {}: {}", text_at(body, "suite"), text_at(body, "id"),
                 text_at(body, "outcome")),
            {}};
  if (kind == "suite") return {text("retired suite {}", text_at(body, "suite")), {}};
  if (kind == "clock")
    return {text("brought later times back to {}", moment_words(text_at(body, "latest"))), {}};
  if (kind != "product") return {text("said `{}`", kind), {}};
  if (truth_at(body, "removed")) {
    is_made_ = false;
    return {"removed the product", {}};
  }
  const std::string title = text_at(body, "title");
  Entry entry{is_made_ ? "the product" : "made the product", {}};
  if (!title.empty()) entry.headline += text(" “{}”", title);
  is_made_ = true;
  return entry;
}

void print_entry(const std::string& at, const std::string& who, const Text& headline) {
  const Text line =
      who.empty() ? text("{}  {}", at, headline) : text("{}  {}  {}", at, strong(who), headline);
  print("{}\n", line.wrapped(terminal_width(), indent));
}

// Tickets that riskd made one after the other are one line.
struct MadeTickets {
  std::string at;
  std::vector<std::string> ids;
  void print_all() {
    if (ids.empty()) return;
    constexpr std::size_t most = 3;
    const std::vector<std::string> first(
        ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(most, ids.size())));
    print_entry(at, "riskd",
                text("made {}: {}{}", counted(ids.size(), "ticket"), joined(first),
                     ids.size() > most ? text(" and {} more", ids.size() - most) : Text()));
    ids.clear();
  }
};

// Why there was a change whose fact is not shown.
Text cause_of(const json::value& item) {
  const std::string cause = text_at(item, "cause");
  const std::string what = text_at(item, "fact-kind");
  if (cause == "time") return "time passed";
  if (cause.rfind("policy ", 0) == 0) return text("policy revision {}", cause.substr(7));
  return what.empty() ? Text(cause) : text("{}, {}", what, cause);
}

void print_history(const json::array& items, const std::string& element) {
  Describer describer(element);
  MadeTickets made;
  std::string last_fact;  // whose line was printed last
  std::string revision;   // of the policy under which the change before was
  for (const json::value& item : items) {
    const std::string at = moment_words(text_at(item, "at"));
    if (text_at(item, "kind") == "fact") {
      const json::value& fact = member_of(item, "fact");
      if (!fact.is_object()) continue;
      const std::string ticket = describer.made_ticket(fact);
      const Entry entry = describer.describe(fact);
      last_fact = "fact " + text_at(item, "seq");
      if (!ticket.empty() && text_at(item, "poster") == "riskd") {
        if (made.ids.empty()) made.at = at;
        made.ids.push_back(ticket);
        continue;
      }
      made.print_all();
      print_entry(at, text_at(item, "poster"), entry.headline);
      // Where it speaks of an earlier time.
      const std::string received = moment_words(text_at(item, "received"));
      if (!received.empty() && received != at)
        print("{}received {}\n", std::string(indent, ' '), received);
      for (const Text& detail : entry.details) {
        const Text line = text("{}{}", std::string(indent, ' '), detail);
        print("{}\n", line.wrapped(terminal_width(), indent + 2));
      }
    } else if (text_at(item, "kind") == "removed") {
      made.print_all();
      const json::value& removed = member_of(item, "removed");
      print_entry(
          at, "riskd",
          text("has removed superseded results that arrived from {} on; what still holds of "
               "them is kept",
               moment_words(text_at(removed, "since"))));
    } else {
      const Text lines = describer.describe_change(member_of(item, "change"));
      if (lines.empty()) continue;
      made.print_all();
      const std::string cause = text_at(item, "cause");
      if (cause != last_fact) print_entry(at, text_at(item, "poster"), cause_of(item));
      const std::string now = text_at(item, "policy");
      if (now != revision && cause != "policy " + now)
        print("{}under policy revision {}\n", std::string(indent, ' '), now);
      revision = now;
      print(lines);
    }
  }
  made.print_all();
}

int history(const std::string& given, const SharedOptions& options) {
  const Named named = split_element(given);
  std::string target = product_target(named.product, "/history");
  if (!named.element.empty()) target += "?element=" + client::encode(named.element);
  const auto items = ask_list(options, target);
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  print_history(*items, named.element);
  return exit_success;
}

}  // namespace

void add_history(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto element = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("history", "what changed in a product, when and why");
  command->add_option("PRODUCT[:ELEMENT]", *element)->required();
  command->footer(
      "Newest last; times are UTC. A fact that speaks of an earlier time says when it was "
      "received. If a change has many elements, the first are named; --json has "
      "all.\nThe revision of the policy is shown where it is another than before.\n\n"
      "Examples:\n  riskctl history shop\n  riskctl history shop:web.throttle-logins");
  command->callback([element, &options, &outcome] { outcome.code = history(*element, options); });
}

}  // namespace riskd::riskctl
