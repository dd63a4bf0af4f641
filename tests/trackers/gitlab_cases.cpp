// What the workflow cannot show of the GitLab tracker, against its stand-in without faults: tickets that
// were moved, deleted, or can no longer be seen, polls in bulk, answers of the wrong shape, the check.
//
// usage: gitlab_cases URL
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "cases.hpp"
#include "connectors/trackers/gitlab_json.hpp"

namespace riskd::tests {
namespace {

namespace json = boost::json;
using namespace connectors;

const std::string shop = "group/sub/shop";

std::unique_ptr<Tracker> opened(const std::string& token, const std::string& project = shop) {
  WebTrackerOptions options;
  options.name = "t";
  options.url = url;
  options.token = token;
  options.project = project;
  options.projects = {project, "group/other"};
  options.first_wait = std::chrono::milliseconds(1);
  options.timeout = std::chrono::milliseconds(5'000);
  options.http = &http();
  options.clock = [] { return Instant{1'795'392'000'000}; };
  return open_tracker("gitlab", options);
}

NewTicket ticket_of(int number, const std::string& outside = "x") {
  NewTicket ticket;
  ticket.marker = marker_of(number);
  ticket.title = {{"Requirement: ", false}, {outside, true}};
  ticket.body = {{"Seen:\n\n", false}, {outside, true}};
  ticket.labels = {"a, b"};
  ticket.priority = "high";
  return ticket;
}

std::string made(Tracker& tracker, int number) { return make_ticket(tracker, ticket_of(number)); }

void tell_moved_deleted_and_hidden_tickets() {
  const auto tracker = opened("secret"), root = opened("admin");
  const std::string stays = made(*tracker, 1), goes = made(*tracker, 2), hides = made(*tracker, 3),
                    dies = made(*tracker, 4);
  const std::string there =
      text_at(ask("/__people", {{"key", goes}, {"move", "group/other"}}), "key");
  const std::string away =
      text_at(ask("/__people", {{"key", hides}, {"move", "group/hidden"}}), "key");
  ask("/__people", {{"key", dies}, {"delete", true}});
  const std::vector<std::string> keys{stays,      goes,      hides, dies, "group/hidden#1",
                                      "nonsense", "a/../b#1"};
  for (const Instant since : {Instant{}, Instant{1'000}}) {
    const TicketListing seen = listed(*tracker, keys, since);
    check(view_of(seen, stays) != nullptr, "a ticket that is there is listed");
    const TicketView* moved = view_of(seen, there);
    check(moved != nullptr && moved->marker == marker_of(2) && moved->state == "open",
          "a moved ticket is reported with the key of its new place");
    check(view_of(seen, goes) == nullptr, "what a moved ticket has left is not listed as closed");
    check(is_unreadable(seen, hides) && view_of(seen, hides) == nullptr,
          "what was moved to where nobody may look is not readable, and not deleted");
    check(view_of(seen, dies) == nullptr && !is_unreadable(seen, dies), "a deleted ticket is gone");
    if (since.ms > 0) continue;
    check(is_unreadable(seen, "group/hidden#1"), "a ticket of a hidden project is not deleted");
    check(is_unreadable(seen, "nonsense") && is_unreadable(seen, "a/../b#1"),
          "a key of another form is not deleted, and never asked for");
  }
  const TicketListing all = listed(*root, {hides});
  check(view_of(all, away) != nullptr, "an administrator's token follows a moved ticket anywhere");
  const auto closed = tracker->close(goes, "e", {{"Done.", false}}, "open");
  check(closed && closed->key == there && closed->state == "closed",
        "what is done to a moved ticket is done in its new place");
  check(closed && closed->origin.actor == Actor::riskd, "and is riskd's");

  ask("/__people", {{"key", stays}, {"off", true}});
  check(is_unreadable(listed(*tracker, {stays}), stays),
        "tickets of a project whose issues are switched off are not deleted");
  ask("/__people", {{"key", stays}, {"off", false}});
}

void asks_in_bulk() {
  const auto tracker = opened("secret");
  std::vector<std::string> keys;
  for (int i = 100; i < 240; ++i) keys.push_back(made(*tracker, i));
  const std::uint64_t before = tracker->health().requests;
  const TicketListing known = listed(*tracker, keys);
  check(known.tickets.size() == keys.size(), "all known tickets are listed");
  check(tracker->health().requests - before == 3, "140 known tickets take three requests");
  const std::uint64_t then = tracker->health().requests;
  const TicketListing changed = listed(*tracker, {}, Instant{1'000});
  check(changed.tickets.size() >= keys.size(), "all pages of what changed are read");
  check(tracker->health().requests - then <= 16, "what changed is asked for by pages");
  check(listed(*tracker, {}, {changed.asked_at.ms + 60'000}).tickets.empty(),
        "what did not change is not reported");
}

void finds_without_the_search() {
  const std::string key = made(*opened("secret"), 300);
  ask("/__people", {{"key", key}, {"labels", json::array{"other"}}});
  check(made(*opened("secret"), 300) == key, "it is found though its label was taken off");
  const std::string others = made(*opened("admin"), 301);
  check(made(*opened("secret"), 301) == others, "it is found though another user made it");
  const auto tracker = opened("secret");
  const std::string gone = made(*tracker, 302);
  check(made(*tracker, 302) == gone, "a ticket is made once");
  ask("/__people", {{"key", gone}, {"delete", true}});
  const auto first = tracker->create(ticket_of(302));
  check(!first && first.error().code == ErrorCode::unavailable,
        "a deleted ticket is looked for again");
  check(made(*tracker, 302) != gone, "and then made anew");
  check(made(*opened("secret", "42"), 300) == key, "a project may go by its number");
  NewTicket perhaps = ticket_of(303);
  perhaps.perhaps_made = Instant{1'795'392'000'000 - 5'000};
  check(!tracker->create(perhaps), "what may still be under way is not made a second time");
  check(!tracker->look_for(perhaps), "and nobody knows yet whether it was made");
  perhaps.perhaps_made = Instant{1'795'392'000'000 - 61'000};
  check(static_cast<bool>(tracker->create(perhaps)), "it is made once an earlier try has ended");
}

void keeps_outside_text_inert() {
  const auto tracker = opened("secret");
  const std::string outside = "/close @all #1 !2 %3 &4 http://e.example " + std::string(2'000, 'x');
  const auto view = tracker->create(ticket_of(400, outside));
  check(view && view->state == "open", "outside text closes nothing");
  if (!view) return;
  check(static_cast<bool>(tracker->comment(view->key, "e", {{"/close", true}})), "it is a comment");
  const json::value ticket = ask("/__tickets?marker=" + marker_of(400)).as_array().at(0);
  check(!ticket.at("acted").as_bool(), "outside text is no quick action");
  check(ticket.at("open").as_bool(), "it is open");
  const std::string title = text_at(ticket, "title"), body = text_at(ticket, "description");
  for (const char* act : {"@all", "#1", "!2", "%3", "&4", "://", "&amp;4"}) {
    check(title.find(act) == std::string::npos, fmt::format("`{}` does not act in a title", act));
    check(body.find(act) == std::string::npos, fmt::format("`{}` does not act in a text", act));
  }
  check(json::serialize(ticket.at("labels")) == R"(["riskd","a  b","priority::high"])",
        "a comma in a label makes no second one");
}

void tells_who_closed_and_why() {
  const auto tracker = opened("secret");
  const std::string key = made(*tracker, 600), other = made(*tracker, 601);
  ask("/__people", {{"key", other}, {"duplicate", key}});
  TicketListing seen = listed(*tracker, {key, other});
  const TicketView* duplicate = view_of(seen, other);
  check(duplicate != nullptr && duplicate->closed == true && duplicate->reason == "duplicate",
        "a duplicate is reported as such");
  const TicketView* open = view_of(seen, key);
  check(open != nullptr && open->closed == false && open->reason.empty(),
        "an open one has no reason");
  if (duplicate == nullptr || open == nullptr) return;
  const auto by = tracker->origin(*duplicate);
  check(by && by->actor == Actor::person && by->person == "Jane Doe" && by->remark.empty(),
        "who closed it is reported, and GitLab's own notes are no remark");
  const auto made_by = tracker->origin(*open);
  check(made_by && made_by->actor == Actor::riskd, "an open ticket is as riskd made it");
  const auto reopened = tracker->reopen(other, "r", {{"No.", false}}, "closed");
  check(reopened && reopened->origin.actor == Actor::riskd && reopened->reason.empty(),
        "what is open again is no duplicate");
  check(reopened && tracker->origin(*reopened)->actor == Actor::riskd,
        "its events say who did that");

  const std::uint64_t before = tracker->health().requests;
  seen = listed(*tracker, {key, other});
  check(tracker->health().requests - before == 1, "listings ask nothing more for a ticket");
  // A token of a kind that has no user: then the mark of the effect decides.
  const auto others = opened("anonymous");
  const auto closed = others->close(key, "a", {{"Done.", false}}, "open");
  check(closed && closed->origin.actor == Actor::riskd, "it is riskd that closes");
  const auto again = others->close(key, "a", {{"Done.", false}}, "open");
  check(again && again->origin.actor == Actor::riskd, "the effect's mark says so, too");
  const auto late = others->reopen(key, "b", {{"No.", false}}, "a state of before");
  check(late && late->state == "closed" && late->origin.actor == Actor::person,
        "without it the status is somebody's, and stays");
}

void bears_answers_of_the_wrong_shape() {
  const auto tracker = opened("garbled");
  for (int i = 0; i < 300; ++i) {
    const std::string key = shop + "#" + std::to_string(i % 3 + 1);
    (void)tracker->create(ticket_of(500 + i));
    (void)tracker->close(key, "e", {{"Done.", false}}, "open");
    TicketView ticket;
    ticket.key = key;
    ticket.state = i % 2 == 0 ? "open" : "closed";
    (void)tracker->origin(ticket);
    (void)tracker->link(key, shop + "#7");
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
  const auto good_one = opened("admin"), soon = opened("secret"), reads = opened("read"),
             bot = opened("bot"), nobody = opened("wrong"), off = opened("secret", "group/off"),
             lost = opened("secret", "group/none");
  check(found_by(*good_one, error).empty() && found_by(*good_one, warning).empty(), "all is well");
  const auto states = good_one->check().states;
  check(states == decltype(states){{"closed", ""}, {"closed", "duplicate"}}, "ways to be closed");
  check(found_by(*soon, warning).find("expires on") != std::string::npos,
        "a token's expiry is reported");
  check(found_by(*reads, error).find("scope `api`") != std::string::npos, "a scope is missed");
  check(found_by(*bot, warning).find("cannot be seen") != std::string::npos, "a bot's token");
  check(found_by(*bot, error).find("too low") != std::string::npos, "a guest is too low");
  check(found_by(*nobody, error).find("401") != std::string::npos, "a wrong token is reported");
  check(found_by(*nobody, error).find("wrong") == std::string::npos, "and is not shown");
  ask("/__people", {{"key", "group/off#1"}, {"off", true}});
  check(found_by(*off, error).find("switched off") != std::string::npos, "issues are off");
  check(found_by(*lost, error).find("group/none") != std::string::npos, "a project is missed");
  const auto refused = nobody->list({Instant{}, {}, {shop + "#1"}});
  check(!refused && refused.error().code == ErrorCode::forbidden, "who is unknown learns nothing");
}

void knows_the_form_of_keys() {
  for (const char* good : {"a/b#1", "group/sub/a.b-c_d#999", "42#7"})
    check(parse_gitlab_key(good).has_value(), good);
  for (const char* bad :
       {"", "#1", "a#1", "a/b", "a/b#", "a/b#0", "a/b#01", "a/b#1x", "a//b#1", "/a/b#1", "a/b/#1",
        "a/../b#1", "a/b?x#1", "a/b#9999999999999999999", "a b/c#1", "-a/b#1", "a/b#-1"})
    check(!parse_gitlab_key(bad).has_value(), fmt::format("`{}` is no key", bad));
}

}  // namespace
}  // namespace riskd::tests

int main(int argc, char** argv) {
  using namespace riskd::tests;
  if (argc != 2) return 2;
  url = argv[1];
  knows_the_form_of_keys();
  tell_moved_deleted_and_hidden_tickets();
  finds_without_the_search();
  keeps_outside_text_inert();
  asks_in_bulk();
  tells_who_closed_and_why();
  bears_answers_of_the_wrong_shape();
  checks_its_configuration();
  if (failures > 0) return 1;
  fmt::print("gitlab_cases: moved, deleted, hidden, in bulk, inert, of the wrong shape, checked\n");
}
