// Large postings are evaluated beside the writer: others do not wait for them, and nothing else is different.
#include <atomic>
#include <thread>

#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_large_test {
namespace {

const std::string parts_policy = R"(library shop "Shop" version "1.0.0"
import core

component-type part "Part"
questionnaire about "About" { question reach "Who?" : one-of { internet "All"  office "Some" } }
questionnaire details "Details" for component of type part {
  question kind "Kind?" : one-of { a, b }
}
pattern weak "A weak part" {
  for component of type part
  when kind is a
  risk theft "Theft" {
    integrity high  ease high  exposure high
    weakness open-door CWE-306 "The door is open" {
      countermeasure lock "Lock it" { required  mitigates 50%  guide "Turn the key." }
    }
  }
}
pattern many "Many parts are weak" {
  when reach is internet and count(components, kind is a) > 2
  risk crowd "Crowd" {
    integrity high  ease high  exposure high
    weakness no-guard CWE-306 "Nobody looks" {
      countermeasure guard "Look" { required  mitigates 50%  guide "Look." }
    }
  }
}
)";

PostedFact part(const std::string& name, const std::string& kind) {
  engine::ComponentFact fact;
  fact.id = name;
  fact.type = "part";
  fact.answers = {{"kind", kind}};
  return {std::move(fact), std::nullopt};
}

std::vector<PostedFact> parts(int begin, int end, const std::string& kind) {
  std::vector<PostedFact> facts;
  for (int i = begin; i < end; ++i) facts.push_back(part("part-" + std::to_string(i), kind));
  return facts;
}

class Parts : public Workspace {
 public:
  Parts() : Workspace(parts_policy) {
    open();
    must_post(engine::ProductFact{}, true);
  }

  using Answer = std::future<Result<Posted, PostError>>;
  Answer send(std::vector<PostedFact> facts, bool apart = false,
              const std::string& product = "shop") const {
    auto answer = std::make_shared<std::promise<Result<Posted, PostError>>>();
    Posting posting;
    posting.product = product;
    posting.facts = std::move(facts);
    posting.poster = "tester";
    posting.apart = apart;
    service->post(std::move(posting), [answer](Result<Posted, PostError> result) {
      answer->set_value(std::move(result));
    });
    return answer->get_future();
  }

  Posted must_send(std::vector<PostedFact> facts, bool apart = false) const {
    auto posted = send(std::move(facts), apart).get();
    INFO((posted ? "" : posted.error().detail));
    REQUIRE(posted.has_value());
    return std::move(*posted);
  }

  // What is said of the product, but for the moments at which it was.
  std::string said() const {
    const engine::Model& model = service->product("shop")->model();
    std::ostringstream all;
    all << model.rating << "\n";
    for (const auto& risk : model.risks) all << risk.id << " " << risk.current << "\n";
    for (const auto& measure : model.countermeasures)
      all << measure.id << " " << static_cast<int>(measure.state) << "\n";
    for (const auto& [id, component] : service->product("shop")->facts().components) {
      all << id << " " << component.type.value << " " << component.type.from.seq;
      for (const auto& [name, value] : component.answers) all << " " << name << value.from.seq;
      all << "\n";
    }
    return all.str();
  }
};

}  // namespace

TEST_CASE("many facts at once give the same model and store as a few at a time") {
  const Parts few, many;
  for (int i = 0; i < 400; i += 50) few.must_send(parts(i, i + 50, i % 100 == 0 ? "a" : "b"));
  std::vector<PostedFact> all;
  for (int i = 0; i < 400; i += 50) {
    for (PostedFact& fact : parts(i, i + 50, i % 100 == 0 ? "a" : "b"))
      all.push_back(std::move(fact));
  }
  const Posted posted = many.must_send(std::move(all));
  CHECK(many.said() == few.said());
  CHECK(posted.seq == few.service->state().last_seq);
  REQUIRE(posted.view);
  CHECK(posted.view->facts().last_seq == posted.seq);

  for (const Parts* each : {&few, &many}) {
    const std::string before = each->said();
    const auto then = each->service->then("shop", {Workspace::now(), std::nullopt});
    REQUIRE(then.has_value());
    const engine::Product& facts = then->view->facts();
    const auto view = each->service->product("shop");
    for (const auto& [id, component] : facts.components) {
      const auto& live = view->facts().components.at(id);
      CHECK(component.type.from.seq == live.type.from.seq);
      CHECK(component.type.from.at == live.type.from.at);
    }
  }
}

