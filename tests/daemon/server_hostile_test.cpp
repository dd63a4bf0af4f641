// Clients that are slow, broken, or too many.
#include <catch2/catch.hpp>
#include <random>

#include "server_fixture.hpp"

namespace riskd::server::server_hostile_test {
namespace {

void one_second(ServerOptions& options) { options.request_seconds = 1; }

TEST_CASE("what is not HTTP is answered with 400") {
  const TestServer server;
  for (const std::string_view bytes :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nbad\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n", "\x16\x03\x01\x02", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n", "GET /%ff HTTP/1.1\r\n\r\n", "GET /%00 HTTP/1.1\r\n\r\n",
        "GET nowhere HTTP/1.1\r\n\r\n", "CONNECT host:80 HTTP/1.1\r\n\r\n"}) {
    INFO(bytes);
    RawClient client(server.options.socket_path);
    client.send(bytes);
    client.shut();
    const std::string answer = client.read_to_end();
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK_THAT(answer, Catch::Contains("application/problem+json"));
  }
  CHECK(server.get("/echo").status == 200);
}

TEST_CASE("a transfer coding that is not known is refused, so that nothing hides in a body") {
  TestServer server;
  for (const std::string_view coding : {"gzip, chunked", "identity", "gzip"}) {
    RawClient client(server.options.socket_path);
    client.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: " + std::string(coding) +
                "\r\n\r\nGET /echo HTTP/1.1\r\n\r\n");
    client.shut();
    const std::string answer = client.read_to_end();
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 501 "));
    CHECK(count(answer, "HTTP/1.1 ") == 1);
  }
  CHECK(server.handler.handled == 0);
}

TEST_CASE("a head over 16 KiB is answered with 431") {
  const TestServer server;
  const std::string large(40'000, 'a');
  for (const std::string& bytes : {"GET /" + large + " HTTP/1.1\r\n\r\n",
                                   "GET / HTTP/1.1\r\nX: " + large + "\r\n\r\n", "GET /" + large}) {
    RawClient client(server.options.socket_path);
    client.send(bytes);
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 431 "));
  }
  RawClient fine(server.options.socket_path);
  fine.send("GET /echo?a=" + std::string(15'000, 'a') + " HTTP/1.1\r\n\r\n");
  CHECK_THAT(fine.read_until("body"), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("random bytes harm nobody") {
  TestServer server(one_second);
  std::mt19937 random(20'260'101);  // the same in every run
  std::uniform_int_distribution<int> byte(0, 255);
  std::uniform_int_distribution<std::size_t> length(1, 3000);
  const std::string valid = "POST /echo?a=b HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd";
  for (int i = 0; i < 200; ++i) {
    std::string bytes = valid + valid;
    if (i % 2 == 0) bytes.resize(length(random));
    const std::size_t changes = i % 2 == 0 ? bytes.size() : 3;
    for (std::size_t n = 0; n < changes; ++n) {
      bytes[length(random) % bytes.size()] = static_cast<char>(byte(random));
    }
    RawClient client(server.options.socket_path);
    client.send(bytes);
    client.shut();
    if (i % 5 != 0) client.read_to_end();
  }
  CHECK(server.get("/echo").status == 200);
}

TEST_CASE("half a request from a client that stops sending is answered with 400") {
  const TestServer server;
  for (const std::string_view bytes :
       {"GET /ec", "GET /echo HTTP/1.1\r\nHost",
        "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    INFO(bytes);
    RawClient client(server.options.socket_path);
    client.send(bytes);
    client.shut();
    CHECK_THAT(client.read_to_end(), Catch::StartsWith("HTTP/1.1 400 "));
  }
}

TEST_CASE("a client that shuts its side down after the request still gets its answer") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send("GET /later?ms=50 HTTP/1.1\r\n\r\n");
  client.shut();
  CHECK_THAT(client.read_to_end(), Catch::EndsWith("later"));
}

TEST_CASE("a request that comes too slowly is answered with 408") {
  TestServer server(one_second);
  for (const std::string_view begin :
       {"GET /echo HTTP/1.1\r\n", "POST /echo HTTP/1.1\r\nContent-Length: 900\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n"}) {
    INFO(begin);
    RawClient client(server.options.socket_path);
    client.send(begin);
    for (int i = 0; i < 15; ++i) {  // a byte now and then does not move the deadline
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      client.send("X");
    }
    CHECK_THAT(client.read_until("not complete after 1 s"), Catch::Contains("HTTP/1.1 408 "));
  }
  CHECK(server.handler.handled == 0);
}

TEST_CASE("a connection on which nothing comes is closed without a word") {
  const TestServer server(one_second);
  RawClient client(server.options.socket_path);
  CHECK(client.read_to_end().empty());
  RawClient kept(server.options.socket_path);
  kept.send("GET /later HTTP/1.1\r\n\r\n");
  CHECK(count(kept.read_to_end(), "HTTP/1.1 ") == 1);
}

TEST_CASE("a client that does not read its answer is cut off") {
  TestServer server([](ServerOptions& options) {
    options.request_seconds = 1;
    options.connections = 1;
  });
  RawClient client(server.options.socket_path);
  client.send("GET /large?bytes=50000000 HTTP/1.1\r\n\r\n");
  CHECK(wait_until([&] { return server.get("/echo").status == 200; }));
}

TEST_CASE("a handler that takes its time does not run into the deadline") {
  const TestServer server(one_second);
  CHECK(server.get("/later?ms=1500").body == "later");
}

TEST_CASE("a reply after the client has gone is dropped") {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.options.socket_path);
    client.send("GET /later?ms=20 HTTP/1.1\r\n\r\n");
    if (i % 2 == 0) REQUIRE(wait_until([&] { return server.handler.handled == i + 1; }));
    client.close();
    REQUIRE(wait_until([&] { return server.handler.handled == i + 1; }));
  }
  server.handler.wait_for_answers();
  CHECK(server.get("/echo").status == 200);
}

TEST_CASE("connections over the limit are answered with 503") {
  TestServer server([](ServerOptions& options) { options.connections = 3; });
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(server.options.socket_path);
    clients.back().send("GET /echo HTTP/1.1\r\n\r\n");
    CHECK_THAT(clients.back().read_until("body"), Catch::StartsWith("HTTP/1.1 200 "));
  }
  const client::Response refused = server.get("/echo");
  CHECK(refused.status == 503);
  CHECK_THAT(refused.body, Catch::Contains("3 connections are open already"));
  clients.clear();
  CHECK(wait_until([&] { return server.get("/echo").status == 200; }));
}

TEST_CASE("far more connections than the limit are cut off rather than kept") {
  TestServer server([](ServerOptions& options) { options.connections = 2; });
  std::vector<RawClient> clients;
  for (int i = 0; i < 200; ++i) clients.emplace_back(server.options.socket_path);
  clients.clear();
  // Until they have gone the server may cut this one off too.
  client::Request request;
  request.target = "/echo";
  CHECK(wait_until([&] {
    const auto response = riskd::client::request(server.options.socket_path, request);
    return response && response.value().status == 200;
  }));
}

}  // namespace
}  // namespace riskd::server::server_hostile_test
