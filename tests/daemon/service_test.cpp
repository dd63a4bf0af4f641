// From facts to tickets and back, over restarts and reloads.
#include <future>

#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_test {
namespace {

engine::State state_of(const Workspace& workspace, const std::string& countermeasure) {
  const auto view = workspace.service->product("shop");
  REQUIRE(view);
  const auto* row = view->model().countermeasure(countermeasure);
  REQUIRE(row != nullptr);
  return row->state;
}

void set_status(const Workspace& workspace, const std::string& file, const std::string& status) {
  std::string text = workspace.folder.read(file);
  const auto begin = text.find("Status: ");
  REQUIRE(begin != std::string::npos);
  text.replace(begin, text.find('\n', begin) - begin, "Status: " + status);
  workspace.folder.write(file, text);
}

TEST_CASE("an approved requirement becomes a ticket, and its status comes back") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  CHECK(state_of(workspace, "shop.lock-1") == engine::State::required);
  workspace.must_sync();
  const auto files = workspace.ticket_files();
  REQUIRE(files.size() == 1);
  CHECK(workspace.service->effects("shop").empty());

  const auto before = workspace.service->product("shop")->live.rating();
  set_status(workspace, files.front(), "Done");
  workspace.must_sync();
  CHECK(state_of(workspace, "shop.lock-1") == engine::State::implemented);
  CHECK(workspace.service->product("shop")->live.rating() < before);

  const auto seq = workspace.service->state().last_seq;
  workspace.must_sync();
  CHECK(workspace.service->state().last_seq == seq);  // nothing new is no fact
}

// The writer changes earlier views again instead of copying them: never one that somebody holds.
TEST_CASE("what somebody reads of a product stays as it was, whatever is posted meanwhile") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  struct Seen {
    std::shared_ptr<const ProductView> view;
    std::uint64_t seq = 0;
    double rating = 0;
    std::size_t risks = 0;
  };
  std::vector<Seen> held;
  const auto look = [](const std::shared_ptr<const ProductView>& view) {
    return Seen{view, view->facts().last_seq, view->live.rating(), view->model().risks.size()};
  };
  for (int i = 0; i < 40; ++i) {
    const std::string where = i % 2 == 0 ? "office" : "internet";
    workspace.must_post(engine::AnswersFact{"", {{"shop.reach", where}}});
    const auto view = workspace.service->product("shop");
    const engine::LiveProduct fresh(view->live.policy(), view->facts(), view->live.now());
    CHECK(view->live.rating() == fresh.rating());
    CHECK(view->model().risks.size() == fresh.model().risks.size());
    CHECK(engine::difference(fresh, view->live).empty());
    // Now and then nobody holds the newest one, then again everybody's is held for long.
    if (i % 5 != 0) held.push_back(look(view));
    if (i % 11 == 0) held.clear();
    for (const Seen& seen : held) {
      const Seen now = look(seen.view);
      CHECK(std::tie(now.seq, now.rating, now.risks) ==
            std::tie(seen.seq, seen.rating, seen.risks));
    }
  }
}

TEST_CASE("a deleted ticket is made again once; deleted again, it is disputed") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  workspace.must_sync();
  const auto disputed = [&] {
    const auto view = workspace.service->product("shop");
    return view->model().tickets.front().disputed;
  };
  std::filesystem::remove(workspace.folder / workspace.ticket_files().front());
  workspace.must_sync();
  workspace.must_sync();
  REQUIRE(workspace.ticket_files().size() == 1);
  CHECK_FALSE(disputed());
  std::filesystem::remove(workspace.folder / workspace.ticket_files().front());
  workspace.must_sync();
  workspace.must_sync();
  CHECK(workspace.ticket_files().empty());
  CHECK(disputed());
}

TEST_CASE("a ticket that cannot be read is reported, and holds up no other") {
  Workspace workspace(small_policy(2));
  workspace.open();
  workspace.make_shop();
  workspace.must_sync();
  auto files = workspace.ticket_files();
  REQUIRE(files.size() == 2);
  std::sort(files.begin(), files.end());
  const std::string sound = workspace.folder.read(files.front());
  workspace.folder.write(files.front(), "<<<<<<< HEAD\n" + sound);
  set_status(workspace, files.back(), "Done");

  const Status synced = workspace.service->sync("shop", false, "alice");
  REQUIRE_FALSE(synced.has_value());
  CHECK(synced.error().where.find(files.front()) != std::string::npos);
  CHECK(state_of(workspace, "shop.lock-2") == engine::State::implemented);
  CHECK(state_of(workspace, "shop.lock-1") == engine::State::required);
  const auto& known = workspace.service->product("shop")->facts().tickets;
  CHECK(std::none_of(known.begin(), known.end(),
                     [](const auto& each) { return each.second.seen.back().value.deleted; }));

  workspace.folder.write(files.front(), sound);
  set_status(workspace, files.front(), "Done");
  workspace.must_sync();
  CHECK(state_of(workspace, "shop.lock-1") == engine::State::implemented);
}

