// What the workflow cannot show of Jira: tickets that are moved, deleted or hidden, answers that are
// none, and what a check of the configuration finds.
//
// usage: tracker_jira_cases --cloud URL --data-center URL, of stand-ins jira.mjs without faults
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::tests {
namespace {

namespace json = boost::json;
using namespace connectors;

int failures = 0;

void expect(bool good, const std::string& what) {
  if (good) return;
  fmt::print(stderr, "tracker_jira_cases: not so: {}\n", what);
  ++failures;
}

class Jira {
 public:
  Jira(bool cloud, std::string url) : cloud_(cloud), url_(std::move(url)) {}

  WebTrackerOptions options() {
    WebTrackerOptions options;
    options.name = "t";
    options.url = url_;
    options.user = "riskd@example.com";
    options.token = "secret";
    options.project = "SHOP";
    options.projects = {"SHOP"};
    options.cloud = cloud_;
    options.close_path = {"In Progress", "Done"};
    options.reopen_path = {"To Do"};
    options.first_wait = std::chrono::milliseconds(1);
    options.http = &http_;
    options.clock = [this] { return now_; };
    return options;
  }

  std::unique_ptr<Tracker> open(WebTrackerOptions with) {
    auto opened = open_web_tracker("jira", std::move(with));
    expect(opened.has_value(), "it opens");
    if (!opened) std::exit(1);
    return std::move(*opened);
  }

  void tell(const std::string& path, const json::value& body) {
    HttpRequest request;
    request.method = "POST";
    request.url = url_ + path;
    request.body = json::serialize(body);
    expect(http_.send(std::move(request)).has_value(), path + " is reported");
  }
  json::value counts() {
    HttpRequest request;
    request.url = url_ + "/__counts";
    const auto reply = http_.send(std::move(request));
    expect(reply.has_value(), "the stand-in counts");
    return reply ? json::parse(reply->body) : json::value();
  }
  void people(json::object wish) { tell("/__people", wish); }
  void answer(const std::string& path, const json::value& body) {
    tell("/__answer",
         json::object{{"path", (cloud_ ? "/rest/api/3" : "/rest/api/2") + path}, {"body", body}});
  }

  std::string make(Tracker& tracker, char digit) {
    NewTicket ticket;
    ticket.marker = std::string(64, digit);
    ticket.title = {{"A title", false}};
    ticket.body = {{"# What\n\n```\ncode\n```\n1. `one` ", false}, {"<of> [~admin] @all", true}};
    ticket.labels = {"two words", "riskd"};
    const auto made = tracker.create(ticket);
    expect(made.has_value(), made ? "" : made.error().message + " " + made.error().where);
    return made ? made->key : "";
  }

  const bool cloud_;
  const std::string url_;
  HttpClient http_;
  Instant now_{1'795'392'000'000};
};

const TicketView* with_marker(const TicketListing& listing, char digit) {
  for (const TicketView& each : listing.tickets) {
    if (each.marker == std::string(64, digit)) return &each;
  }
  return nullptr;
}

void moved_deleted_hidden(Jira& jira) {
  const auto tracker = jira.open(jira.options());
  const std::string stays = jira.make(*tracker, 'a'), moves = jira.make(*tracker, 'b'),
                    goes = jira.make(*tracker, 'c');
  jira.people({{"key", moves}, {"move", "OPS"}});
  jira.people({{"key", goes}, {"delete", true}});
  const ListRequest all{Instant{}, {"shop"}, {stays, moves, goes, "SHOP-1/../../x", "SHOP-99999"}};
  auto listing = tracker->list(all);
  for (int i = 0; i < 3; ++i) listing = tracker->list(all);  // the search is behind
  expect(listing.has_value(), "a key that is gone does not hide the others");
  if (!listing) return;
  const TicketView* view = with_marker(*listing, 'b');
  expect(view != nullptr && view->key.starts_with("OPS-"), "a moved ticket reports its new key");
  expect(with_marker(*listing, 'a') != nullptr, "the one that stayed is there");
  expect(with_marker(*listing, 'c') == nullptr && listing->unreadable.empty(), "one is deleted");
  expect(listing->tickets.size() == 2, "each ticket once");

  const auto closed = tracker->close(moves, "k", {{"Done.", false}}, "To Do");
  expect(closed && closed->status == "Done" && closed->key.starts_with("OPS-"),
         "a moved ticket is closed by its old key");
  expect(jira.make(*tracker, 'b').starts_with("OPS-"), "a moved ticket is found by its marker");
  expect(tracker->link(stays, moves).has_value() && tracker->link(stays, moves).has_value(),
         "a moved ticket is linked");

  // Searches may be behind: too many is harmless, too few is not.
  for (int i = 0; i < 3; ++i) {
    listing = tracker->list({Instant{jira.now_.ms}, {"shop"}, {stays, moves}});
    expect(listing.has_value(), "changes are listed");
  }
  expect(listing && with_marker(*listing, 'b') != nullptr, "a moved ticket's changes are seen");

  jira.people({{"hide", "SHOP"}});
  listing = tracker->list({Instant{}, {"shop"}, {stays}});
  expect(listing && listing->unreadable_keys == std::vector<std::string>{stays},
         "a ticket of a project that may not be seen is not deleted");
  jira.people({{"show", "SHOP"}});
}

void who_closed_and_why(Jira& jira) {
  const auto tracker = jira.open(jira.options());
  const std::string key = jira.make(*tracker, 'f');
  jira.people({{"key", key}, {"close", "Behind the gateway"}});
  const json::value before = jira.counts();
  auto listing = tracker->list({Instant{}, {"shop"}, {key}});
  for (int i = 0; i < 3; ++i)  // the search is behind
    listing = tracker->list({Instant{}, {"shop"}, {key}});
  const json::value after = jira.counts();
  for (const char* part : {"comment", "changelog"})
    expect(text_at(before, part) == text_at(after, part), "a listing asks for no past of a ticket");
  const TicketView* view = listing ? with_marker(*listing, 'f') : nullptr;
  expect(view != nullptr, "the ticket is listed");
  if (view == nullptr) return;
  expect(view->status == "Done" && view->closed == true, "it is closed");
  const auto by = tracker->origin(*view);
  expect(by && by->actor == Actor::person && by->person == "Jane" &&
             by->remark == "Behind the gateway",
         "who closed it is reported, and what they wrote");
  const auto reopened = tracker->reopen(key, "r", {{"Not done.", false}}, "Done");
  expect(reopened && reopened->closed == false && reopened->origin.actor == Actor::riskd,
         "it is open again, by riskd");
  // Many changes: more than a page of them.
  for (const char* status : {"In Progress", "To Do", "In Progress", "To Do", "In Progress"})
    jira.people({{"key", key}, {"status", status}, {"by", "riskd"}});
  jira.people({{"key", key}, {"status", "Done"}, {"by", "Jane"}});
  const auto late = tracker->close(key, "c", {{"No longer needed.", false}}, "To Do");
  expect(late && late->status == "Done" && late->closed == true &&
             late->origin.actor == Actor::person && late->origin.remark.empty(),
         "the last change counts, and an old comment is no remark to it");

  const std::string log = jira.cloud_ ? "/issue/" + key + "/changelog" : "/issue/" + key;
  jira.answer(log, jira.cloud_ ? json::value(json::object{{"values", 5}}) : json::value(5));
  expect(!tracker->origin(*view).has_value(), "a changelog that is none is an error");
}

void odd_answers(Jira& jira) {
  const auto tracker = jira.open(jira.options());
  const std::string key = jira.make(*tracker, 'd');
  const std::string search = jira.cloud_ ? "/search/jql" : "/search";
  const json::value odd[] = {nullptr,        5,
                             "text",         json::array{1},
                             json::object{}, json::object{{"issues", 7}, {"key", json::array{}}}};
  for (const json::value& each : odd) {
    jira.answer(search, each);
    expect(!tracker->list({Instant{}, {"shop"}, {key}}).has_value(), "a search without a list");
    jira.answer("/issue/" + key, each);
    expect(!tracker->close(key, "odd", {{"x", false}}, "To Do").has_value(),
           "no ticket in the answer");
    jira.answer("/issue/" + key + "/comment", each);
    expect(!tracker->close(key, "odd", {{"x", false}}, "To Do").has_value(),
           "no comments in the answer");
    jira.answer("/issue/" + key + "/transitions", each);
    expect(!tracker->close(key, "odd", {{"x", false}}, "To Do").has_value(), "no transitions");
    jira.answer("/myself", each);
    expect(!tracker->list({Instant{}, {"shop"}, {key}}).has_value(), "nobody asks");
    for (const char* path : {"/myself", "/project/SHOP", "/project/SHOP/statuses", "/issueLinkType",
                             "/issue/createmeta/SHOP/issuetypes"}) {
      jira.answer(path, each);
      expect(!tracker->check().findings.empty(), "a check says something");
    }
  }
  for (const json::value& each :
       {json::value(json::object{{"issues", {json::object{{"key", key}, {"id", "x"}}}}}),
        json::value(json::object{{"issues", {1, json::object{{"key", 3}, {"fields", 4}}}}})}) {
    jira.answer(search, each);
    const auto listing = tracker->list({Instant{}, {"shop"}, {key}});
    expect(listing && (with_marker(*listing, 'd') != nullptr || !listing->unreadable.empty()),
           "a damaged ticket is reported, or read by its key");
  }
  for (const char* bad : {"", "12", "SHOP-", "SHOP-1/comment", "SHOP-1?x", "../x", "SHOP-1 "})
    expect(!tracker->close(bad, "k", {}, "").has_value(), fmt::format("`{}` is no key", bad));
}

bool says(const CheckReport& report, const std::string& words) {
  return std::any_of(report.findings.begin(), report.findings.end(), [&](const CheckFinding& each) {
    return each.severity != CheckFinding::Severity::good &&
           each.message.find(words) != std::string::npos;
  });
}

void checks(Jira& jira) {
  CheckReport report = jira.open(jira.options())->check();
  for (const CheckFinding& each : report.findings)
    expect(each.severity == CheckFinding::Severity::good, "all is well, but: " + each.message);
  std::string statuses;
  for (const CheckStatus& each : report.statuses)
    statuses += each.name + (each.closed == true ? " (closed), " : ", ");
  expect(statuses == "To Do, In Progress, Done (closed), Closed (closed), ",
         "it reports the statuses, and not: " + statuses);

  WebTrackerOptions wrong = jira.options();
  wrong.projects = {"SHOP", "OPS", "NONE"};
  wrong.link_type = "Nothing";
  wrong.close_path = {"Resolved"};
  report = jira.open(wrong)->check();
  expect(says(report, "must have `Team`"), "a field that is required");
  expect(says(report, "project `NONE`"), "a project that is not there");
  expect(says(report, "no link `Nothing`"), "a link that is not there");
  expect(says(report, "no status `Resolved`"), "a status that is not there");
  wrong = jira.options();
  wrong.ticket_type = "Story";
  expect(says(jira.open(wrong)->check(), "no ticket of type `Story`"), "a type that is not there");
  wrong = jira.options();
  wrong.token = "other-secret";
  report = jira.open(wrong)->check();
  expect(says(report, "401"), "credentials");
  for (const CheckFinding& each : report.findings)
    expect(each.message.find("other-secret") == std::string::npos, "no secret is reported");

  wrong = jira.options();
  wrong.close_path = {"In Progress", "Done", "Closed"};
  const auto tracker = jira.open(wrong);
  const auto closed = tracker->close(jira.make(*tracker, 'e'), "k", {{"x", false}}, "");
  expect(!closed && closed.error().message.find("`Root cause`") != std::string::npos,
         "a field that a transition requires is named");
  wrong.project = "SHOP\" OR project = \"X";
  expect(!open_web_tracker("jira", wrong).has_value(), "a project is a key");
}

}  // namespace
}  // namespace riskd::tests

int main(int argc, char** argv) {
  using namespace riskd::tests;
  for (int i = 1; i + 1 < argc; i += 2) {
    Jira jira(std::string(argv[i]) == "--cloud", argv[i + 1]);
    moved_deleted_hidden(jira);
    who_closed_and_why(jira);
    odd_answers(jira);
    checks(jira);
  }
  fmt::print("jira: {} cases are not as they should be\n", failures);
  return failures == 0 ? 0 : 1;
}
