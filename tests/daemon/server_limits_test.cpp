// What one peer may have open and in memory, and all of them.
#include <catch2/catch.hpp>

#include "daemon/server/peer_accounts.hpp"
#include "server_fixture.hpp"

namespace riskd::server::server_limits_test {
namespace {

constexpr std::size_t mebibyte = 1u << 20;
const std::string eva = "1001", ben = "1002";

std::string post(const std::string& path, std::size_t bytes) {
  return "POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(bytes) +
         "\r\nExpect: 100-continue\r\n\r\n";
}

// The first line of the answer, or of 100-continue.
std::string first_line(RawClient& client) {
  const std::string all = client.read_until("\r\n");
  return all.substr(0, all.find("\r\n"));
}

void check_says_when(const client::Response& response, int status, std::string_view why) {
  CHECK(response.status == status);
  CHECK_THAT(response.body, Catch::Contains(std::string(why)));
  bool says = false;
  for (const auto& [name, value] : response.headers) says = says || name == "retry-after";
  CHECK(says);
}

}  // namespace

TEST_CASE("the connections of one peer over its limit are answered with 429") {
  TestServer server([](ServerOptions& options) { options.peer_connections = 2; });
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.options.socket_path);
    clients.back().send("GET /echo HTTP/1.1\r\n\r\n");
    CHECK_THAT(clients.back().read_until("body"), Catch::StartsWith("HTTP/1.1 200 "));
  }
  check_says_when(server.get("/echo"), 429, "2 connections open already");
  clients.clear();
  CHECK(wait_until([&] { return server.get("/echo").status == 200; }));
}

TEST_CASE(
    "the requests of one peer over its limit are answered with 429, before their bodies are read") {
  TestServer server([](ServerOptions& options) { options.peer_requests = 2; });
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.options.socket_path);
    clients.back().send("GET /later?ms=1500 HTTP/1.1\r\n\r\n");
  }
  REQUIRE(wait_until([&] { return server.handler.handled == 2; }));
  RawClient third(server.options.socket_path);
  third.send(post("/echo", 900));
  CHECK(first_line(third) == "HTTP/1.1 429 Too Many Requests");
  check_says_when(server.get("/echo"), 429, "2 requests of this user");
  for (RawClient& client : clients) client.read_until("later");
  CHECK(wait_until([&] { return server.get("/echo").status == 200; }));
}

TEST_CASE("bodies of one peer over its limit are answered with 429, before they are read") {
  TestServer server([](ServerOptions& options) { options.peer_bytes = 2 * mebibyte; });
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.options.socket_path);
    clients.back().send(post("/later", mebibyte));
    CHECK(first_line(clients.back()) == "HTTP/1.1 100 Continue");
  }
  RawClient third(server.options.socket_path);
  third.send(post("/later", mebibyte));
  CHECK(first_line(third) == "HTTP/1.1 429 Too Many Requests");
  clients.clear();
  CHECK(wait_until([&] {
    RawClient again(server.options.socket_path);
    again.send(post("/later", mebibyte));
    return first_line(again) == "HTTP/1.1 100 Continue";
  }));
}

TEST_CASE("a body without a length counts as it comes") {
  TestServer server([](ServerOptions& options) { options.peer_bytes = mebibyte / 2; });
  RawClient client(server.options.socket_path);
  client.send("POST /later HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 10 && client.send(piece); ++i) {
  }
  CHECK(first_line(client) == "HTTP/1.1 429 Too Many Requests");
}

TEST_CASE("a body that is in a file counts with what of it is in memory") {
  TestServer server([](ServerOptions& options) { options.peer_bytes = 2 * mebibyte; });
  client::Request request;
  request.method = "POST";
  request.target = "/upload";
  request.body = std::string(20 * mebibyte, '\1');
  CHECK(server.send(request).status == 200);
}

TEST_CASE("answers that nobody reads count, until their clients are cut off") {
  TestServer server([](ServerOptions& options) {
    options.peer_bytes = 2 * mebibyte;
    options.request_seconds = 1;
  });
  RawClient client(server.options.socket_path);
  client.send("GET /large?bytes=3000000 HTTP/1.1\r\n\r\n");
  REQUIRE(wait_until([&] { return server.get("/echo").status == 429; }));
  CHECK(wait_until([&] { return server.get("/echo").status == 200; }));
}

TEST_CASE(
    "however many clients post as much as they may, their bodies take no more memory than the "
    "bound") {
  constexpr int clients_at_once = 100;
  TestServer server([](ServerOptions& options) {
    options.body_bytes = 5 * mebibyte;
    options.peer_bytes = 1'000 * mebibyte;
  });
  std::vector<RawClient> clients;
  std::size_t taken = 0, refused = 0;
  for (int i = 0; i < clients_at_once; ++i) {
    clients.emplace_back(server.options.socket_path);
    clients.back().send(post("/later", mebibyte));
    const std::string line = first_line(clients.back());
    taken += line == "HTTP/1.1 100 Continue" ? 1 : 0;
    refused += line == "HTTP/1.1 503 Service Unavailable" ? 1 : 0;
  }
  CHECK(taken == 5);
  CHECK(refused == clients_at_once - 5);
  CHECK(server.get("/echo").status == 200);
}

TEST_CASE("the limits of one peer are not those of another; what all have in memory is bounded") {
  ServerOptions options;
  options.peer_connections = options.peer_requests = 1;
  options.peer_bytes = 100;
  options.body_bytes = 150;
  const auto accounts = std::make_shared<PeerAccounts>(options);
  auto connection = accounts->open_connection(eva);
  REQUIRE(connection);
  CHECK_FALSE(accounts->open_connection(eva));
  CHECK(accounts->open_connection(ben));
  auto request = accounts->begin_request(eva);
  REQUIRE(request);
  CHECK_FALSE(accounts->begin_request(eva));
  CHECK_FALSE(request->add_body(90));
  CHECK(request->add_body(11)->status == 429);
  auto other = accounts->begin_request(ben);
  REQUIRE(other);
  CHECK(other->add_body(61)->status == 503);
  CHECK_FALSE(other->add_body(60));
  CHECK(accounts->body_bytes() == 150);
  request->add_answer(50);
  request->drop_body();
  CHECK(accounts->body_bytes() == 60);
  CHECK(request->add_body(51)->status == 429);
  request.reset();
  other.reset();
  connection.reset();
  CHECK(accounts->body_bytes() == 0);
  CHECK(accounts->begin_request(eva));
}

}  // namespace riskd::server::server_limits_test
