#include "daemon/server/stream_queue.hpp"

#include <utility>

#include "daemon/server/connection.hpp"
#include "daemon/server/core.hpp"
#include "daemon/server/response_text.hpp"

namespace riskd::server {

StreamQueue::Added StreamQueue::add(std::string_view data) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Added::closed;
  if (queued_.size() + on_its_way_ > stream_waiting_bytes) {
    closed_ = is_abandoned_ = true;
    queued_.clear();
    return Added::too_slow;
  }
  const bool notified = !queued_.empty();
  queued_ += data;
  return notified ? Added::already_waiting : Added::yes;
}

bool StreamQueue::close() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(closed_, true);
}

void StreamQueue::abandon() {
  const std::lock_guard lock(mutex_);
  closed_ = is_abandoned_ = true;
  queued_.clear();
}

StreamQueue::Piece StreamQueue::take() {
  const std::lock_guard lock(mutex_);
  Piece piece;
  if (is_abandoned_)
    return piece;  // a stream that lacks something does not end as if it were whole
  piece.counted = queued_.size();
  piece.is_last = closed_;
  if (!chunked_) {
    piece.bytes = std::exchange(queued_, {});
  } else {
    if (!queued_.empty()) piece.bytes = chunk(std::exchange(queued_, {}));
    if (closed_) piece.bytes += chunk({});
  }
  on_its_way_ += piece.counted;
  return piece;
}

void StreamQueue::sent(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  on_its_way_ -= bytes;
}

bool StreamQueue::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

namespace {

class ConnectionStream : public Stream {
 public:
  ConnectionStream(std::shared_ptr<Core> core, const std::shared_ptr<Connection>& connection,
                   std::shared_ptr<StreamQueue> queue)
      : core_(std::move(core)), connection_(connection), queue_(std::move(queue)) {}

  ~ConnectionStream() override { close_queue(); }

  bool send(std::string chunk) override {
    if (chunk.empty()) return !queue_->is_closed();
    const auto added = queue_->add(chunk);
    const auto connection = connection_.lock();
    if (added == StreamQueue::Added::yes && connection) connection->send_queued();
    if (added == StreamQueue::Added::too_slow && connection) connection->abandon();
    return added == StreamQueue::Added::yes || added == StreamQueue::Added::already_waiting;
  }

  void close() override { close_queue(); }

 private:
  void close_queue() {
    if (!queue_->close()) return;
    if (const auto connection = connection_.lock()) connection->send_queued();
  }

  const std::shared_ptr<Core> core_;  // before connection_: a connection needs it to the end
  const std::weak_ptr<Connection> connection_;
  const std::shared_ptr<StreamQueue> queue_;
};

}  // namespace

std::shared_ptr<Stream> make_stream(std::shared_ptr<Core> core,
                                    const std::shared_ptr<Connection>& connection,
                                    std::shared_ptr<StreamQueue> queue) {
  return std::make_shared<ConnectionStream>(std::move(core), connection, std::move(queue));
}

}  // namespace riskd::server
