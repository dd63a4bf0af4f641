// The streams of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/api/access.hpp"
#include "daemon/api/server_paths.hpp"
#include "daemon/server/server.hpp"
#include "daemon/service/service.hpp"

namespace riskd::api {

// Usable from any thread. Streams whose client has gone are found at the next event, or by a comment
// that is sent every few seconds.
class EventStreams {
 public:
  // Who sends a request, by the configuration and the tokens of now.
  using CallerOf = std::function<Result<Caller, server::Response>(const server::Request& head)>;
  using PathsOf = std::function<std::shared_ptr<const ServerPaths>()>;
  EventStreams(service::Service& service, CallerOf caller_of, PathsOf paths);
  ~EventStreams();  // ends all streams
  EventStreams(const EventStreams&) = delete;

  std::size_t open() const;

  // The head of the stream; 400, or 410 where what it asks for is no longer kept.
  server::Response head(const server::Request& request) const;

  // Sends what the caller may read, by the roles that it has at each event; without any it ends: what came after Last-Event-ID (or ?after=), then what comes.
  // With ?follow=false it ends after the first.
  void start(const server::Request& request, std::shared_ptr<server::Stream> stream);

 private:
  struct Listening;
  void keep_alive();

  service::Service& service_;
  const CallerOf caller_of_;
  const PathsOf paths_;
  mutable std::mutex mutex_;
  std::condition_variable stop_came_;
  bool is_stopping_ = false;  // guarded by mutex_, as the next
  std::vector<std::shared_ptr<Listening>> listening_;
  std::thread thread_;
};

}  // namespace riskd::api
