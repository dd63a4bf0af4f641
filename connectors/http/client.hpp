// HTTP requests: to trackers, and over a Unix socket to riskd itself. The calling thread waits; many threads may share
// a client. Connections are kept and used again.
//
// TLS certificates are always verified, redirects are never followed (a header with a secret stays
// where it was sent), and nothing of a request is logged.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/limits.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

// A body that is read while it is sent.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  virtual std::optional<std::uint64_t> size_bytes() const = 0;  // nullopt: sent in chunks
  // At most `bytes`; 0 at the end. An error ends the request.
  virtual Result<std::size_t> read(char* place, std::size_t bytes) = 0;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  HttpBody* stream = nullptr;  // instead of `body`; outlives the request
  std::string proxy;           // "http://proxy.example:3128"; empty: as the environment says
  std::string ca_file;         // PEM; empty: the system's
  std::string
      unix_socket;  // the server listens there, whatever the URL says; never through a proxy
  std::chrono::milliseconds timeout{30'000};  // for all of it, connecting included
  std::size_t answer_bytes = limits::http_answer_bytes;
  // Takes the body of a 2xx answer piece by piece, which may go on without end: `timeout` is for its head then. False
  // ends it.
  std::function<bool(std::string_view)> receive;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of several the last
  std::string body;                            // empty where it went to `receive`
};

// Why there is no answer. The peer may have done what was asked.
enum class HttpFault : std::uint8_t {
  refused,    // nobody listens
  forbidden,  // this user may not connect
  late,       // the time-out
  silent,     // the connection ended without an answer
  cut_off,    // the answer ended early
  foreign,    // what came is no HTTP
  too_large,  // the answer is larger than allowed
  body,       // the body could not be read
  stopped,    // the client was stopped
  other,      // name, TLS, proxy, …
};

struct HttpError {
  HttpFault fault = HttpFault::other;
  std::string detail;  // for people
};

// Who sends requests; in tests not to the network.
class HttpSender {
 public:
  virtual ~HttpSender() = default;

  // As HttpClient::send.
  virtual Result<HttpResponse> send(HttpRequest request) = 0;
};

class HttpClient final : public HttpSender {
 public:
  HttpClient();
  ~HttpClient() override;  // stops; no request may be under way any more when it ends
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends the request and waits for the whole answer. May be called from any thread.
  Result<HttpResponse, HttpError> ask(const HttpRequest& request);

  // The same, for trackers:
  //   unavailable  no answer; `message` says why, `where` is the address without a query
  //   too_large    the answer is larger than allowed
  Result<HttpResponse> send(HttpRequest request) override;

  // Ends what is under way, and refuses what comes.
  void stop();

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace riskd::connectors
