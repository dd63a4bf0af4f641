#include "daemon/server/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/server/core.hpp"
#include "daemon/server/deadline.hpp"
#include "daemon/server/peer_accounts.hpp"
#include "daemon/server/pending_reply.hpp"
#include "daemon/server/request_reader.hpp"
#include "daemon/server/response_text.hpp"
#include "daemon/server/socket.hpp"
#include "daemon/server/socket_writer.hpp"
#include "daemon/server/stream_sender.hpp"

namespace riskd::server {
namespace {

namespace asio = boost::asio;

constexpr std::size_t discarded_bytes = 64u << 10;  // read at once of what nobody wants
// How long what a client still sends is taken and thrown away after an early answer: closing at
// once would break its sending before it reads the answer.
constexpr std::chrono::seconds linger_time{5};
constexpr std::chrono::seconds stream_end_time{2};  // to take what a closed stream has left
constexpr std::chrono::seconds handshake_time{10};
constexpr std::chrono::seconds goodbye_time{
    1};  // of TLS: that nothing more comes, and that this is so

// What happens next, and when the connection ends. Its parts read (RequestReader), send
// (SocketWriter), carry a stream (StreamSender) and share one deadline (Deadline). The phase says
// which of them is at work: one of them only, so answers have the order of their requests. Once the
// phase is `closed`, a part that was at work has failed, and what it gives is dropped.
class HttpConnection : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(int fd, Peer peer, std::shared_ptr<TlsContext> tls, std::shared_ptr<Hold> place,
                 Core& core)
      : core_(core),
        strand_(asio::make_strand(*core.context)),
        peer_(std::move(peer)),
        socket_(strand_, fd, peer_.way == Peer::Way::tls ? AF_INET : AF_UNIX, std::move(tls)),
        deadline_(strand_),
        place_(std::move(place)),
        reader_(core, peer_, socket_, deadline_),
        writer_(socket_, deadline_),
        stream_(writer_, std::chrono::seconds(core.options.request_seconds)) {}

  void serve() override {
    on_strand(socket_.is_tls() ? &HttpConnection::shake_hands : &HttpConnection::next_request);
  }
  void send_queued() override { on_strand(&HttpConnection::send_stream); }
  void finish() override { on_strand(&HttpConnection::finish_now); }
  void abandon() override { on_strand(&HttpConnection::close); }
  void close_stopped() override { close_now(); }
  void refuse(Response response) override {
    if (socket_.is_tls()) return on_strand(&HttpConnection::close_now);
    on_strand(&HttpConnection::answer_and_end, std::move(response));
  }
  void answer(Response response) override {
    on_strand(&HttpConnection::answer_handled, std::move(response));
  }

 private:
  enum class Phase { shaking, reading, handling, answering, streaming, lingering, closed };

  template <typename... Args>
  void on_strand(void (HttpConnection::*step)(Args...), Args... args) {
    asio::post(strand_, [self = shared_from_this(), step, ... given = std::move(args)]() mutable {
      ((*self).*step)(std::move(given)...);
    });
  }

  // For the parts: what to call next.
  auto closing() {
    return [self = shared_from_this()] { self->close(); };
  }

  // ---- TLS

  void shake_hands() {
    phase_ = Phase::shaking;
    deadline_.set(std::min(handshake_time, std::chrono::seconds(core_.options.request_seconds)),
                  closing());
    socket_.async_handshake(
        [self = shared_from_this()](Code error) { self->on_hands_shaken(error); });
  }

  void on_hands_shaken(Code error) {
    if (phase_ == Phase::closed) return;
    if (error) return close_now();
    deadline_.cancel();
    has_shaken_ = true;
    peer_.certificate = socket_.client_certificate();
    next_request();
  }

  // ---- requests

  void next_request() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::reading;
    if (core_.stopping && !reader_.has_input()) return close();
    reader_.read(
        [self = shared_from_this()](RequestReader::Read read) { self->on_read(std::move(read)); });
  }

  void on_read(RequestReader::Read read) {
    if (phase_ == Phase::closed) return;
    if (read) return dispatch(std::move(*read));
    if (!read.error()) return close();
    answer_and_end(std::move(*read.error()));
  }

  void dispatch(RequestReader::Incoming incoming) {
    if (incoming.refusal) return write_answer(std::move(*incoming.refusal));
    phase_ = Phase::handling;
    held_ = incoming.held;
    if (auto head = core_.handler.open_stream(incoming.request)) {
      const bool is_stream =
          head->status >= 200 && head->status < 300 && !reader_.terms().wants_no_body;
      return is_stream ? start_stream(std::move(*head), incoming.request)
                       : write_answer(std::move(*head));
    }
    core_.handler.handle(std::move(incoming.request),
                         make_reply(core_.shared_from_this(), shared_from_this(),
                                    std::move(incoming.body_file), std::move(incoming.held)));
  }

