// Bodies: their limits, early answers, and where they are kept.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "server_fixture.hpp"

namespace riskd::server::server_body_test {
namespace {

constexpr std::string_view too_large = "HTTP/1.1 413 ";

std::string post(std::string_view path, std::string_view fields) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

TEST_CASE("a body over its limit is refused from the head alone") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(post("/echo", "Content-Length: 1001\r\n"));
  client.shut();
  const std::string answer = client.read_to_end();
  CHECK_THAT(answer, Catch::StartsWith(std::string(too_large)));
  CHECK_THAT(answer, Catch::Contains("application/problem+json"));
  CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
  CHECK_THAT(answer, Catch::Contains("may have 1000 bytes"));
  CHECK(server.handler.handled == 0);
  CHECK(server.handler.heads == 1);
}

TEST_CASE("a request that is not admitted is answered before its body is read") {
  TestServer server;
  for (const std::string_view fields :
       {"Content-Length: 5\r\n", "Content-Length: 5\r\nExpect: 100-continue\r\n",
        "Transfer-Encoding: chunked\r\n", "Content-Length: 100000000\r\n"}) {
    INFO(fields);
    RawClient client(server.options.socket_path);
    client.send(post("/private", fields));
    client.shut();
    const std::string answer = client.read_to_end();
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 403 "));
    CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
  }
  // Without a body there is nothing to skip, and the connection is kept.
  RawClient client(server.options.socket_path);
  client.send(
      "GET /private HTTP/1.1\r\n\r\nHEAD /private HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\n\r\n");
  client.shut();
  const std::string answers = client.read_to_end();
  CHECK(count(answers, "HTTP/1.1 403 ") == 2);
  CHECK(count(answers, "not for this peer") == 1);
  CHECK(count(answers, "HTTP/1.1 204 ") == 1);
  CHECK(server.handler.handled == 1);
}

TEST_CASE("a body at its limit is taken") {
  TestServer server;
  client::Request request;
  request.method = "POST";
  request.target = "/echo";
  request.body = std::string(1000, 'a');
  CHECK(server.send(request).status == 200);
  request.body += 'a';
  CHECK(server.send(request).status == 413);
}

TEST_CASE("a client that sends 100 MB before it reads still gets its 413") {
  TestServer server;
  RawClient client(server.options.socket_path);
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(client.send(post("/echo", "Content-Length: 100000000\r\n")));
  const std::string piece(1'000'000, 'j');
  for (int i = 0; i < 100; ++i) REQUIRE(client.send(piece));
  CHECK_THAT(client.read_to_end(), Catch::StartsWith(std::string(too_large)));
  client.close();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  CHECK(server.handler.handled == 0);
  CHECK(files_in(server.options.spool_folder).empty());
}

TEST_CASE("what a refused client goes on sending is taken for a bounded time") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(post("/echo", "Content-Length: 100000000\r\n"));
  bool taken = true;
  const auto began = std::chrono::steady_clock::now();
  while (taken && std::chrono::steady_clock::now() - began < std::chrono::seconds(15)) {
    taken = client.send("more");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(!taken);
  CHECK_THAT(client.read_to_end(), Catch::StartsWith(std::string(too_large)));
}

TEST_CASE("chunked bodies are counted too") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(post("/echo", "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 4; ++i) client.send("fa\r\n" + std::string(250, 'a') + "\r\n");
  client.send("0\r\n\r\n");
  CHECK_THAT(client.read_until("body aaa"), Catch::StartsWith("HTTP/1.1 200 "));

  RawClient large(server.options.socket_path);
  large.send(post("/echo", "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 4; ++i) large.send("fb\r\n" + std::string(251, 'a') + "\r\n");
  CHECK_THAT(large.read_to_end(), Catch::StartsWith(std::string(too_large)));

  RawClient endless(server.options.socket_path);
  endless.send(post("/echo", "Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\n");
  while (endless.send(std::string(100'000, 'a')) &&
         !contains(endless.read_until("413"), too_large)) {
  }
  CHECK_THAT(endless.read_until("413"), Catch::StartsWith(std::string(too_large)));
}

TEST_CASE("chunk extensions and trailers do not pass their bound") {
  const TestServer server;
  RawClient client(server.options.socket_path);
  client.send(post("/echo", "Transfer-Encoding: chunked\r\n"));
  client.send("1;a=" + std::string(70'000, 'b') + "\r\na\r\n0\r\n\r\n");
  CHECK_THAT(client.read_to_end(), Catch::StartsWith("HTTP/1.1 400 "));

  RawClient trailing(server.options.socket_path);
  trailing.send(post("/echo", "Transfer-Encoding: chunked\r\n"));
  trailing.send("1\r\na\r\n0\r\nX: " + std::string(70'000, 'b') + "\r\n\r\n");
  CHECK_THAT(trailing.read_to_end(), Catch::StartsWith("HTTP/1.1 400 "));
}

TEST_CASE("a client that expects to be asked is asked, or refused at once") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(post("/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  CHECK_THAT(client.read_until("body abc\n"), Catch::Contains("HTTP/1.1 200 OK\r\n"));

  RawClient refused(server.options.socket_path);
  refused.send(post("/echo", "Content-Length: 3000\r\nExpect: 100-continue\r\n"));
  CHECK_THAT(refused.read_to_end(), Catch::StartsWith(std::string(too_large)));

  RawClient strange(server.options.socket_path);
  strange.send(post("/echo", "Content-Length: 3\r\nExpect: miracles\r\n"));
  CHECK_THAT(strange.read_to_end(), Catch::StartsWith("HTTP/1.1 417 "));
}

TEST_CASE("a large body is in a private file until the reply") {
  TestServer server;
  client::Request request;
  request.method = "POST";
  request.target = "/upload";
  request.body = std::string(1u << 20, '\1');
  CHECK(server.send(request).body == "1048576 1048576 memory");
  request.body += '\1';
  CHECK(server.send(request).body == "1048577 1048577 file");
  CHECK_THAT(server.handler.last_body_file, Catch::StartsWith(server.options.spool_folder));
  CHECK(!std::filesystem::exists(server.handler.last_body_file));
  CHECK(files_in(server.options.spool_folder).empty());
  struct stat status {};
  REQUIRE(::stat(server.options.spool_folder.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a spooled body goes with a client that vanishes while it sends") {
  TestServer server;
  RawClient client(server.options.socket_path);
  client.send(post("/upload", "Content-Length: 3000000\r\n") + std::string(2'000'000, 'a'));
  const auto spooled = [&] { return files_in(server.options.spool_folder).size(); };
  REQUIRE(wait_until([&] { return spooled() == 1; }));
  client.close();
  CHECK(wait_until([&] { return spooled() == 0; }));
  CHECK(server.handler.handled == 0);
}

TEST_CASE("what a killed server left in the spool folder is removed, and nothing else") {
  const TestFolder folder;
  ServerOptions options;
  options.socket_path = folder / "s";
  options.spool_folder = folder / "spool";
  std::filesystem::create_directory(options.spool_folder);
  std::ofstream(options.spool_folder + "/riskd-body-abcdef") << "left";
  std::ofstream(options.spool_folder + "/notes.txt") << "kept";
  TestHandler handler;
  const auto server = start_server(options, handler);
  REQUIRE(server);
  CHECK(files_in(options.spool_folder) == std::vector<std::string>{"notes.txt"});
}

TEST_CASE("a body that the disk does not take is answered with 507") {
  TestServer server;
  std::filesystem::remove(server.options.spool_folder);
  client::Request request;
  request.method = "POST";
  request.target = "/upload";
  request.body = std::string(3'000'000, 'a');
  CHECK(server.send(request).status == 507);
}

}  // namespace
}  // namespace riskd::server::server_body_test