TEST_CASE("a restart changes nothing and makes no second ticket") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  workspace.must_sync();
  const auto before = workspace.service->product("shop");
  const auto last_seq = workspace.service->state().last_seq;
  workspace.service.reset();

  workspace.open();
  const auto after = workspace.service->product("shop");
  REQUIRE(after);
  CHECK(service::change(*before, *after).deltas.empty());
  CHECK(after->live.facts().last_seq == before->live.facts().last_seq);
  workspace.must_sync();
  CHECK(workspace.ticket_files().size() == 1);
  CHECK(workspace.service->state().last_seq == last_seq);
  CHECK(workspace.service->policy().revision == 1);
}

TEST_CASE("postings are refused with the socket's status") {
  Workspace workspace;
  workspace.open();
  const engine::AnswersFact answer{{}, {{"reach", std::string("internet")}}};
  CHECK(workspace.post(answer).error().why == Refusal::unknown);
  const Posted made = workspace.must_post(engine::ProductFact{}, true);
  CHECK(made.seq > 0);
  const std::string version = workspace.service->product("shop")->version();
  CHECK(workspace.post(answer, false, version + "0").error().why == Refusal::outdated);
  CHECK(workspace.post(answer, false, version).has_value());
  CHECK(workspace.post(answer, false, version).error().why == Refusal::outdated);
  const auto wrong = workspace.post(engine::AnswersFact{{}, {{"reech", std::string("x")}}});
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().why == Refusal::invalid);
  CHECK_FALSE(wrong.error().errors.empty());
  workspace.must_post(engine::ProductFact{std::nullopt, true});
  CHECK(workspace.post(answer).error().why == Refusal::unknown);
  CHECK(workspace.service->products().empty());
}

TEST_CASE("a broken policy is refused whole") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  workspace.must_sync();  // nothing is under way any more
  const auto before = workspace.service->product("shop");
  workspace.folder.write("policy/shop.risk", small_policy() + "pattern {");
  const auto refused = workspace.service->reload({}, "tester", "");
  REQUIRE(refused.has_value());
  CHECK_FALSE(refused->done);
  CHECK_FALSE(refused->plan.compilation.diagnostics.empty());
  CHECK(workspace.service->policy().revision == 1);
  CHECK(workspace.service->product("shop") == before);

  workspace.service.reset();
  workspace.open();  // with the archived policy
  CHECK(workspace.service->policy().revision == 1);
  CHECK(state_of(workspace, "shop.lock-1") == engine::State::required);
}

TEST_CASE("a reload evaluates only the products that a changed rule reaches") {
  // Two of three products are never kept evaluated.
  Workspace workspace(small_policy(), small_config + "[limits]\nwarm-products = 1\n");
  workspace.open();
  const auto post = [&](const std::string& product, engine::FactBody body) {
    std::promise<bool> done;
    workspace.service->post(
        {product, {{std::move(body), std::nullopt}}, "tester", true, {}, {}, {}},
        [&](const Result<Posted, PostError>& result) { done.set_value(result.has_value()); });
    return done.get_future().get();
  };
  const auto reach = [](const char* choice) {
    return engine::AnswersFact{{}, {{"reach", std::string(choice)}}};
  };
  for (const char* product : {"open", "unknown", "walled"})
    REQUIRE(post(product, engine::ProductFact{}));
  REQUIRE(post("open", reach("internet")));
  REQUIRE(post("walled", reach("office")));
  workspace.folder.write("policy/shop.risk", small_policy(2));
  const auto plan = workspace.service->plan({});
  REQUIRE(plan.has_value());
  CHECK(plan->patterns == std::vector<std::string>{"shop.exposed"});
  CHECK(plan->products_seen == 3);
  CHECK(plan->products_reached == 1);
  REQUIRE(plan->products.size() == 1);
  CHECK(plan->products.front().product == "open");
  CHECK(plan->products.front().added == std::vector<std::string>{"shop.lock-2"});
  CHECK(plan->products.front().removed.empty());
  const auto reloaded = workspace.service->reload({}, "tester", "");
  REQUIRE(reloaded.has_value());
  for (const char* product : {"open", "unknown", "walled"}) {
    const auto view = workspace.service->product(product);
    CHECK(view->revision == 2);
    CHECK(view->model().policy == workspace.service->policy().program->hash);
    CHECK(view->model().countermeasures.size() == (std::string(product) == "open" ? 2 : 0));
  }
  REQUIRE(post("walled", reach("internet")));
  CHECK(workspace.service->product("walled")->model().countermeasures.size() == 2);
}