  // ---- answers

  // An answer after which what the client has sent cannot be understood, or is not wanted.
  void answer_and_end(Response response) {
    if (phase_ == Phase::closed) return;
    ends_after_answer_ = true;
    write_answer(std::move(response));
  }

  void answer_handled(Response response) {
    if (phase_ == Phase::handling) write_answer(std::move(response));
  }

  void write_answer(Response response) {
    phase_ = Phase::answering;
    const RequestReader::Terms& terms = reader_.terms();
    if (!terms.request_id.empty()) response.headers.emplace_back("Request-Id", terms.request_id);
    const bool keeps = terms.keep_alive && !ends_after_answer_ && !core_.stopping;
    const auto after = !keeps ? After::close : terms.is_http_1_0 ? After::keep_1_0 : After::keep;
    const bool has_body = !terms.wants_no_body && !is_bodyless(response.status);
    if (has_body && held_) held_->add_answer(response.body.size());
    std::string head = response_head(response, Framing::whole, after);
    writer_.write(std::move(head), has_body ? std::move(response.body) : std::string(),
                  std::chrono::seconds(core_.options.request_seconds),
                  [self = shared_from_this(), keeps](Code error) { self->answered(error, keeps); });
  }

  void answered(Code error, bool keeps) {
    if (phase_ == Phase::closed) return;
    held_.reset();
    if (error) return close();
    if (ends_after_answer_) return linger();
    if (keeps) return next_request();
    close();
  }

  void linger() {
    phase_ = Phase::lingering;
    socket_.end_sending();
    if (core_.stopping) return close();
    deadline_.set(linger_time, closing());
    discard_input();
  }

  // Reads to the client's end and throws it away.
  void discard_input() {
    discarded_.resize(discarded_bytes);
    socket_.async_read_some(asio::buffer(discarded_),
                            [self = shared_from_this()](Code error, std::size_t) {
                              if (error) return self->close();
                              self->discard_input();
                            });
  }

  // ---- streams

  void start_stream(Response head, const Request& request) {
    phase_ = Phase::streaming;
    head.headers.emplace_back("Request-Id", request.id);
    const bool is_http_1_0 = reader_.terms().is_http_1_0;
    const auto queue = stream_.open(!is_http_1_0);
    if (!head.body.empty()) queue->add(head.body);
    core_.handler.started(request,
                          make_stream(core_.shared_from_this(), shared_from_this(), queue));
    const Framing framing = is_http_1_0 ? Framing::to_close : Framing::chunked;
    stream_.begin(response_head(head, framing, After::close), closing());
    discard_input();  // sees the client go
    if (core_.stopping) finish_now();
  }

  void send_stream() {
    if (phase_ == Phase::streaming) stream_.send_queued(closing());
  }

  // ---- ending

  void finish_now() {
    if (phase_ == Phase::shaking) return close_now();
    const bool is_idle = phase_ == Phase::reading && !reader_.has_begun();
    if (is_idle && !reader_.has_input()) return close();
    if (phase_ == Phase::lingering) return close();
    if (phase_ != Phase::streaming) return;  // the others end with their answer
    deadline_.set(stream_end_time, closing());
    stream_.finish(closing());
  }

  void close() {
    if (phase_ == Phase::closed) return;
    if (!has_shaken_) return close_now();
    // Without it a client of TLS cannot tell an answer that ends from one that was cut off.
    end_work();
    deadline_.set(goodbye_time, [self = shared_from_this()] { self->close_now(); });
    socket_.async_say_goodbye([self = shared_from_this()](Code) { self->close_now(); });
  }

  void close_now() {
    end_work();
    deadline_.end();
    socket_.close();
    place_.reset();
    core_.serving.remove(this);
    core_.refused.remove(this);
  }

  void end_work() {
    phase_ = Phase::closed;
    stream_.abandon();
    reader_.abandon();
    held_.reset();
    deadline_.cancel();
  }

  Core& core_;
  Strand strand_;
  Peer peer_;
  Socket socket_;
  Deadline deadline_;
  std::shared_ptr<Hold> place_;  // of the connection
  std::shared_ptr<Hold> held_;   // of the request that is handled or answered
  RequestReader reader_;
  SocketWriter writer_;
  StreamSender stream_;
  Phase phase_ = Phase::reading;
  bool ends_after_answer_ = false;
  bool has_shaken_ = false;  // TLS is established
  std::vector<char> discarded_;
};

}  // namespace

std::shared_ptr<Connection> make_connection(int fd, const Peer& peer,
                                            std::shared_ptr<TlsContext> tls,
                                            std::shared_ptr<Hold> place, Core& core) {
  try {
    return std::make_shared<HttpConnection>(fd, peer, std::move(tls), std::move(place), core);
  } catch (const boost::system::system_error&) {
    ::close(fd);
    return nullptr;
  }
}

}  // namespace riskd::server
