// HTTP requests to trackers: libcurl's multi interface, driven by one thread with Asio. Many trackers
// share a client: connections are kept and used again, and a slow peer delays its own requests only.
//
// TLS certificates are always verified, redirects are never followed (a header with a secret stays
// where it was sent), and nothing of a request is logged.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/result.hpp"

namespace riskd::connectors {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string proxy;    // "http://proxy.example:3128"; empty: as the environment says
  std::string ca_file;  // PEM; empty: the system's
  std::chrono::milliseconds timeout{30'000};  // for all of it, connecting included
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of several the last
  std::string body;
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
  ~HttpClient() override;  // stops
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends the request and waits for the whole answer. May be called from any thread, but its own.
  //   unavailable  no answer: the name, the connection, TLS, the time-out, an answer cut off, or the
  //                client was stopped; `message` says which, `where` is the address without a query.
  //                The peer may have done what was asked.
  //   too_large    the answer passed limits::http_answer_bytes
  Result<HttpResponse> send(HttpRequest request) override;

  // Ends what is under way, and refuses what comes.
  void stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace riskd::connectors
