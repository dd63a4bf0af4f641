// A ticket that is not wanted any more while its making is uncertain: it is looked for until that is certain.
#include <map>

#include "daemon/log/local_log.hpp"
#include "daemon/log/restore.hpp"
#include "daemon/service/effect_sender.hpp"
#include "daemon/service/load.hpp"
#include "daemon/service/marker.hpp"
#include "daemon/store/backup.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_withdrawn_test {
namespace {

constexpr std::int64_t settle_ms = 60'000;

// A tracker whose search is behind, and whose answers may be lost. It outlives riskd.
class FakeTracker final : public connectors::Tracker {
 public:
  explicit FakeTracker(const Instant& now) : now_(now) {}

  bool is_down = false;
  bool loses_answers = false;   // of requests that make a ticket
  bool drops_requests = false;  // the same, and nothing is made
  std::int64_t search_is_behind_ms = 0;
  std::function<void()> while_it_searches = [] {};  // of the next one
  std::function<void()> while_it_makes = [] {};
  int searches = 0, makes = 0;
  std::map<std::string, std::string> closed;  // by key, the note

  std::string_view name() const override { return "files"; }
  std::string_view kind() const override { return "directory"; }

  Result<std::optional<connectors::TicketView>> look_for(
      const connectors::NewTicket& ticket) override {
    if (is_down) return fail(ErrorCode::unavailable, "connection refused");
    ++searches;
    std::exchange(while_it_searches, [] {})();
    projects.push_back(ticket.project);
    for (const Made& each : made_) {
      if (each.view.marker == ticket.marker && each.at.ms + search_is_behind_ms <= now_.ms)
        return std::optional(each.view);
    }
    if (ticket.perhaps_made && now_.ms < ticket.perhaps_made->ms + settle_ms)
      return fail(ErrorCode::unavailable, "it may still show");
    return std::optional<connectors::TicketView>();
  }

  Result<connectors::TicketView> create(const connectors::NewTicket& ticket) override {
    auto known = look_for(ticket);
    if (!known) return failure(known);
    if (*known) return std::move(**known);
    if (Status ready = ticket.ready(); !ready) return failure(ready);
    if (drops_requests) return fail(ErrorCode::unavailable, "no answer");
    ++makes;
    connectors::TicketView view;
    view.key = "T-" + std::to_string(makes);
    view.marker = ticket.marker;
    view.status = "To Do";
    view.origin.actor = connectors::Actor::riskd;
    made_.push_back({view, now_});
    while_it_makes();
    if (loses_answers) return fail(ErrorCode::unavailable, "no answer");
    return view;
  }

  Result<connectors::TicketView> close(const std::string& key, const std::string&,
                                       const RichText& comment, const std::string&) override {
    closed[key] = to_plain(comment);
    connectors::TicketView view;
    view.key = key;
    view.status = "Done";
    view.origin.actor = connectors::Actor::riskd;
    return view;
  }
  Result<connectors::TicketView> reopen(const std::string&, const std::string&, const RichText&,
                                        const std::string&) override {
    return fail(ErrorCode::not_found, "no such ticket");
  }
  Result<connectors::StatusOrigin> origin(const connectors::TicketView&) override {
    return connectors::StatusOrigin{};
  }
  Status comment(const std::string&, const std::string&, const RichText&) override {
    return Done{};
  }
  Status link(const std::string&, const std::string&) override { return Done{}; }
  Result<connectors::TicketListing> list(const connectors::ListRequest&) override {
    return connectors::TicketListing{};
  }
  connectors::CheckReport check() override { return {}; }

  std::vector<std::string> projects;  // that were asked for

