// The endless answer that a connection carries: takes what waits in the stream's queue and sends it,
// piece after piece.
#pragma once

#include <functional>
#include <memory>
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
  explicit StreamSender(SocketWriter& writer) : writer_(writer) {}

  // Called when the stream is closed and all of it was sent, and when the client has gone.
  using Ended = std::function<void()>;

  // The queue into which handlers send. Nothing goes out before `begin`.
  std::shared_ptr<StreamQueue> open(bool chunked);
  // Sends the response's head, then what is queued.
  void begin(std::string head, Ended ended);
  // Sends what has come to the queue; while another piece is on its way, after that one.
  void send_queued(Ended ended);
  // Nothing more is taken; what is queued still goes out.
  void finish(Ended ended);
  // Nothing more is taken or sent.
  void abandon();

 private:
  void write(std::string bytes, StreamQueue::Piece piece, Ended ended);

  SocketWriter& writer_;
  std::shared_ptr<StreamQueue> queue_;
  bool is_writing_ = false;
};

}  // namespace riskd::server
