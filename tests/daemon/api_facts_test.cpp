// POST /v1/facts: a line for each line, and a status that says whether all were taken.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>

#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_facts_test {
namespace {

using namespace testing;

// A service whose disk is full.
class CannotStore : public service::Service {
 public:
  explicit CannotStore(service::Service& real) : real_(real) {}
  void post(service::Posting, OnPosted done) override {
    done(Unexpected<service::PostError>(
        {service::Refusal::unavailable, "not stored", "no space is left", {}}));
  }
  std::shared_ptr<const service::ProductView> product(const std::string& id) const override {
    return real_.product(id);
  }
  std::vector<std::string> products(
      const std::optional<service::TicketPlace>& with) const override {
    return real_.products(with);
  }
  service::PolicyInForce policy() const override { return real_.policy(); }
  Result<dsl::Compilation> compile(const Files& files) const override {
    return real_.compile(files);
  }
  Result<service::Plan> plan(const Files& files) const override { return real_.plan(files); }
  Result<service::ReloadResult> reload(const Files&, const std::string&,
                                       const std::string&) override {
    return fail(ErrorCode::unavailable, "no space is left");
  }
  Result<service::ReloadResult> reconfigure(const service::Config& next,
                                            const std::string& poster) override {
    return real_.reconfigure(next, poster);
  }
  Result<service::Rollback> rollback(std::optional<std::uint64_t> revision,
                                     const std::string& poster) override {
    return real_.rollback(revision, poster);
  }
  Result<std::size_t> bring_back_times(const std::string&) override { return std::size_t{0}; }
  void begin_sync(const std::string&, bool, const std::string&, OnBegun begun) override {
    begun(Done{});
  }
  Status sync(const std::string&, bool, const std::string&) override { return Done{}; }
  Result<std::vector<service::TrackerCheck>> check_trackers(const std::string& name) override {
    return real_.check_trackers(name);
  }
  void stop_trackers() override {}
  std::optional<Webhook> webhook(const std::string& name) const override {
    return real_.webhook(name);
  }
  void hint(const std::string&, const std::string&) override {}
  std::vector<service::PendingEffect> effects(const std::string& product) const override {
    return real_.effects(product);
  }
  service::ServiceState state() const override { return real_.state(); }
  Result<std::vector<HistoryEntry>> history(const std::string& product, std::uint64_t after,
                                            std::size_t limit) const override {
    return real_.history(product, after, limit);
  }
  Result<service::Then> then(const std::string& product,
                             const service::Moment& moment) const override {
    return real_.then(product, moment);
  }
  Result<std::vector<DayRecord>> days(const std::string& product, Date first, Date last,
                                      std::size_t limit) const override {
    return real_.days(product, first, last, limit);
  }
  Result<std::shared_ptr<void>> subscribe(std::uint64_t after, Listener listener) override {
    return real_.subscribe(after, std::move(listener));
  }
  Status prove_write() override { return real_.prove_write(); }
  service::Tokens& tokens() override { return real_.tokens(); }
  service::Meters& meters() override { return real_.meters(); }
  Instant now() const override { return real_.now(); }
  std::optional<service::Reply> remembered(const std::string& key) const override {
    return real_.remembered(key);
  }
  void remember(const std::string&, const service::Reply&, std::function<void()> done) override {
    answered.set_value(std::move(done));
  }

  std::promise<std::function<void()>> answered;  // what is to be called once the answer is stored

 private:
  service::Service& real_;
};

// A service whose writer answers when the test says so.
class HoldsPostings : public CannotStore {
 public:
  using CannotStore::CannotStore;
  void post(service::Posting posting, OnPosted done) override {
    const std::lock_guard lock(mutex_);
    held_.emplace_back(std::move(posting), std::move(done));
    ++posted_;
    changed_.notify_all();
  }
  // Answers the oldest one that waits.
  void answer_one() {
    std::pair<service::Posting, OnPosted> oldest;
    {
      const std::lock_guard lock(mutex_);
      REQUIRE(!held_.empty());
      oldest = std::move(held_.front());
      held_.pop_front();
    }
    service::Posted posted;
    posted.change = R"({"product":")" + oldest.first.product + R"("})";
    if (oldest.first.apart) posted.each.assign(oldest.first.facts.size(), posted.change);
    oldest.second(std::move(posted));
  }
  bool has_posted(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return posted_ == count; });
  }
  bool has_posted_at_least(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return posted_ >= count; });
  }
  std::size_t posted() {
    const std::lock_guard lock(mutex_);
    return posted_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<service::Posting, OnPosted>> held_;  // guarded by mutex_, as the next
  std::size_t posted_ = 0;
};

server::Request post_of(std::string lines) {
  server::Request request;
  request.method = "POST";
  request.path = "/v1/facts";
  request.segments = {"v1", "facts"};
  request.peer.uid = ::geteuid();
  request.body = std::move(lines);
  return request;
}