 private:
  struct Made {
    connectors::TicketView view;
    Instant at;
  };
  const Instant& now_;
  std::vector<Made> made_;
};

// A running riskd whose tracker's thread is the test.
class Running {
 public:
  Running(const Workspace& workspace, const std::string& store, const Instant& now,
          FakeTracker& tracker)
      : shared_(must(read_config(workspace.folder / "riskd.toml"))),
        config_(shared_.config()),
        writer_(shared_, [] {}),
        errors_("files"),
        link_{shared_, writer_, config_->trackers.front(), tracker, errors_},
        sender_(link_, [] { return false; }) {
    shared_.clock = [&now] { return now; };
    shared_.store = must(store::open_store(workspace.folder / store));
    shared_.log = std::make_unique<log::LocalLog>(*shared_.store);
    shared_.marker_key = must(marker_key(*shared_.store));
    shared_.is_restored = !must(shared_.store->meta(store::restored_meta)).value_or("").empty();
    const StartPolicy start = must(choose_policy(shared_));
    must(load_products(shared_, start.in_force));
    writer_.start();
    sender_.start();
  }

  void post(engine::FactBody body, bool make = false) {
    std::promise<bool> done;
    writer_.post(
        {{"shop", {{std::move(body), std::nullopt}}, "tester", make, {}, {}, {}},
         [&](const Result<Posted, PostError>& posted) { done.set_value(posted.has_value()); }});
    REQUIRE(done.get_future().get());
  }
  void decide(engine::DecisionState state) {
    post(engine::DecisionFact{"lock-1", state, {}, {}, "audit", {}});
  }
  void make_shop() {
    post(engine::ProductFact{}, true);
    post(engine::AnswersFact{{}, {{"reach", std::string("internet")}}});
    post(engine::ApproveFact{engine::approvable(shared_.live.view("shop")->model())});
  }
  void release() {
    std::promise<void> done;
    writer_.add(ReleaseWork{"", true, "alice", [&](const Status&) { done.set_value(); }});
    done.get_future().wait();
  }

  void send() {
    while (sender_.send_due(EffectSender::Backoff::ignore) > 0) {
    }
  }

  // "create", "withdrawn", "close": what waits.
  std::vector<std::string> waiting() const {
    std::vector<std::string> kinds;
    const OutboxPtr outbox = shared_.live.outbox("shop");
    if (!outbox) return kinds;
    for (const auto& [key, pending] : *outbox) {
      const store::EffectRecord& record = pending->record;
      kinds.push_back(record.withdrawn ? "withdrawn"
                                       : std::string(to_string(pending->effect.kind)));
      if (record.held) kinds.back() += " held";
    }
    return kinds;
  }
  // The key of the ticket that riskd knows; empty where it knows none.
  std::string known() const {
    for (const auto& [key, facts] : shared_.live.view("shop")->facts().tickets)
      if (!facts.seen.empty()) return facts.seen.back().value.key;
    return {};
  }

 private:
  template <typename T>
  static T must(Result<T> result) {
    INFO((result ? "" : result.error().message + " " + result.error().where));
    REQUIRE(result.has_value());
    return std::move(*result);
  }

  Shared shared_;
  const std::shared_ptr<const Config> config_;
  Writer writer_;
  TrackerErrors errors_;
  const TrackerLink link_;
  EffectSender sender_;
};

using Waiting = std::vector<std::string>;
using engine::DecisionState;

struct World {
  explicit World(const std::string& config = small_config) : workspace(small_policy(), config) {
    start();
    riskd->make_shop();
  }
  void start(const std::string& store = "store") {
    riskd.reset();
    riskd = std::make_unique<Running>(workspace, store, now, tracker);
  }
  void pass(std::int64_t ms) { now.ms += ms; }

  Workspace workspace;
  Instant now = Workspace::now();
  FakeTracker tracker{now};
  std::unique_ptr<Running> riskd;
};

}  // namespace

TEST_CASE("a ticket whose answer was lost, and that is not wanted any more, is found and closed") {
  World world;
  world.tracker.loses_answers = true;
  world.tracker.search_is_behind_ms = 30'000;
  world.riskd->send();
  CHECK(world.tracker.makes == 1);
  world.riskd->decide(DecisionState::rejected);
  CHECK(world.riskd->waiting() == Waiting{"withdrawn"});
  const bool restarts = GENERATE(false, true);
  if (restarts) world.start();
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{"withdrawn"});  // the search is still behind
  CHECK(world.riskd->known().empty());
  world.pass(30'000);
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  CHECK(world.riskd->known() == "T-1");
  CHECK(world.tracker.closed.contains("T-1"));
  CHECK(world.tracker.makes == 1);
}

