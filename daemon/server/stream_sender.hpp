// The endless answer that a connection carries: takes what waits in the stream's queue and sends it,
// piece after piece.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/server/socket_writer.hpp"
#include "daemon/server/stream_queue.hpp"

namespace riskd::server {

// Before `open` there is no queue, and nothing is sent. From then on at most one piece is on its way,
// and what comes meanwhile waits in the queue: the pieces arrive in the order in which they were
// added.
//
// Use in the connection's strand. The connection owns this object, and `Ended` must keep the
// connection alive.
class StreamSender {
 public:
  // A client that takes nothing for `patience`, while there is something for it, counts as gone.
  StreamSender(SocketWriter& writer, std::chrono::seconds patience)
      : writer_(writer), patience_(patience) {}

  // Called when the stream is closed and all of it was sent, and when the client has gone.
  using Ended = std::function<void()>;

  // The queue into which handlers send. Nothing goes out before `begin`.
  std::shared_ptr<StreamQueue> open(bool chunked);
  // Sends the response's head, then what is queued.
  void begin(std::string head, Ended ended);
  // Sends what has come to the queue; while another piece is on its way, after that one.
  void send_queued(Ended ended);
  // Nothing more is taken; what is queued still goes out, before the connection's deadline.
  void finish(Ended ended);
  // Nothing more is taken or sent.
  void abandon();

 private:
  void write(std::string bytes, StreamQueue::Piece piece, Ended ended);

  SocketWriter& writer_;
  std::optional<std::chrono::seconds> patience_;
  std::shared_ptr<StreamQueue> queue_;
  bool is_writing_ = false;
};

}  // namespace riskd::server
