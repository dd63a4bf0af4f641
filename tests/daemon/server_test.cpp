// Requests and their answers.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "server_fixture.hpp"

namespace riskd::server::server_test {
namespace {

std::string header(const client::Response& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return "(none)";
}

TEST_CASE("a handler gets the whole request, and the client its answer") {
  const TestServer server;
  client::Request request;
  request.method = "POST";
  request.target = "/v1/a%2Fb?reason=x%20y";
  request.headers = {{"X-Trace", "one"}, {"x-trace", "two"}, {"Accept", "text/plain"}};
  request.body = "{\"a\": 1}";
  const client::Response response = server.send(request);
  CHECK(response.status == 200);
  CHECK(header(response, "content-type") == "text/plain");
  CHECK(header(response, "server") == "riskd");
  CHECK(header(response, "content-length") == std::to_string(response.body.size()));
  CHECK_THAT(response.body, Catch::StartsWith("POST /v1/a/b\nsegment v1\nsegment a/b\n"));
  CHECK_THAT(response.body, Catch::Contains("query reason=x y\n"));
  CHECK_THAT(response.body, Catch::Contains("header x-trace: one, two\n"));
  CHECK_THAT(response.body, Catch::Contains("body {\"a\": 1}\n"));
}

TEST_CASE("a handler learns who the peer is") {
  const TestServer server;
  const auto peer = "peer " + std::to_string(::getuid()) + " " + std::to_string(::getgid()) + " " +
                    std::to_string(::getpid()) + "\n";
  CHECK_THAT(server.get("/echo").body, Catch::Contains(peer));
}

TEST_CASE("methods that nobody knows go to the handler") {
  const TestServer server;
  client::Request request;
  request.method = "BREW";
  request.target = "/echo";
  CHECK_THAT(server.send(request).body, Catch::StartsWith("BREW /echo\n"));
}

TEST_CASE("HEAD is handled as GET, and its answer has no body") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send("HEAD /large?bytes=12345 HTTP/1.1\r\nHost: riskd\r\n\r\n");
  client.send("GET /later HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK_THAT(answer, Catch::Contains("Content-Length: 12345\r\n"));
  CHECK_THAT(answer, !Catch::Contains("xx"));
  CHECK_THAT(answer, Catch::EndsWith("\r\n\r\nlater"));

  RawClient streaming(server.options.socket_path);
  streaming.send("HEAD /stream HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK_THAT(streaming.read_to_end(), Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a problem is a problem document") {
  const TestServer server;
  const client::Response response = server.get("/nowhere%22%0A");
  CHECK(response.status == 404);
  CHECK(header(response, "content-type") == "application/problem+json");
  CHECK(response.body == R"({"type":"about:blank","title":"Not Found","status":404,)"
                         R"("detail":"there is nothing at `/nowhere\"\n`"})");
  CHECK(problem(422, "a", "b", R"("errors":[])").body ==
        R"({"type":"about:blank","title":"a","status":422,"detail":"b","errors":[]})");
  CHECK_THAT(problem(400, "a", "\xff\x01\\").body, Catch::Contains("\"\xef\xbf\xbd\\u0001\\\\\""));
}

TEST_CASE("a connection is kept, and requests sent ahead are answered in their order") {
  TestServer server;
  RawClient client(server.options.socket_path);
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    all += "POST /echo?ms=" + std::to_string(i % 3) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(number.size()) + "\r\n\r\n" +
           number;
    all += "GET /later?ms=1 HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  client.send(all + "GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK(count(answer, "HTTP/1.1 200 OK\r\n") == 101);
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answer.find("body " + std::to_string(i) + "\n", at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(count(answer, "Connection: close\r\n") == 1);
}

TEST_CASE("HTTP/1.0 is answered and closed, unless the client asks otherwise") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK_THAT(client.read_until("body \n"), Catch::Contains("Connection: keep-alive\r\n"));
  client.send("GET /echo HTTP/1.0\r\n\r\n");
  CHECK(count(client.read_to_end(), "HTTP/1.1 200 OK\r\n") == 2);
}

TEST_CASE("a reply may come later, from another thread") {
  const TestServer server;
  CHECK(server.get("/later?ms=50").body == "later");
}

TEST_CASE("a reply counts once, and one that never comes is a 500") {
  const TestServer server;
  CHECK(server.get("/twice").body == "first");
  CHECK(server.get("/gone").status == 500);
}

TEST_CASE("a client's text that a handler repeats cannot become a header") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send("GET /evil?value=a%0D%0ASet-Cookie:b HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK_THAT(answer, Catch::Contains("X-Value: a  Set-Cookie:b\r\n"));
  CHECK_THAT(answer, !Catch::Contains("Bad Name"));
  CHECK(count(answer, "Content-Length: ") == 1);
}

TEST_CASE("a response without content has neither body nor length") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send("GET /none HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 204 No Content\r\n"));
  CHECK_THAT(answer, !Catch::Contains("Content-Length"));
  CHECK_THAT(answer, Catch::EndsWith("\r\n\r\n"));
}

TEST_CASE("a large response arrives whole") {
  const TestServer server;
  CHECK(server.get("/large?bytes=20000000").body == std::string(20'000'000, 'x'));
}

TEST_CASE("sixty-four clients at once are all answered") {
  TestServer server([](ServerOptions& options) { options.threads = 4; });
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 64; ++i) {
    clients.emplace_back([&, i] {
      for (int n = 0; n < 10; ++n) {
        client::Request request;
        request.method = "POST";
        request.target = n % 3 == 0 ? "/later?ms=2" : n % 3 == 1 ? "/echo" : "/upload";
        request.body = "client " + std::to_string(i * 100 + n) + ".";
        const auto response = riskd::client::request(server.options.socket_path, request, 30'000);
        if (!response || response.value().status != 200) continue;
        const std::string& body = response.value().body;
        if (n % 3 == 1 ? contains(body, request.body) : n % 3 == 0 ? body == "later" : true)
          ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(right == 640);
  CHECK(server.handler.handled == 640);
}

}  // namespace
}  // namespace riskd::server::server_test