TEST_CASE("a ticket that is withdrawn while the tracker makes it is known and closed") {
  World world;
  world.tracker.while_it_makes = [&] { world.riskd->decide(DecisionState::rejected); };
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  CHECK(world.riskd->known() == "T-1");
  CHECK(world.tracker.closed.contains("T-1"));
}

TEST_CASE(
    "a ticket that the tracker makes when riskd is killed is found and closed after the start") {
  World world;
  const bool is_withdrawn_before = GENERATE(false, true);
  world.tracker.while_it_makes = [&] {
    if (is_withdrawn_before) world.riskd->decide(DecisionState::rejected);
    // What is on the disk then.
    std::filesystem::copy(world.workspace.folder / "store", world.workspace.folder / "killed");
  };
  world.riskd->send();
  world.start("killed");
  world.riskd->decide(DecisionState::rejected);
  CHECK(world.riskd->waiting() == Waiting{"withdrawn"});
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  CHECK(world.riskd->known() == "T-1");
  CHECK(world.tracker.closed.contains("T-1"));
  CHECK(world.tracker.makes == 1);
}

TEST_CASE("a ticket that is withdrawn before the request goes out is not made") {
  World world;
  const bool is_tried_before = GENERATE(false, true);
  if (is_tried_before) {
    world.tracker.drops_requests = true;
    world.riskd->send();
    world.tracker.drops_requests = false;
    world.pass(settle_ms);
  }
  world.tracker.while_it_searches = [&] { world.riskd->decide(DecisionState::rejected); };
  world.riskd->send();
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  CHECK(world.tracker.makes == 0);
}

TEST_CASE("a ticket that was not made is looked for until the tracker's search must show it") {
  World world;
  world.tracker.drops_requests = true;
  world.riskd->send();
  world.riskd->decide(DecisionState::rejected);
  const bool restarts = GENERATE(false, true);
  if (restarts) world.start();
  world.pass(settle_ms - 1);
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{"withdrawn"});
  // A killed riskd may have waited for its answer as long as the time-out says.
  world.pass(restarts ? 30'001 : 1);
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  const int searches = world.tracker.searches;
  world.riskd->send();
  CHECK(world.tracker.searches == searches);
  CHECK(world.tracker.makes == 0);
}

TEST_CASE("a withdrawn ticket that is wanted again is one ticket") {
  World world;
  const bool is_made = GENERATE(false, true);
  world.tracker.search_is_behind_ms = 30'000;
  (is_made ? world.tracker.loses_answers : world.tracker.drops_requests) = true;
  world.riskd->send();
  world.tracker.loses_answers = world.tracker.drops_requests = false;
  world.riskd->decide(DecisionState::rejected);
  const bool restarts = GENERATE(false, true);
  if (restarts) world.start();
  world.riskd->decide(DecisionState::required);
  CHECK(world.riskd->waiting() == Waiting{"create"});
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{"create"});  // it may still show
  CHECK(world.tracker.makes == (is_made ? 1 : 0));
  world.pass(settle_ms + 30'000);
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  CHECK(world.riskd->known() == "T-1");
  CHECK(world.tracker.makes == 1);
  CHECK(world.tracker.closed.empty());
}

TEST_CASE("a ticket that was never sent is dropped at once, and the tracker is not asked") {
  World world;
  SECTION("it waits") {}
  SECTION("the tracker could not be reached") {
    world.tracker.is_down = true;
    world.riskd->send();
    CHECK(world.riskd->waiting() == Waiting{"create"});
    world.tracker.is_down = false;
  }
  SECTION("after a start") { world.start(); }
  world.riskd->decide(DecisionState::rejected);
  CHECK(world.riskd->waiting() == Waiting{});
  world.riskd->send();
  CHECK(world.tracker.searches == 0);
  CHECK(world.tracker.makes == 0);
}