TEST_CASE("a reload swaps the policy and reports what changed") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  std::vector<std::string> types;
  const auto subscription = workspace.service->subscribe(workspace.service->state().position,
                                                         [&](std::span<const Event> block) {
                                                           for (const Event& event : block)
                                                             types.push_back(event.type);
                                                         });
  REQUIRE(subscription.has_value());
  workspace.folder.write("policy/shop.risk", small_policy(2));
  const auto plan = workspace.service->plan({});
  REQUIRE(plan.has_value());
  CHECK(plan->products.size() == 1);
  CHECK(workspace.service->policy().revision == 1);
  const auto reloaded = workspace.service->reload({}, "tester", "");
  REQUIRE(reloaded.has_value());
  CHECK(reloaded->done);
  CHECK(reloaded->revision == 2);
  CHECK(workspace.service->product("shop")->revision == 2);
  CHECK(state_of(workspace, "shop.lock-2") == engine::State::required);
  CHECK(types == std::vector<std::string>{"change", "policy"});
  const auto again = workspace.service->reload({}, "tester", "");
  REQUIRE(again.has_value());
  CHECK(again->plan.same_policy);
  CHECK(again->revision == 2);
}

TEST_CASE("an event has the position of its entry, and is known after a restart") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  workspace.must_sync();  // what the tracker reports are entries too
  const std::uint64_t before = workspace.service->state().position;
  workspace.folder.write("policy/shop.risk", small_policy(2));
  REQUIRE(workspace.service->reload({}, "tester", "").has_value());
  workspace.must_sync();
  using Seen = std::vector<std::pair<std::uint64_t, std::string>>;
  const auto events_after = [&](std::uint64_t position) {
    Seen seen;
    const auto listen = [&](std::span<const Event> block) {
      for (const Event& event : block) {
        CHECK(event.position == block.front().position);
        seen.emplace_back(event.position, event.type);
      }
    };
    CHECK(workspace.service->subscribe(position, listen).has_value());
    return seen;
  };
  const Seen seen = events_after(before);
  REQUIRE(seen.size() > 1);
  CHECK(seen[0] == std::pair<std::uint64_t, std::string>(before + 1, "change"));
  CHECK(seen[1] == std::pair<std::uint64_t, std::string>(before + 1, "policy"));
  CHECK(events_after(before + 1) == Seen(seen.begin() + 2, seen.end()));
  workspace.service.reset();
  workspace.open();
  CHECK(events_after(before) == seen);
}

TEST_CASE("more effects than the limit are held until they are released") {
  Workspace workspace(small_policy(5), small_config + "[limits]\neffects-per-change = 3\n");
  workspace.open();
  workspace.make_shop();
  workspace.must_sync();
  CHECK(workspace.ticket_files().empty());
  const auto held = workspace.service->effects("shop");
  REQUIRE(held.size() == 5);
  CHECK(held.front().held);
  CHECK(workspace.service->state().trackers.front().held == 5);
  workspace.must_sync(true);
  CHECK(workspace.ticket_files().size() == 5);
  CHECK(workspace.service->effects("shop").empty());
}

TEST_CASE("a second service on the same store says who holds it") {
  Workspace workspace;
  workspace.open();
  const auto second = workspace.try_open();
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::conflict);
}

TEST_CASE("history pages hold everything once, and the past can be seen") {
  Workspace workspace;
  workspace.open();
  workspace.make_shop();
  std::vector<Service::HistoryEntry> all;
  for (std::uint64_t after = 0;;) {
    const auto page = workspace.service->history("shop", after, 1);
    REQUIRE(page.has_value());
    if (page->empty()) break;
    all.insert(all.end(), page->begin(), page->end());
    after = page->back().seq;
  }
  const auto whole = workspace.service->history("shop", 0, 1'000);
  REQUIRE(whole.has_value());
  CHECK(all.size() == whole->size());
  const auto then = workspace.service->then("shop", {whole->front().at, std::nullopt});
  REQUIRE(then.has_value());
  CHECK(then->view->facts().last_seq >= 1);
}

TEST_CASE("answers to an idempotency key are kept over a restart") {
  Workspace workspace;
  workspace.open();
  std::promise<void> stored;
  workspace.service->remember("key", {"hash", 201, "{}"}, [&] { stored.set_value(); });
  stored.get_future().wait();
  REQUIRE(workspace.service->remembered("key"));
  workspace.service.reset();
  workspace.open();
  const auto reply = workspace.service->remembered("key");
  REQUIRE(reply);
  CHECK(reply->status == 201);
  CHECK_FALSE(workspace.service->remembered("other"));
}

TEST_CASE("a tracker without a status map does not start") {
  Workspace workspace;
  workspace.folder.write("rules/core/trackers.risk", "library core \"Core\" version \"1.0.0\"\n");
  const auto opened = workspace.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().where == workspace.folder / "riskd.toml:8");
}

}  // namespace
}  // namespace riskd::service::testing::service_test