std::string answers_of(const std::string& product) {
  return R"({"product": ")" + product + R"(", "answers": {"reach": "office"}})" + "\n";
}

std::string component_of(const std::string& id) {
  return R"({"product": "shop", "component": {"id": ")" + id + R"(", "type": "x"}})" + "\n";
}

}  // namespace

TEST_CASE("each line of facts is answered by a line, in order") {
  const Daemon daemon;
  daemon.make_shop();
  const client::Response response =
      daemon.send("POST", "/v1/facts",
                  R"({"product": "shop", "answers": {"reach": "office"}}
not json
{"product": "none", "answers": {"reach": "office"}}

{"product": "shop", "answers": {"reach": "internet"}}
)");
  CHECK(response.status == 422);
  CHECK(header(response, "content-type") == "application/x-ndjson");
  const std::vector<json::value> answers = lines_of(response);
  REQUIRE(answers.size() == 4);
  CHECK(answers[0].as_object().contains("rating"));
  CHECK(answers[1].as_object().contains("error"));
  CHECK(answers[2].as_object().contains("error"));
  CHECK(answers[3].at("seq").to_number<int>() > answers[0].at("seq").to_number<int>());
}

TEST_CASE("a post of facts succeeds where every line was taken") {
  using service::Role;
  const std::string good = R"({"product": "shop", "answers": {"reach": "office"}})"
                           "\n";
  const std::string forbidden = R"({"product": "shop", "approve": {"elements": []}})"
                                "\n";
  const std::string wrong = R"({"product": "shop", "answers": {"reach": "moon"}})"
                            "\n";
  const Daemon daemon({me({Role::answer, Role::read, Role::admin})});
  daemon.must(201, "PUT", "/v1/products/shop");
  const auto status = [&](const std::string& lines) {
    return daemon.send("POST", "/v1/facts", lines).status;
  };
  CHECK(status("") == 200);
  CHECK(status(good) == 200);
  CHECK(status(good + good) == 200);
  CHECK(status(good + wrong) == 422);
  CHECK(status(good + "not json\n") == 422);
  CHECK(status(forbidden) == 403);
  CHECK(status(good + forbidden) == 403);
  CHECK(status(forbidden + wrong) == 422);
}

TEST_CASE("an answer to a key goes out once it is stored") {
  const Daemon real;
  CannotStore service(*real.workspace.service);
  const auto handler = make_handler(service, service::Config());
  server::Request request;
  request.method = "POST";
  request.path = "/v1/clock/repair";
  request.segments = {"v1", "clock", "repair"};
  request.peer.uid = ::geteuid();
  request.headers["idempotency-key"] = "once";
  std::atomic<int> status = 0;
  handler->handle(request, [&](const server::Response& response) { status = response.status; });
  const std::function<void()> stored = service.answered.get_future().get();
  CHECK(status == 0);
  stored();
  CHECK(status == 200);
}

TEST_CASE("a line that riskd cannot store is answered with 503") {
  const Daemon real;
  real.make_shop();
  CannotStore service(*real.workspace.service);
  const auto handler = make_handler(service, service::Config());
  const server::Request request = post_of("not json\n" + answers_of("shop"));
  std::promise<server::Response> answer;
  handler->handle(request,
                  [&](server::Response response) { answer.set_value(std::move(response)); });
  const server::Response response = answer.get_future().get();
  CHECK(response.status == 503);
  CHECK(std::count(response.body.begin(), response.body.end(), '\n') == 2);
  using Field = std::pair<std::string, std::string>;
  CHECK_THAT(response.headers, Catch::VectorContains(Field("Retry-After", "1")));
}

TEST_CASE(
    "of a post of facts that was refused in part, only that part is tried again under its key") {
  const Daemon daemon;
  daemon.make_shop();
  const Headers key = {{"Idempotency-Key", "lines"}};
  const std::string lines = R"({"product": "shop", "answers": {"reach": "office"}}
{"product": "later", "answers": {"reach": "office"}})";
  const client::Response first = daemon.send("POST", "/v1/facts", lines, key);
  REQUIRE(first.status == 422);
  const std::string model = daemon.send("GET", "/v1/products/shop/model").body;
  daemon.must(201, "PUT", "/v1/products/later");
  const client::Response again = daemon.send("POST", "/v1/facts", lines, key);
  CHECK(again.status == 200);
  CHECK(lines_of(again)[0] == lines_of(first)[0]);
  CHECK(header(again, "idempotency-replayed").empty());
  const client::Response third = daemon.send("POST", "/v1/facts", lines, key);
  CHECK(header(third, "idempotency-replayed") == "true");
  CHECK(third.body == again.body);
  CHECK(daemon.send("POST", "/v1/facts", lines + "\n" + lines, key).status == 422);
}

