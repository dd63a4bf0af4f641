// Between the threads that send on a stream and the connection that carries it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "daemon/server/server.hpp"

namespace riskd::server {

struct Core;
class Connection;

inline constexpr std::size_t stream_waiting_bytes = 1u << 20;  // a slower reader is cut off

// What waits to be sent. Usable from any thread.
class StreamQueue {
 public:
  // `chunked`: what is sent goes into chunks (HTTP/1.1); otherwise as it is, to the connection's
  // end.
  explicit StreamQueue(bool chunked) : chunked_(chunked) {}

  enum class Added { yes, already_waiting, too_slow, closed };

  // `yes`: the connection must be notified; `already_waiting`: it has been.
  Added add(std::string_view data);
  // Nothing is taken any more; what is queued is still sent. False where it was closed before.
  bool close();
  // The client has gone: what is queued goes too.
  void abandon();
  struct Piece {
    std::string bytes;        // as they go on the wire; empty where nothing waits
    std::size_t counted = 0;  // go on counting as waiting until `sent`
    bool is_last = false;     // the stream was closed: nothing comes after
  };
  Piece take();
  void sent(std::size_t bytes);
  bool is_closed() const;

 private:
  const bool chunked_;
  mutable std::mutex mutex_;
  std::string queued_;          // guarded by mutex_, as all below
  std::size_t on_its_way_ = 0;  // bytes taken and not yet sent
  bool closed_ = false;
  bool is_abandoned_ = false;  // implies closed_
};

// The stream that handlers hold; closes when the last of them lets it go.
std::shared_ptr<Stream> make_stream(std::shared_ptr<Core> core,
                                    const std::shared_ptr<Connection>& connection,
                                    std::shared_ptr<StreamQueue> queue);

}  // namespace riskd::server
