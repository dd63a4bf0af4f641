// The conversation with a tracker: what is tried again and what is not, limits, and leaving alone.
#include <catch2/catch.hpp>
#include <future>

#include "connectors/trackers/circuit_breaker.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "engine/base/limits.hpp"
#include "web_fixture.hpp"

namespace riskd::connectors::web_session_test {
namespace {

constexpr Instant noon{1'795'392'000'000};

struct Talk {
  explicit Talk(WebServer::Respond respond) : server(std::move(respond)) {}

  // A busy machine takes its time for the largest answers.
  RestSession session(std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
    RestOptions options;
    options.url = server.url();
    options.headers = {{"Authorization", "Bearer top-secret"}};
    options.timeout = timeout;
    options.first_wait = std::chrono::milliseconds(1);
    options.clock = [this] { return now; };
    return RestSession(client, options);
  }

  WebServer server;
  HttpClient client;
  Instant now = noon;
};

RestRequest writing(const std::string& ticket = "T-1") {
  RestRequest request;
  request.method = "POST";
  request.path = "/tickets";
  request.body = boost::json::object{{"title", "x"}};
  request.ticket = ticket;
  return request;
}

}  // namespace

TEST_CASE("a question is asked again, what changes something is sent once") {
  int left = 2;
  Talk talk([&](const std::string&) { return left-- > 0 ? answer(503, "") : answer(200, "{}"); });
  RestSession session = talk.session();
  CHECK(session.get("/tickets").has_value());
  CHECK(talk.server.requests().size() == 3);
  left = 1;
  const auto written = session.send(writing());
  REQUIRE(!written);
  CHECK(written.error().code == ErrorCode::unavailable);
  CHECK(talk.server.requests().size() == 4);
}

TEST_CASE("a connection that ends without an answer is never the reason to write twice") {
  std::atomic<bool> ends = false;
  Talk talk([&](const std::string&) { return ends ? std::string() : answer(200, "{}"); });
  RestSession session = talk.session();
  REQUIRE(session.get("/a").has_value());  // a connection is kept
  ends = true;
  CHECK(session.send(writing()).error().code == ErrorCode::unavailable);
  CHECK(talk.server.requests().size() == 2);
}

TEST_CASE("refusals say what the tracker says, and no secret") {
  Talk talk([](const std::string& request) {
    if (request.starts_with("GET /none")) return answer(404, "");
    if (request.starts_with("GET /mine")) return answer(401, R"({"message": "Bad credentials"})");
    return answer(422, R"({"errors": ["Subject cannot be blank"]})");
  });
  RestSession session = talk.session();
  CHECK(session.get("/none").error().code == ErrorCode::not_found);
  const Error forbidden = session.get("/mine", {{"key", "a b"}}).error();
  CHECK(forbidden.code == ErrorCode::forbidden);
  CHECK(forbidden.message == "it answered 401: Bad credentials");
  CHECK(forbidden.where == "GET " + talk.server.url() + "/mine");
  CHECK(session.send(writing()).error().message == "it answered 422: Subject cannot be blank");
  CHECK(talk.server.requests()[1].starts_with("GET /mine?key=a%20b "));
}

TEST_CASE("an answer that is no JSON, cut off, too large, or late is an error") {
  std::string reply = answer(200, "<html>");
  Talk talk([&](const std::string&) {
    if (reply == "late") std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return reply;
  });
  RestSession session = talk.session();
  CHECK(session.get("/a").error().code == ErrorCode::invalid);
  reply = answer(200, std::string(limits::http_answer_bytes + 1, ' '));
  CHECK(session.send(writing()).error().code == ErrorCode::too_large);
  reply = "late";
  RestSession hasty = talk.session(std::chrono::milliseconds(400));
  CHECK(hasty.send(writing()).error().code == ErrorCode::unavailable);
}

TEST_CASE("Retry-After keeps everybody waiting, a ticket's own limit that ticket alone") {
  std::string headers = "Retry-After: 30\r\nRateLimit-Reason: jira-per-issue-on-write\r\n";
  int status = 429;
  Talk talk([&](const std::string&) { return answer(status, "{}", headers); });
  RestSession session = talk.session();
  CHECK(!session.send(writing("T-1")).has_value());
  CHECK(session.resume_at("T-1") == Instant{noon.ms + 30'000});
  CHECK(session.resume_at("T-2").ms == 0);
  CHECK(session.send(writing("T-1")).error().code == ErrorCode::unavailable);
  CHECK(talk.server.requests().size() == 1);
  headers = "Retry-After: 30\r\n";
  CHECK(!session.send(writing("T-2")).has_value());
  CHECK(session.resume_at("") == Instant{noon.ms + 30'000});
  CHECK(session.health().limited_until == Instant{noon.ms + 30'000});
  status = 200;
  CHECK(!session.get("/a").has_value());
  CHECK(talk.server.requests().size() == 2);
  talk.now.ms += 30'000;
  CHECK(session.get("/a").has_value());
}

TEST_CASE("Retry-After with a success is obeyed, too") {
  Talk talk([&](const std::string&) { return answer(200, "{}", "Retry-After: 20\r\n"); });
  RestSession session = talk.session();
  CHECK(session.get("/a").has_value());
  CHECK(session.resume_at("") == Instant{noon.ms + 20'000});
  CHECK(session.health().failures == 0);
}

TEST_CASE("a page to sign in is a wrong token; what has changed meanwhile is a conflict") {
  int status = 203;
  Talk talk([&](const std::string&) { return answer(status, "<html>Sign in</html>"); });
  RestSession session = talk.session();
  CHECK(session.get("/a").error().code == ErrorCode::forbidden);
  CHECK_THAT(session.get("/a").error().message, Catch::Contains("a page to sign in"));
  status = 412;
  RestRequest patch = writing();
  patch.content_type = "application/json-patch+json";
  CHECK(session.send(patch).error().code == ErrorCode::conflict);
  CHECK_THAT(talk.server.requests().back(),
             Catch::Contains("Content-Type: application/json-patch+json\r\n"));
}

TEST_CASE("limits that a tracker announces are obeyed, by its own clock") {
  // Its clock is a minute ahead of ours.
  const std::string headers =
      "Date: Mon, 23 Nov 2026 08:01:00 GMT\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: "
      "1795420920\r\n";
  Talk talk([&](const std::string&) { return answer(200, "{}", headers); });
  talk.now = *parse_instant("2026-11-23T08:00:00Z");
  RestSession session = talk.session();
  REQUIRE(session.get("/a").has_value());
  CHECK(to_string(session.peer_now()) == "2026-11-23T08:01:00Z");
  CHECK(to_string(session.resume_at("")) == "2026-11-23T08:01:00Z");
}

TEST_CASE("a tracker that fails again and again is left alone, and tried with one request") {
  std::atomic<int> status = 500;
  Talk talk([&](const std::string&) { return answer(status, "{}"); });
  RestSession session = talk.session();
  for (std::size_t i = 0; i < limits::breaker_failures; ++i)
    CHECK(!session.send(writing()).has_value());
  CHECK(session.health().closed_until == Instant{noon.ms + CircuitBreaker::first_pause_ms});
  CHECK(session.send(writing()).error().message.find("left alone until") != std::string::npos);
  CHECK(talk.server.requests().size() == limits::breaker_failures);
  talk.now.ms += CircuitBreaker::first_pause_ms;
  status = 200;
  CHECK(session.send(writing()).has_value());
  CHECK(!session.health().closed_until);
}

TEST_CASE("one tracker's slowness does not delay another's") {
  WebServer slow([](const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    return answer(200, "{}");
  });
  WebServer quick([](const std::string&) { return answer(200, "{}"); });
  HttpClient client;
  const auto ask = [&](const WebServer& server) {
    HttpRequest request;
    request.url = server.url() + "/";
    return client.send(request).has_value();
  };
  auto waiting = std::async(std::launch::async, [&] { return ask(slow); });
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) CHECK(ask(quick));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(500));
  CHECK(waiting.get());
}

TEST_CASE("a proxy is asked for the whole address") {
  WebServer proxy([](const std::string&) { return answer(200, "{}"); });
  HttpClient client;
  HttpRequest request;
  request.url = "http://tracker.example/a";
  request.proxy = proxy.url();
  CHECK(client.send(request).has_value());
  CHECK(proxy.requests().front().starts_with("GET http://tracker.example/a HTTP/1.1\r\n"));
}

TEST_CASE("a redirect is reported, and not followed with the secret") {
  Talk talk([](const std::string&) {
    return answer(302, "", "Location: http://127.0.0.1:1/elsewhere\r\n");
  });
  RestSession session = talk.session();
  const auto reply = session.get("/a");
  REQUIRE(reply.has_value());
  CHECK(reply->status == 302);
  CHECK(talk.server.requests().size() == 1);
}

TEST_CASE("stopping ends what is under way") {
  WebServer slow([](const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    return answer(200, "{}");
  });
  HttpClient client;
  HttpRequest request;
  request.url = slow.url();
  auto waiting = std::async(std::launch::async, [&] { return client.send(request); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  client.stop();
  CHECK(waiting.get().error().message == "riskd is stopping");
  CHECK(client.send(request).error().code == ErrorCode::unavailable);
}

TEST_CASE("a failed try after a pause doubles it") {
  CircuitBreaker breaker;
  Instant now = noon;
  for (std::size_t i = 0; i < limits::breaker_failures; ++i) {
    CHECK(breaker.allows(now));
    breaker.failed(now);
  }
  CHECK_FALSE(breaker.allows(now));
  now = *breaker.open_until();
  CHECK(breaker.allows(now));
  CHECK_FALSE(breaker.allows(now));  // one is on its way
  breaker.failed(now);
  CHECK(breaker.open_until()->ms == now.ms + 2 * CircuitBreaker::first_pause_ms);
  now = *breaker.open_until();
  CHECK(breaker.allows(now));
  breaker.succeeded();
  CHECK(breaker.allows(now));
}

}  // namespace riskd::connectors::web_session_test
