#include "daemon/server/stream_sender.hpp"

#include <utility>

namespace riskd::server {

std::shared_ptr<StreamQueue> StreamSender::open(bool chunked) {
  queue_ = std::make_shared<StreamQueue>(chunked);
  return queue_;
}

void StreamSender::begin(std::string head, Ended ended) {
  write(std::move(head), {}, std::move(ended));
}

void StreamSender::send_queued(Ended ended) {
  if (is_writing_) return;
  StreamQueue::Piece piece = queue_->take();
  if (piece.bytes.empty()) {
    if (piece.is_last) ended();
    return;
  }
  std::string bytes = std::exchange(piece.bytes, {});
  write(std::move(bytes), std::move(piece), std::move(ended));
}

void StreamSender::finish(Ended ended) {
  queue_->close();
  patience_.reset();
  writer_.leave_deadline();
  send_queued(std::move(ended));
}

void StreamSender::abandon() {
  if (queue_) queue_->abandon();
}

void StreamSender::write(std::string bytes, StreamQueue::Piece piece, Ended ended) {
  is_writing_ = true;
  writer_.write(std::move(bytes), {}, patience_,
                [this, counted = piece.counted, is_last = piece.is_last,
                 step = std::move(ended)](Code error) {
                  if (error || is_last) return step();
                  is_writing_ = false;
                  queue_->sent(counted);
                  send_queued(step);
                });
}

}  // namespace riskd::server
