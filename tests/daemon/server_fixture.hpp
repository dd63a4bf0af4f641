// A server with a handler whose paths do what the tests need, and a client that sends raw bytes.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/client/client.hpp"
#include "daemon/server/server.hpp"

namespace riskd::server {

// A new folder below the system's folder for temporary files; goes with the object.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Paths:
//   /echo      method, path, query, headers of the request and its body as text
//   /upload    up to 64 MiB; "<bytes> <sum of bytes> <file|memory>"
//   /later     answers "later" on another thread after ?ms=
//   /gone      lets its reply go
//   /twice     answers "first", then "second"
//   /evil      repeats ?value= in a header
//   /large     ?bytes= of "x"
//   /none      204
//   /private   not admitted: 403
//   /refused   a stream that is answered with 410
//   /stream    an endless stream, kept in `streams`
//   /count     a stream of ?events= numbers that ends
//   others     404; their bodies may have 1,000 bytes
class TestHandler : public Handler {
 public:
  ~TestHandler() override;
  void handle(Request request, Reply reply) override;
  Result<Admitted, Response> admit(const Request& head) const override;
  std::optional<Response> open_stream(const Request& request) override;
  void started(const Request& request, std::shared_ptr<Stream> stream) override;

  // Waits for one more stream, at most 10 s.
  std::shared_ptr<Stream> next_stream();
  // Waits for the threads that answer later.
  void wait_for_answers();

  std::atomic<int> handled = 0;
  mutable std::atomic<int> heads = 0;  // that `admit` was asked about
  std::string last_body_file;          // read once the answer has come

 private:
  std::mutex mutex_;
  std::condition_variable stream_came_;
  std::vector<std::shared_ptr<Stream>> streams_;
  std::vector<std::thread> threads_;
};

struct TestServer {
  using Change = std::function<void(ServerOptions&)>;
  explicit TestServer(const Change& change = [](ServerOptions&) {});

  // The answer to a request that must get one.
  client::Response get(std::string target) const;
  client::Response send(client::Request request) const;

  TestFolder folder;
  TestHandler handler;
  ServerOptions options;
  std::unique_ptr<Server> server;
};

// Sends what it is told to.
class RawClient {
 public:
  explicit RawClient(const std::string& socket_path);
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;

  bool send(std::string_view bytes);              // false where the server takes no more
  void shut();                                    // no more comes
  std::string read_until(std::string_view what);  // all that came, at most 10 s
  std::string read_to_end();                      // all that comes until the server closes
  void close();

 private:
  bool read_some();

  int fd_;
  std::string received_;
};

bool contains(std::string_view text, std::string_view what);
std::size_t count(std::string_view text, std::string_view what);
std::vector<std::string> files_in(const std::string& folder);
bool wait_until(const std::function<bool()>& holds);  // at most 10 s

}  // namespace riskd::server