TEST_CASE("a tracker that is down holds a withdrawn ticket up, and loses it not") {
  World world;
  world.tracker.loses_answers = true;
  world.riskd->send();
  world.riskd->decide(DecisionState::rejected);
  world.tracker.is_down = true;
  for (int i = 0; i < 3 * limits::effect_attempts; ++i) {
    world.pass(3'600'000);
    world.riskd->send();
  }
  CHECK(world.riskd->waiting() == Waiting{"withdrawn"});
  world.tracker.is_down = false;
  world.riskd->send();
  CHECK(world.riskd->known() == "T-1");
}

TEST_CASE("what a store of format 3 has in its outbox may have been sent until the start") {
  World world;
  world.riskd.reset();
  {
    const auto store = store::open_store(world.workspace.folder / "store");
    REQUIRE(store.has_value());
    store::EffectRecord effect = (*store)->effects()->front();
    CHECK_FALSE(effect.sent.has_value());
    effect.sent = Instant{};
    auto transaction = (*store)->begin();
    REQUIRE((*transaction)->put_effect(effect).has_value());
    REQUIRE((*transaction)->commit().has_value());
  }
  world.start();
  world.riskd->send();
  CHECK(world.tracker.makes == 0);
  world.riskd->decide(DecisionState::rejected);
  CHECK(world.riskd->waiting() == Waiting{"withdrawn"});
  world.riskd->decide(DecisionState::required);
  world.pass(settle_ms);
  world.riskd->send();
  CHECK(world.tracker.makes == 1);
}

TEST_CASE("a withdrawn ticket is looked for where it was sent, whatever the routes say now") {
  ::setenv("RISKD_WITHDRAWN_TEST_TOKEN", "secret", 1);
  const auto config = [](const std::string& project) {
    const std::string head = small_config.substr(0, small_config.find("[[tracker]]"));
    return head + R"([[tracker]]
name = "files"
kind = "gitlab"
url = "http://127.0.0.1:9"
project = "group/own"
token-env = "RISKD_WITHDRAWN_TEST_TOKEN"
[[route]]
products = "shop*"
tracker = "files"
project = ")" +
           project + "\"\n";
  };
  World world(config("group/first"));
  world.tracker.drops_requests = true;
  world.riskd->send();
  world.riskd->decide(DecisionState::rejected);
  world.workspace.folder.write("riskd.toml", config("group/second"));
  world.start();
  world.riskd->send();
  CHECK(world.tracker.projects == std::vector<std::string>{"group/first", "group/first"});
}

TEST_CASE("a withdrawn ticket in whose place a person has linked another one is closed") {
  World world;
  world.tracker.loses_answers = true;
  world.riskd->send();
  engine::TicketFact linked;
  linked.ticket = "requirement";
  linked.element = "lock-1";
  linked.tracker = "files";
  linked.kind = "directory";
  linked.key = "T-50";
  linked.status = "To Do";
  world.riskd->post(linked);
  CHECK(world.riskd->waiting() == Waiting{"comment", "withdrawn"});
  world.riskd->send();
  CHECK(world.riskd->waiting() == Waiting{});
  CHECK(world.riskd->known() == "T-50");
  CHECK(world.tracker.closed ==
        std::map<std::string, std::string>{{"T-1", "Another ticket is used for this: T-50."}});
}

TEST_CASE("a restored store does not ask for a withdrawn ticket before its release") {
  World world;
  world.tracker.loses_answers = true;
  world.riskd->send();
  const int searches = world.tracker.searches;
  world.riskd->decide(DecisionState::rejected);
  world.riskd.reset();
  const auto restored =
      log::restore(world.workspace.folder / "store", world.workspace.folder / "copy", {}, {});
  REQUIRE(restored.has_value());
  world.start("copy");
  CHECK(world.riskd->waiting() == Waiting{"withdrawn held"});
  world.riskd->send();
  CHECK(world.tracker.searches == searches);
  world.riskd->release();
  world.riskd->send();
  CHECK(world.riskd->known() == "T-1");
  CHECK(world.riskd->waiting() == Waiting{});
}

}  // namespace riskd::service::testing::service_withdrawn_test