TEST_CASE("wrong facts among many are left out") {
  const Parts shop;
  auto facts = parts(0, 300, "a");
  facts.insert(facts.begin() + 100, part("part-wrong", "c"));
  const Posted posted = shop.must_send(std::move(facts), true);
  REQUIRE(posted.each.size() == 301);
  for (std::size_t i = 0; i < posted.each.size(); ++i) {
    INFO(i);
    CHECK(posted.each[i].has_value() == (i != 100));
  }
  CHECK(shop.service->product("shop")->facts().components.size() == 300);
  std::vector<PostedFact> wrong;
  for (int i = 0; i < 200; ++i) wrong.push_back(part("p" + std::to_string(i), "c"));
  const auto seq = shop.service->state().last_seq;
  for (const auto& each : shop.must_send(std::move(wrong), true).each) CHECK(!each);
  CHECK(shop.service->state().last_seq == seq);
}

TEST_CASE(
    "facts posted to a product after many others come after them, and those of other products "
    "first") {
  const Parts shop;
  shop.must_send({{engine::ProductFact{}, std::nullopt}});
  for (int round = 0; round < 3; ++round) {
    const int begin = round * 1'000;
    auto large = shop.send(parts(begin, begin + 1'000, "a"));
    // Each is about a component that the large one makes.
    std::vector<Parts::Answer> after;
    for (int i = 0; i < 20; ++i) {
      engine::AnswersFact fact;
      fact.component = "part-" + std::to_string(begin + i);
      fact.answers = {{"kind", std::string("b")}};
      after.push_back(shop.send({{std::move(fact), std::nullopt}}));
    }
    auto larger = shop.send(parts(begin, begin + 500, "a"));
    const auto first = large.get();
    REQUIRE(first.has_value());
    std::uint64_t seq = first->seq;
    for (auto& each : after) {
      const auto posted = each.get();
      INFO((posted ? "" : posted.error().detail));
      REQUIRE(posted.has_value());
      CHECK(posted->seq == ++seq);
    }
    const auto last = larger.get();
    REQUIRE(last.has_value());
    CHECK(last->seq == seq + 500);
  }
}

TEST_CASE("many facts of a product that changes meanwhile are evaluated again, and none is lost") {
  const Parts shop;
  std::atomic<bool> done = false;
  std::atomic<int> reloads = 0;
  // The policy changes each time: whatever is evaluated beside it may be of the one before.
  std::thread other([&] {
    for (int i = 0; !done; ++i) {
      std::string text = parts_policy;
      const std::string title = "A weak part";
      text.replace(text.find(title), title.size(), title + " " + std::to_string(i));
      shop.folder.write("policy/shop.risk", text);
      const auto reloaded = shop.service->reload({}, "tester", "");
      if (reloaded && reloaded->done) ++reloads;
    }
  });
  for (int i = 0; i < 10 || (reloads < 3 && i < 1'000); ++i) {
    const int part = i % 10 * 200;
    shop.must_send(parts(part, part + 200, i % 2 == 0 ? "a" : "b"));
  }
  done = true;
  other.join();
  CHECK(reloads > 2);
  const auto view = shop.service->product("shop");
  CHECK(view->facts().components.size() == 2'000);
  CHECK(view->model().risks.size() == 1'000);
  CHECK(view->facts().last_seq == shop.service->state().last_seq);
}

TEST_CASE(
    "facts that wait for their evaluation when the service stops are stored or refused, and "
    "answered") {
  std::vector<Parts::Answer> answers;
  auto shop = std::make_unique<Parts>();
  for (int i = 0; i < 5; ++i) answers.push_back(shop->send(parts(i * 500, i * 500 + 500, "a")));
  shop->service.reset();
  int stored = 0;
  for (auto& each : answers) {
    const auto posted = each.get();
    if (posted) ++stored;
    if (!posted) CHECK(posted.error().why == Refusal::unavailable);
  }
  shop->open();
  CHECK(shop->service->product("shop")->facts().components.size() ==
        static_cast<std::size_t>(stored) * 500);
}

}  // namespace riskd::service::testing::service_large_test
