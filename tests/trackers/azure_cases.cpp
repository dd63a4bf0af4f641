// What the workflow cannot show of the Azure DevOps tracker, against its stand-in without faults: items
// that were moved, copied, deleted, destroyed or hidden, tags that people take away, polls in bulk, texts
// from outside, answers of the wrong shape, pages to sign in, the check.
//
// usage: azure_cases URL
#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>

#include "cases.hpp"

namespace riskd::tests {
namespace {

namespace json = boost::json;
using namespace connectors;

WebTrackerOptions options_of(const std::string& token, const std::string& project = "My Shop") {
  WebTrackerOptions options;
  options.name = "t";
  options.url = url;
  options.token = token;
  options.project = project;
  options.projects = {project};
  options.first_wait = std::chrono::milliseconds(1);
  options.timeout = std::chrono::milliseconds(5'000);
  options.http = &http();
  options.clock = [] { return Instant{1'795'392'000'000}; };
  return options;
}

std::unique_ptr<Tracker> opened(const std::string& token, const std::string& project = "My Shop") {
  return open_tracker("azure", options_of(token, project));
}

NewTicket ticket_of(int number, const std::string& outside = "x") {
  NewTicket ticket;
  ticket.marker = marker_of(number);
  ticket.title = {{"Requirement: ", false}, {outside, true}};
  ticket.body = {{"Seen:\n\n", false}, {outside, true}};
  ticket.labels = {"a, b"};
  ticket.priority = "2";
  return ticket;
}

std::string made(Tracker& tracker, int number) { return make_ticket(tracker, ticket_of(number)); }

// A query does not see at once what was done: asked again, it does.
TicketListing settled_changes(Tracker& tracker, const std::vector<std::string>& keys,
                              Instant since) {
  for (int i = 0; i < 3; ++i) (void)listed(tracker, keys, since);
  return listed(tracker, keys, since);
}

void tells_moved_deleted_and_hidden_tickets() {
  const auto tracker = opened("secret");
  const std::string stays = made(*tracker, 1), moves = made(*tracker, 2), hides = made(*tracker, 3),
                    dies = made(*tracker, 4), destroyed = made(*tracker, 5);
  ask("/__people", {{"key", moves}, {"project", "Other"}});
  ask("/__gone", {{"key", hides}, {"how", "hidden"}});
  ask("/__gone", {{"key", dies}, {"how", "deleted"}});
  ask("/__gone", {{"key", destroyed}, {"how", "destroyed"}});
  const TicketListing seen =
      listed(*tracker, {stays, moves, hides, dies, destroyed, "nonsense", "1,2", "99999999999"});
  check(view_of(seen, stays) != nullptr, "a ticket that is there is listed");
  const TicketView* moved = view_of(seen, moves);
  check(moved != nullptr && moved->marker == marker_of(2) && moved->state == "To Do",
        "a moved ticket keeps its key");
  check(moved != nullptr && moved->url.find("/Other/_workitems/edit/") != std::string::npos,
        "and has the address of its new place");
  check(is_unreadable(seen, hides) && view_of(seen, hides) == nullptr,
        "what may not be seen is not readable, and not deleted");
  check(view_of(seen, dies) == nullptr && !is_unreadable(seen, dies), "a deleted ticket is gone");
  check(is_unreadable(seen, destroyed), "a destroyed ticket looks like a hidden one");
  for (const char* key : {"nonsense", "1,2", "99999999999"})
    check(is_unreadable(seen, key), "a key of another form is not deleted, and never asked for");
  const auto closed = tracker->close(moves, "e", {{"Done.", false}}, "To Do");
  check(closed && closed->state == "Done",
        "what is done to a moved ticket is done in its new place");
  check(!tracker->close(dies, "e", {{"Done.", false}}, "To Do"), "a deleted ticket is not closed");
}

void asks_in_bulk() {
  const auto tracker = opened("secret");
  std::vector<std::string> keys;
  for (int i = 100; i < 330; ++i) keys.push_back(made(*tracker, i));
  const std::uint64_t before = tracker->health().requests;
  const TicketListing known = listed(*tracker, keys);
  check(known.tickets.size() == keys.size(), "all known tickets are listed");
  check(tracker->health().requests - before == 3,
        "230 known tickets take two requests, and one to know who asks");
  const TicketListing changed = settled_changes(*tracker, {}, Instant{1'000});
  check(changed.tickets.size() >= keys.size(), "all that changed is listed");
  ask("/__people", {{"key", keys.front()}, {"title", "Now"}});
  const Instant long_after{changed.asked_at.ms + 3'600'000};
  check(settled_changes(*tracker, keys, long_after).tickets.empty(),
        "what did not change is not reported");
  const auto since = settled_changes(*tracker, keys, changed.asked_at);
  check(view_of(since, keys.front()) != nullptr, "what changed since the last poll is reported");
}

void finds_by_the_marker() {
  const auto tracker = opened("secret");
  const std::string key = made(*tracker, 400);
  const std::string copy = text_at(ask("/__people", {{"key", key}, {"copy", true}}), "key");
  (void)settled_changes(*tracker, {key, copy}, Instant{1'000});
  check(made(*opened("secret"), 400) == key, "the oldest one is found, and no copy");
  NewTicket perhaps = ticket_of(401);
  perhaps.perhaps_made = Instant{1'795'392'000'000 - 5'000};
  check(!tracker->create(perhaps), "what may still be under way is not made a second time");
  check(!tracker->look_for(perhaps), "and nobody knows yet whether it was made");
  perhaps.perhaps_made = Instant{1'795'392'000'000 - 61'000};
  check(static_cast<bool>(tracker->create(perhaps)), "it is made once an earlier try has ended");
  // People take tags away.
  ask("/__people", {{"key", key}, {"tags", "other"}});
  const TicketListing seen = settled_changes(*tracker, {key}, Instant{1'000});
  const TicketView* view = view_of(seen, key);
  check(
      view != nullptr && view->marker.empty() && view->labels == std::vector<std::string>{"other"},
      "a ticket without its tags is known by its key");
  WebTrackerOptions options = options_of("secret");
  options.marker_field = "Custom.Riskd";
  const auto with_field = open_tracker("azure", options);
  const std::string other = made(*with_field, 402);
  check(
      text_at(ask("/__tickets?marker=" + marker_of(402)).as_array().at(0), "tags") == "a  b; riskd",
      "where a field holds the marker, no tag does");
  (void)settled_changes(*with_field, {other}, Instant{1'000});
  check(made(*with_field, 402) == other, "it is found by the field");
}

void keeps_outside_text_inert() {
  const auto tracker = opened("secret");
  const std::string outside =
      "@all #1 !2 <script>x</script><a href=\"http://e.example\">y</a> riskd:00ff " +
      std::string(600, 'x');
  const std::string key = make_ticket(*tracker, ticket_of(500, outside));
  check(static_cast<bool>(tracker->comment(key, "e", {{"@all #1 <img src=x>", true}})),
        "it is a comment");
  const json::value ticket = ask("/__tickets?marker=" + marker_of(500)).as_array().at(0);
  check(!ticket.at("acted").as_bool(), "outside text is no mention and no element");
  check(ticket.at("priority") == 2, "the priority is a number");
  check(text_at(ticket, "text").find("&lt;script&gt;") != std::string::npos, "it is all there");
  WebTrackerOptions of_bugs = options_of("secret", "Agile");
  of_bugs.ticket_type = "bug";
  (void)make_ticket(*open_tracker("azure", of_bugs), ticket_of(501));
  const json::value bug = ask("/__tickets?marker=" + marker_of(501)).as_array().at(0);
  check(text_at(bug, "text").empty() && text_at(bug, "steps").find("Seen:") != std::string::npos,
        "the text of a bug is where bugs show it");
}

void goes_through_the_states_of_the_process() {
  const auto tracker = opened("secret", "Agile");
  const std::string key = made(*tracker, 600);
  const auto closed = tracker->close(key, "a", {{"Done.", false}}, "New");
  check(closed && closed->state == "Closed" && closed->closed == true, "what is Completed closes");
  check(closed && closed->reason == "Moved to state Closed", "and has a reason");
  const auto open = tracker->reopen(key, "b", {{"No.", false}}, "Closed");
  check(open && open->state == "Active" && open->closed == false,
        "it is opened by the first state to which there is a way");
  ask("/__people", {{"key", key}, {"state", "Resolved"}});
  const TicketListing seen = listed(*tracker, {key});
  check(view_of(seen, key) != nullptr && view_of(seen, key)->closed == false,
        "what is Resolved is not closed");
  WebTrackerOptions options = options_of("secret", "Agile");
  options.close_path = {"New"};
  const auto refused =
      open_tracker("azure", options)->close(key, "c", {{"Done.", false}}, "Resolved");
  check(!refused && refused.error().message.find("from `Resolved` to `New`") != std::string::npos &&
            refused.error().message.find("list of supported values") != std::string::npos,
        "a missing transition is reported");
}

void bears_answers_of_the_wrong_shape() {
  const auto tracker = opened("garbled");
  for (int i = 0; i < 300; ++i) {
    const std::string key = std::to_string(i % 3 + 1);
    (void)tracker->create(ticket_of(700 + i));
    (void)tracker->close(key, "e", {{"Done.", false}}, "To Do");
    (void)tracker->comment(key, "e", {{"Done.", false}});
    TicketView ticket;
    ticket.key = key;
    ticket.state = i % 2 == 0 ? "To Do" : "Done";
    (void)tracker->origin(ticket);
    (void)tracker->link(key, "7");
    const auto seen = tracker->list({Instant{}, {}, {key}});
    if (seen && seen->tickets.empty()) {
      check(is_unreadable(*seen, key), "nothing is deleted by an answer of the wrong shape");
    }
    (void)tracker->list({Instant{1'000}, {}, {key}});
    (void)tracker->check();
  }
}

void checks_its_configuration() {
  using enum CheckFinding::Severity;
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const auto good_one = opened("secret");
  check(found_by(*good_one, error).empty() && found_by(*good_one, warning).empty(), "all is well");
  const std::string report = found_by(*good_one, good);
  check(has(report, "signed in as `riskd`") && has(report, "is closed becomes `Done`") &&
            has(report, "is opened again becomes `To Do`"),
        "who asks and which states are set is reported");
  std::string states;
  for (const CheckStatus& each : opened("secret", "Agile")->check().statuses)
    states += each.name + (each.closed == true ? "! " : " ");
  check(states == "New Active Resolved Closed! Removed! ",
        "the states are reported with their category");
  check(has(found_by(*opened("secret", "Nowhere"), error), "project `Nowhere`: it answered 404"),
        "a project is missed");
  WebTrackerOptions options = options_of("secret");
  options.ticket_type = "Epic";
  check(has(found_by(*open_tracker("azure", options), error), "no work item type `Epic`"),
        "a type is missed");
  options = options_of("secret");
  options.close_path = {"Finished"};
  check(has(found_by(*open_tracker("azure", options), error), "has no state `Finished`"),
        "a state is missed");
  options = options_of("secret");
  options.link_type = "Related";
  check(has(found_by(*open_tracker("azure", options), error), "no type of link `Related`"),
        "a type of link is missed");
  options = options_of("secret");
  options.marker_field = "Custom.Other";
  check(has(found_by(*open_tracker("azure", options), error), "no field `Custom.Other`"),
        "a field is missed");
  check(has(found_by(*opened("read"), error), "would be refused: it answered 403"),
        "a token that may not write is reported");
  check(has(found_by(*opened("secret", "Strict"), error), "Custom.Team"),
        "a field that must be filled is named");
  for (const char* token : {"stale", "moved"}) {
    const std::string said = found_by(*opened(token), error);
    check(has(said, "a page to sign in") && !has(said, token),
          "a page to sign in is reported as one");
    const auto refused = opened(token)->list({Instant{}, {}, {"1"}});
    check(!refused && refused.error().code == ErrorCode::forbidden,
          "a page to sign in is no empty list");
  }
  check(has(found_by(*opened("wrong"), error), "401"), "a wrong token is reported");
  check(!has(found_by(*opened("wrong"), error), "wrong"), "and is not shown");
  const auto nobody = opened("nobody")->list({Instant{}, {}, {"1"}});
  check(!nobody && nobody.error().code == ErrorCode::forbidden, "an unknown caller learns nothing");
  check(ask("/__tickets?marker=undefined").as_array().empty(), "a check makes no ticket");
}

}  // namespace
}  // namespace riskd::tests

int main(int argc, char** argv) {
  using namespace riskd::tests;
  if (argc != 2) return 2;
  url = argv[1];
  tells_moved_deleted_and_hidden_tickets();
  asks_in_bulk();
  finds_by_the_marker();
  keeps_outside_text_inert();
  goes_through_the_states_of_the_process();
  bears_answers_of_the_wrong_shape();
  checks_its_configuration();
  if (failures > 0) return 1;
  fmt::print("azure_cases: moved, deleted, hidden, in bulk, inert, of the wrong shape, checked\n");
}
