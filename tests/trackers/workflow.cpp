// Goes through the life of tickets in a tracker, again and again, over a wire that fails, with the
// tracker opened anew in the middle as after a kill; then asks the stand-in what is there.
//
// usage: tracker_workflow --kind KIND --url URL --project P [--token T] [--user U] [--type T]
//          [--label L] [--marker-field F] [--markup M] [--api cloud|data-center] [--close S,S…]
//          [--reopen S,S…] [--via URL] [--runs N] [--seed N] [--people yes] [--gone yes]
//          [--settle MS] [--timeout MS] [--check yes]
// `--url` is asked by the connector, `--via` (the same where it is missing) by the test itself:
//   GET  /__tickets?marker=M → [{"key", "title", "open", "marks": [effect marks of its comments],
//                                "links": [keys]}]
//   POST /__people {"key", "title"} → somebody changes the title
//   POST /__people {"key", "close": REASON} → {"person"}: somebody closes it, and says why in a comment
//   POST /__gone {"key", "how": "deleted"|"hidden"} → it cannot be read any more
// Time does not pass by itself here: waiting moves the clock.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::tests {
namespace {

namespace json = boost::json;
using namespace connectors;

std::map<std::string, std::string> arguments;

std::string argument(const std::string& name, const std::string& otherwise = {}) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? otherwise : found->second;
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

struct Dice {
  std::uint64_t state;
  std::uint64_t next() {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  bool one_in(std::uint64_t n) { return next() % n == 0; }
};

[[noreturn]] void give_up(const std::string& message) {
  fmt::print(stderr, "tracker_workflow: {}\n", message);
  std::exit(1);
}

class World {
 public:
  explicit World(std::uint64_t seed) : dice_{seed} { reopen(); }

  void reopen() {
    WebTrackerOptions options;
    options.name = "t";
    options.url = argument("url");
    options.user = argument("user");
    options.token = argument("token", "secret");
    options.project = argument("project");
    options.projects = {options.project};
    options.ticket_type = argument("type");
    options.label = argument("label");
    options.marker_field = argument("marker-field");
    options.markup = argument("markup");
    options.cloud = argument("api") == "cloud";
    options.close_path = listed(argument("close", "Done"));
    options.reopen_path = listed(argument("reopen", "To Do"));
    options.timeout = std::chrono::milliseconds(std::stoll(argument("timeout", "1500")));
    options.first_wait = std::chrono::milliseconds(2);
    options.write_pause = std::chrono::milliseconds(1);
    if (const std::string settle = argument("settle"); !settle.empty())
      options.settle = std::chrono::milliseconds(std::stoll(settle));
    options.http = &http_;
    options.clock = [this] { return now_; };
    auto opened = open_web_tracker(argument("kind"), options);
    if (!opened) give_up(opened.error().message);
    tracker_ = std::move(*opened);
    ++opened_;
  }