TEST_CASE("the key of a post of facts is not that of a line of another post") {
  const Daemon daemon;
  daemon.make_shop();
  const std::string lines = R"({"product": "shop", "answers": {"reach": "office"}})";
  REQUIRE(daemon.send("POST", "/v1/facts", lines, {{"Idempotency-Key", "a"}}).status == 200);
  const client::Response other =
      daemon.send("POST", "/v1/facts", lines, {{"Idempotency-Key", "a 0"}});
  CHECK(other.status == 200);
  CHECK(header(other, "idempotency-replayed").empty());
  CHECK(lines_of(other)[0].at("seq").as_int64() > 0);
  CHECK(daemon.send("POST", "/v1/facts", lines + "\n", {{"Idempotency-Key", "a 0"}}).status == 422);
}

TEST_CASE("posts that wait for the writer keep no thread waiting") {
  const Daemon real;
  HoldsPostings service(*real.workspace.service);
  const auto handler = make_handler(service, service::Config());
  constexpr std::size_t posts = 100;  // more than riskd has threads
  std::atomic<std::size_t> answered = 0;
  for (std::size_t i = 0; i < posts; ++i) {
    handler->handle(post_of(answers_of("shop")), [&](const server::Response& response) {
      if (response.status == 200) ++answered;
    });
  }
  CHECK(service.posted() == posts);
  CHECK(answered == 0);
  for (std::size_t i = 0; i < posts; ++i) service.answer_one();
  CHECK(answered == posts);
}

TEST_CASE("of one post a batch waits for the writer at most, and the rest goes on after it") {
  const Daemon real;
  HoldsPostings service(*real.workspace.service);
  const auto handler = make_handler(service, service::Config());
  constexpr std::size_t more = 3;
  std::string lines;
  std::string expected;
  for (std::size_t i = 0; i < limits::writer_batch + more; ++i) {
    lines += answers_of("p" + std::to_string(i));
    expected += R"({"product":"p)" + std::to_string(i) + "\"}\n";
  }
  std::promise<server::Response> answer;
  handler->handle(post_of(lines),
                  [&](server::Response response) { answer.set_value(std::move(response)); });
  REQUIRE(service.has_posted(limits::writer_batch));
  for (std::size_t i = 1; i <= more; ++i) {
    service.answer_one();
    REQUIRE(service.has_posted(limits::writer_batch + i));
  }
  auto ready = answer.get_future();
  for (std::size_t i = 0; i < limits::writer_batch; ++i) {
    CHECK(ready.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    service.answer_one();
  }
  const server::Response response = ready.get();
  CHECK(response.status == 200);
  CHECK(response.body == expected);
}

TEST_CASE("many large posts of one peer leave room in the writer's queue") {
  const Daemon real;
  HoldsPostings service(*real.workspace.service);
  const auto handler = make_handler(service, service::Config());
  constexpr std::size_t posts = 100;
  std::string lines;
  for (std::size_t i = 0; i < limits::writer_batch + 1; ++i) lines += answers_of("shop");
  std::atomic<std::size_t> answered = 0;
  for (std::size_t i = 0; i < posts; ++i) {
    handler->handle(post_of(lines), [&](const server::Response& response) {
      if (response.status == 200) ++answered;
    });
  }
  constexpr std::size_t most = limits::peer_postings + posts * limits::few_postings;
  static_assert(limits::peer_postings + limits::peer_requests * limits::few_postings <
                limits::writer_queue);
  REQUIRE(service.has_posted_at_least(limits::peer_postings));
  CHECK(service.posted() <= most);
  for (std::size_t i = 0; i < posts * (limits::writer_batch + 1); ++i) {
    REQUIRE(service.has_posted_at_least(i + 1));
    service.answer_one();
  }
  CHECK(answered == posts);
}

TEST_CASE("a change of several lines waits until nothing else of its post does") {
  const Daemon real;
  HoldsPostings service(*real.workspace.service);
  const auto handler = make_handler(service, service::Config());
  std::promise<server::Response> answer;
  handler->handle(post_of(answers_of("shop") + answers_of("shop") + component_of("a") +
                          component_of("b") + "not json\n" + answers_of("shop")),
                  [&](server::Response response) { answer.set_value(std::move(response)); });
  CHECK(service.posted() == 2);
  service.answer_one();
  CHECK(service.posted() == 2);
  service.answer_one();
  REQUIRE(service.has_posted(4));  // the two components, and the answer after them
  service.answer_one();
  service.answer_one();
  const server::Response response = answer.get_future().get();
  CHECK(response.status == 422);
  CHECK(std::count(response.body.begin(), response.body.end(), '\n') == 6);
}

}  // namespace riskd::api::api_facts_test
