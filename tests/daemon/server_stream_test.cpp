// Endless responses.
#include <catch2/catch.hpp>

#include "server_fixture.hpp"

namespace riskd::server::server_stream_test {
namespace {

constexpr std::string_view get_stream = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_CASE("a stream carries what is sent, from any thread, until it is closed") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  const std::string head = client.read_until("\r\n\r\n");
  CHECK_THAT(head, Catch::Contains("Content-Type: text/event-stream\r\n"));
  CHECK_THAT(head, Catch::Contains("Cache-Control: no-store\r\n"));
  CHECK_THAT(head, Catch::Contains("Transfer-Encoding: chunked\r\n"));
  CHECK_THAT(head, !Catch::Contains("Content-Length"));
  CHECK(stream->send("data: one\n\n"));
  CHECK_THAT(client.read_until("one\n\n"), Catch::Contains("b\r\ndata: one\n\n\r\n"));
  CHECK(stream->send("data: two\n\n"));
  stream->close();
  CHECK(!stream->send("data: three\n\n"));
  const std::string all = client.read_to_end();
  CHECK_THAT(all, Catch::Contains("data: two\n\n\r\n"));
  CHECK_THAT(all, Catch::EndsWith("0\r\n\r\n"));
  CHECK_THAT(all, !Catch::Contains("three"));
}

TEST_CASE("a stream for HTTP/1.0 ends with its connection") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send("GET /count?events=2 HTTP/1.0\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK_THAT(answer, !Catch::Contains("chunked"));
  CHECK_THAT(answer, Catch::EndsWith("\r\n\r\ndata: 1\n\ndata: 2\n\n"));
}

TEST_CASE("a stream that is refused is an answer like others") {
  const TestServer server;
  const client::Response response = server.get("/refused");
  CHECK(response.status == 410);
  CHECK_THAT(response.body, Catch::Contains("too old"));
}

TEST_CASE("a stream notices that its client has gone") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  client.read_until("\r\n\r\n");
  client.close();
  CHECK(wait_until([&] { return !stream->send("data: x\n\n"); }));
  stream->close();
}

TEST_CASE("a client that never reads its stream is cut off, though little waits for it") {
  TestServer server([](ServerOptions& options) { options.request_seconds = 1; });
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  REQUIRE(stream->send(std::string(900'000, 'x')));
  CHECK(wait_until([&] { return !stream->send(":\n\n"); }));
}

TEST_CASE("a stream on which nothing happens is not cut off") {
  TestServer server([](ServerOptions& options) { options.request_seconds = 1; });
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  client.read_until("\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  CHECK(stream->send("data: late\n\n"));
  CHECK_THAT(client.read_until("late"), Catch::Contains("data: late"));
}

TEST_CASE("a client that reads too slowly is cut off, and what it has does not look whole") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  const std::string chunk(1024, 'x');
  std::size_t sent = 0;
  while (sent < 10'000 && stream->send(chunk)) ++sent;
  CHECK(sent >= 1024);
  CHECK(sent < 10'000);
  CHECK(!stream->send(chunk));
  CHECK_THAT(client.read_to_end(), !Catch::EndsWith("0\r\n\r\n"));
}

TEST_CASE("a stream that nobody holds any more ends") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  server.handler.next_stream().reset();
  CHECK_THAT(client.read_to_end(), Catch::EndsWith("\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("threads may send on one stream at once") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) stream->send("data: event\n\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  stream->close();
  CHECK(count(client.read_to_end(), "data: event\n\n") == 2000);
}

TEST_CASE("stopping ends the streams with what they have left") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(get_stream);
  const auto stream = server.handler.next_stream();
  RawClient stuck(server.options.socket_path);
  stuck.send(get_stream);
  const auto stuck_stream = server.handler.next_stream();
  stuck_stream->send(std::string(1'000'000, 'x'));
  stream->send("data: last\n\n");
  const auto began = std::chrono::steady_clock::now();
  server.server->stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  CHECK(!stream->send("data: late\n\n"));
  CHECK_THAT(client.read_to_end(), Catch::EndsWith("data: last\n\n\r\n0\r\n\r\n"));
  server.server.reset();
  CHECK(!stream->send("data: later\n\n"));
  stuck_stream->close();
}

TEST_CASE("following passes on what comes until the end") {
  const TestServer server;
  std::string all;
  client::Request request;
  request.target = "/count?events=20000";
  const Status status =
      client::follow(server.options.socket_path, request, [&](std::string_view piece) {
        all += piece;
        return true;
      });
  CHECK(status);
  CHECK(count(all, "data: ") == 20'000);
  CHECK_THAT(all, Catch::EndsWith("data: 20000\n\n"));
}

TEST_CASE("following ends when the receiver has enough") {
  TestServer server;
  std::thread sender([&] {
    const auto stream = server.handler.next_stream();
    while (stream->send("data: tick\n\n"))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  int pieces = 0;
  client::Request request;
  request.target = "/stream";
  CHECK(client::follow(server.options.socket_path, request,
                       [&](std::string_view) { return ++pieces < 3; }));
  CHECK(pieces == 3);
  sender.join();
}

TEST_CASE("following says why it cannot") {
  TestServer server;
  client::Request request;
  const auto ignore = [](std::string_view) { return true; };
  request.target = "/refused";
  const Status gone = client::follow(server.options.socket_path, request, ignore);
  REQUIRE(!gone);
  CHECK(gone.error().code == ErrorCode::conflict);
  CHECK(gone.error().message == "riskd answered 410: these events are too old");
  request.target = "/nowhere";
  const Status nowhere = client::follow(server.options.socket_path, request, ignore);
  REQUIRE(!nowhere);
  CHECK(nowhere.error().code == ErrorCode::not_found);
}

}  // namespace
}  // namespace riskd::server::server_stream_test