  // Tries until it is done, as the outbox does; in between the process may die, with or without an
  // answer that came back.
  template <typename Step>
  auto until_done(const std::string& what, const std::string& key, const Step& step) {
    std::string last;
    for (int attempt = 0; attempt < 200; ++attempt) {
      auto result = step(*tracker_);
      const bool dies = dice_.one_in(12);
      if (dies) reopen();
      if (std::exchange(sent_, false)) perhaps_made_ = now_;
      if (result && !dies) {
        perhaps_made_.reset();
        return std::move(*result);
      }
      if (!result && result.error().code != ErrorCode::unavailable) {
        give_up(fmt::format("{}: {} ({})", what, result.error().message, result.error().where));
      }
      if (!result) last = result.error().message + " " + result.error().where;
      now_ = std::max(Instant{now_.ms + 5'000}, tracker_->resume_at(key));
    }
    give_up(what + ": 200 tries were not enough: " + last);
  }

  json::value ask(const std::string& method, const std::string& path, std::string body = {}) {
    HttpRequest request;
    request.method = method;
    request.url = argument("via", argument("url")) + path;
    request.headers = {{"content-type", "application/json"}};
    request.body = std::move(body);
    const auto reply = http_.send(std::move(request));
    if (!reply || reply->status != 200)
      give_up(path + ": " + (reply ? std::to_string(reply->status) : reply.error().message));
    return json::parse(reply->body);
  }

  void check();
  void run(std::uint64_t number);
  NewTicket new_ticket(const std::string& marker, char which, const std::string& title);
  void withdraw(const std::string& marker);
  void people_close(const std::string& key, const TicketView& known, std::uint64_t number);
  void lose(const std::string& how, const std::string& key, const std::string& other);
  void compare(const std::string& marker, const std::string& key, bool open,
               const std::string& title, const std::vector<std::string>& effects,
               const std::string& linked, const std::string& absent = {});

  std::size_t opened_ = 0;

 private:
  Instant now_{1'795'392'000'000};
  Dice dice_;
  HttpClient http_;
  std::unique_ptr<Tracker> tracker_;
  // As riskd stores it: when a request that may make the ticket went out last.
  std::optional<Instant> perhaps_made_;
  bool sent_ = false;  // such a request, by the call that was made last
};

RichText text(const std::string& policy, const std::string& outside = {}) {
  RichText all{{policy, false}};
  if (!outside.empty()) all.push_back({outside, true});
  return all;
}

// What riskd remembers of a ticket's status.
std::string word_of(const TicketView& view) {
  return view.state.empty() ? view.status : view.state;
}

void expect_of_riskd(const std::string& what, const TicketView& view, bool closed) {
  if (view.origin.actor != Actor::riskd)
    give_up(fmt::format("{} {}: its status is not riskd's", what, view.key));
  if (view.closed != closed)
    give_up(fmt::format("{} {}: `{}` is not reported as {}", what, view.key, word_of(view),
                        closed ? "closed" : "open"));
}

// Prints what the tracker says of its configuration; an error ends the test.
void World::check() {
  bool good = true;
  for (const CheckFinding& each : tracker_->check().findings) {
    const bool bad = each.severity == CheckFinding::Severity::error;
    const bool warns = each.severity == CheckFinding::Severity::warning;
    fmt::print("{}: {}\n", bad ? "error" : warns ? "warning" : "good", each.message);
    good = good && !bad;
  }
  if (!good) give_up("the check of the configuration found an error");
}

NewTicket World::new_ticket(const std::string& marker, char which, const std::string& title) {
  NewTicket ticket;
  ticket.marker = marker;
  ticket.product = "shop";
  ticket.name = fmt::format("requirement--run-{}-{}", marker, which);
  ticket.title = text(title, " <of> @all #1");
  ticket.body = text("What to do.\n\n- one\n- two\n\n", "riskd:00ff\n`x` [a](b)");
  ticket.labels = {"security"};
  ticket.perhaps_made = perhaps_made_;
  ticket.before_making = [this]() -> Status {
    sent_ = true;
    return Done{};
  };
  return ticket;
}

// A ticket that is not wanted any more after some tries is found, exactly if it was made.
void World::withdraw(const std::string& marker) {
  const auto ticket = [&] { return new_ticket(marker, 'w', "Not wanted any more"); };
  for (std::uint64_t tries = dice_.next() % 3; tries > 0; --tries) {
    static_cast<void>(tracker_->create(ticket()));
    if (std::exchange(sent_, false)) perhaps_made_ = now_;
    if (dice_.one_in(3)) reopen();
    now_ = std::max(Instant{now_.ms + 5'000}, tracker_->resume_at(""));
  }
  const auto found =
      until_done("look for", "", [&](Tracker& tracker) { return tracker.look_for(ticket()); });
  const json::value there = ask("GET", "/__tickets?marker=" + marker);
  const json::array& tickets = there.as_array();
  if (tickets.size() > 1)
    give_up(fmt::format("{} tickets with the marker of one that is not wanted", tickets.size()));
  if (found.has_value() == tickets.empty())
    give_up(found ? found->key + " was found, and is not there"
                  : "a ticket was made, and not found");
  if (found && text_at(tickets.front(), "key") != found->key) give_up("another key: " + found->key);
}

void World::run(std::uint64_t number) {
  const auto marker = [&](char which) { return fmt::format("{:062x}0{}", number, which); };
  const auto create = [&](char which, const std::string& title) {
    return until_done("create", "", [&](Tracker& tracker) {
      return tracker.create(new_ticket(marker(which), which, title));
    });
  };
  const TicketView a = create('a', fmt::format("Requirement {}", number));
  const TicketView b = create('b', fmt::format("Vulnerability {}", number));
  expect_of_riskd("create", a, false);
  const auto effect = [&](const std::string& name) {
    return fmt::format("shop/{}/{}", number, name);
  };

  until_done("link", b.key, [&](Tracker& t) { return t.link(b.key, a.key); });
  until_done("comment", a.key,
             [&](Tracker& t) { return t.comment(a.key, effect("told"), text("A test: ", "*x*")); });
  std::string title;
  if (argument("people") == "yes") {
    title = fmt::format("Called otherwise {}", number);
    ask("POST", "/__people", json::serialize(json::object{{"key", a.key}, {"title", title}}));
  }
  const TicketView closed = until_done("close", a.key, [&](Tracker& t) {
    return t.close(a.key, effect("done"), text("Done."), word_of(a));
  });
  expect_of_riskd("close", closed, true);
  const auto seen = until_done("list", "", [&](Tracker& t) {
    return t.list({Instant{}, {"shop"}, {a.key, b.key}});
  });
  std::set<std::string> markers;
  for (const TicketView& each : seen.tickets) markers.insert(each.marker);
  if (!markers.contains(marker('a')) || !markers.contains(marker('b')))
    give_up(fmt::format("run {}: the listing lacks a ticket", number));
  until_done("changes", "", [&](Tracker& t) {
    return t.list({Instant{seen.asked_at.ms - 120'000}, {"shop"}, {a.key, b.key}});
  });
  const TicketView open = until_done("reopen", a.key, [&](Tracker& t) {
    return t.reopen(a.key, effect("again"), text("It is back."), word_of(closed));
  });
  expect_of_riskd("reopen", open, false);
  if (argument("people") == "yes") people_close(a.key, open, number);
  until_done("close", b.key, [&](Tracker& t) {
    return t.close(b.key, effect("passed"), text("It passes."), word_of(b));
  });
  std::vector<std::string> effects{effect("told"), effect("done"), effect("again")};
  if (argument("people") == "yes") effects.push_back(effect("back"));
  compare(marker('a'), a.key, true, title, effects, "", effect("late"));
  compare(marker('b'), b.key, false, "", {effect("passed")}, a.key);
  if (argument("gone") == "yes") {
    lose("hidden", a.key, b.key);
    lose("deleted", b.key, a.key);
  }
  withdraw(marker('c'));
}

// A person closes the open ticket: riskd, which does not know it yet, leaves it as it is and says who it
// was and why; and then opens it again, knowing it.
void World::people_close(const std::string& key, const TicketView& known, std::uint64_t number) {
  const std::string reason = fmt::format("Behind the gateway, {}", number);
  const auto effect = [&](const char* name) { return fmt::format("shop/{}/{}", number, name); };
  const json::value done =
      ask("POST", "/__people", json::serialize(json::object{{"key", key}, {"close", reason}}));
  const std::string person = text_at(done, "person");
  const auto expect_person = [&](const std::string& what, const StatusOrigin& origin) {
    if (origin.actor != Actor::person || origin.person != person || origin.remark != reason)
      give_up(fmt::format("{} {}: `{}` said `{}`, and not {}: {}", what, key, origin.person,
                          origin.remark, person, reason));
  };
  const TicketView seen = until_done("close", key, [&](Tracker& t) {
    return t.close(key, effect("late"), text("No longer needed."), word_of(known));
  });
  expect_person("close", seen.origin);
  if (seen.closed != true) give_up(key + " was closed by a person, and is open");
  expect_person("origin", until_done("origin", key, [&](Tracker& t) { return t.origin(seen); }));
  const TicketView open = until_done("reopen", key, [&](Tracker& t) {
    return t.reopen(key, effect("back"), text("A test still fails."), word_of(seen));
  });
  expect_of_riskd("reopen", open, false);
}

// Somebody deletes or hides the ticket `key`. What is hidden does not count as deleted.
void World::lose(const std::string& how, const std::string& key, const std::string& other) {
  ask("POST", "/__gone", json::serialize(json::object{{"key", key}, {"how", how}}));
  const auto seen = until_done("list", "", [&](Tracker& t) {
    return t.list({Instant{}, {"shop"}, {key, other}});
  });
  const auto& unread = seen.unreadable_keys;
  const bool unknown = std::find(unread.begin(), unread.end(), key) != unread.end();
  if (unknown != (how == "hidden"))
    give_up(fmt::format("{} is {}, and {} as unreadable", key, how,
                        unknown ? "reported" : "not reported"));
  for (const TicketView& each : seen.tickets) {
    if (each.key == key) give_up(fmt::format("{} is {}, and in the listing", key, how));
  }
}

void World::compare(const std::string& marker, const std::string& key, bool open,
                    const std::string& title, const std::vector<std::string>& effects,
                    const std::string& linked, const std::string& absent) {
  const json::value found = ask("GET", "/__tickets?marker=" + marker);
  const json::array& tickets = found.as_array();
  if (tickets.size() != 1)
    give_up(fmt::format("{} tickets with the marker of {}", tickets.size(), key));
  const json::value& ticket = tickets.front();
  if (text_at(ticket, "key") != key) give_up("another key: " + text_at(ticket, "key"));
  if (ticket.at("open").as_bool() != open)
    give_up(fmt::format("{} is {}", key, open ? "closed" : "open"));
  if (!title.empty() && text_at(ticket, "title") != title)
    give_up(fmt::format("{} is called `{}`", key, text_at(ticket, "title")));
  std::map<std::string, int> marks;
  for (const json::value& mark : array_at(ticket, "marks")) ++marks[text_of(&mark)];
  for (const std::string& effect : effects) {
    if (marks[effect_mark(effect)] != 1)
      give_up(fmt::format("{}: {} comments of `{}`", key, marks[effect_mark(effect)], effect));
  }
  if (marks.contains(effect_mark(absent)))
    give_up(fmt::format("{}: a comment of `{}`, which was not to be made", key, absent));
  if (linked.empty()) return;
  int links = 0;
  for (const json::value& each : array_at(ticket, "links")) links += text_of(&each) == linked;
  if (links != 1) give_up(fmt::format("{} links from {} to {}", links, key, linked));
}

}  // namespace
}  // namespace riskd::tests

int main(int argc, char** argv) {
  using namespace riskd::tests;
  for (int i = 1; i + 1 < argc; i += 2) arguments[std::string(argv[i]).substr(2)] = argv[i + 1];
  const auto number = [](const char* name, const char* otherwise) {
    return std::strtoull(argument(name, otherwise).c_str(), nullptr, 10);
  };
  const std::uint64_t runs = number("runs", "20"), seed = number("seed", "1");
  World world(seed);
  if (argument("check") == "yes") world.check();
  for (std::uint64_t i = 1; i <= runs; ++i) world.run(seed * 1'000'000 + i);
  fmt::print(
      "{} runs, seed {}: one ticket for each marker, one comment for each effect, one link; {} "
      "times "
      "opened anew; faults: {}\n",
      runs, seed, world.opened_, boost::json::serialize(world.ask("GET", "/__faults")));
}
