#include "daemon/server/connection.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/server/core.hpp"
#include "daemon/server/peer.hpp"
#include "daemon/server/pending_reply.hpp"
#include "daemon/server/refusals.hpp"
#include "daemon/server/request_body.hpp"
#include "daemon/server/request_head.hpp"
#include "daemon/server/response_text.hpp"

namespace riskd::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Code = boost::system::error_code;
using Strand = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<asio::local::stream_protocol, Strand>;

constexpr std::uint32_t request_head_bytes = 16u << 10;
// Below 64 KiB: Beast throws for a longer field, and trailers are bounded by this alone.
constexpr std::size_t buffer_bytes = 48u << 10;
constexpr std::size_t body_piece_bytes = 64u << 10;  // read at once of a body
// How long what a client still sends is taken and thrown away after an early answer: closing at
// once would break its sending before it reads the answer.
constexpr std::chrono::seconds linger_time{5};
constexpr std::chrono::seconds stream_end_time{2};  // to take what a closed stream has left

class HttpConnection : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(int fd, Core& core)
      : core_(core),
        strand_(asio::make_strand(*core.context)),
        socket_(strand_, asio::local::stream_protocol(), fd),
        timer_(strand_),
        peer_(peer_of(fd)) {}

  void serve() override { on_strand(&HttpConnection::next_request); }
  void send_queued() override { on_strand(&HttpConnection::write_queued); }
  void finish() override { on_strand(&HttpConnection::finish_now); }
  void abandon() override { on_strand(&HttpConnection::close); }
  void close_stopped() override { close(); }
  void refuse(Response response) override {
    on_strand(&HttpConnection::answer_and_end, std::move(response));
  }
  void answer(Response response) override {
    on_strand(&HttpConnection::answer_handled, std::move(response));
  }

 private:
  enum class Phase { idle, receiving, handling, answering, streaming, lingering, closed };

  template <typename... Args>
  void on_strand(void (HttpConnection::*step)(Args...), Args... args) {
    asio::post(strand_, [self = shared_from_this(), step, ... given = std::move(args)]() mutable {
      ((*self).*step)(std::move(given)...);
    });
  }

  // ---- deadlines

  void set_deadline(std::chrono::seconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](Code error) {
      // A deadline that was moved while its handler already waited for the strand is not reached.
      if (!error && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->on_deadline();
    });
  }

  std::chrono::seconds request_time() const {
    return std::chrono::seconds(core_.options.request_seconds);
  }

  void on_deadline() {
    if (phase_ == Phase::handling || phase_ == Phase::closed) return;
    if (phase_ != Phase::receiving) return close();
    timed_out_ = true;
    Code ignored;
    socket_.cancel(ignored);
  }

  // ---- receiving

  void next_request() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::idle;
    if (core_.stopping && !has_input()) return close();
    parser_.emplace();
    parser_->header_limit(request_head_bytes);
    parser_->body_limit(boost::none);  // counted here, once the handler has said how much
    body_.reset();
    request_ = {};
    keep_alive_ = wants_no_body_ = timed_out_ = false;
    set_deadline(request_time());
    if (buffer_.size() > 0) return read_head_fields();
    socket_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](Code error, std::size_t bytes) {
                              if (error || self->phase_ == Phase::closed) return self->close();
                              self->buffer_.commit(bytes);
                              self->set_deadline(self->request_time());
                              self->read_head_fields();
                            });
  }

  // Whether a client has begun a request that has not been read yet.
  bool has_input() {
    Code error;
    return buffer_.size() > 0 || (socket_.available(error) > 0 && !error);
  }

  void read_head_fields() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::receiving;
    http::async_read_header(socket_, buffer_, *parser_,
                            [self = shared_from_this()](Code error, std::size_t) {
                              if (error) return self->reading_failed(error);
                              self->on_head();
                            });
  }

  void on_head() {
    const auto& message = parser_->get();
    RawHead raw;
    const auto view = [](auto text) { return std::string_view(text.data(), text.size()); };
    raw.method = view(message.method_string());
    raw.target = view(message.target());
    raw.is_http_1_0 = message.version() == 10;
    for (const auto& field : message) {
      raw.fields.emplace_back(view(field.name_string()), view(field.value()));
    }
    is_http_1_0_ = raw.is_http_1_0;
    auto head = read_head(raw);
    if (!head) return answer_and_end(std::move(head.error()));
    keep_alive_ = parser_->keep_alive();
    request_ = std::move(head->request);
    request_.peer = peer_;
    wants_no_body_ = head->wants_no_body;
    if (parser_->is_done()) return dispatch();
    limit_bytes_ = core_.handler.body_limit(request_);
    const auto length = parser_->content_length();
    if (length && *length > limit_bytes_) return answer_and_end(body_too_large(limit_bytes_));
    body_.emplace(core_.options.spool_folder, limit_bytes_);
    piece_.resize(body_piece_bytes);
    if (!head->expects_continue || buffer_.size() > 0) return read_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(go_on),
                      [self = shared_from_this()](Code error, std::size_t) {
                        if (error) return self->reading_failed(error);
                        self->read_body();
                      });
  }

  void read_body() {
    if (timed_out_) return reading_failed(asio::error::operation_aborted);
    auto& place = parser_->get().body();
    place.data = piece_.data();
    place.size = piece_.size();
    place.more = true;
    http::async_read_some(socket_, buffer_, *parser_,
                          [self = shared_from_this()](Code error, std::size_t) {
                            if (error && error != http::error::need_buffer) {
                              return self->reading_failed(error);
                            }
                            self->on_piece();
                          });
  }

  void on_piece() {
    const std::size_t bytes = piece_.size() - parser_->get().body().size;
    const auto added = body_->append({piece_.data(), bytes});
    if (!added) {
      const bool is_too_large = added.error().code == ErrorCode::too_large;
      return answer_and_end(is_too_large ? body_too_large(limit_bytes_)
                                         : cannot_store_body(added.error().message));
    }
    if (!parser_->is_done()) return read_body();
    dispatch();
  }

  void reading_failed(Code error) {
    if (phase_ == Phase::closed) return;
    if (timed_out_) return answer_and_end(timed_out(core_.options.request_seconds));
    const bool in_head = !body_;
    if (error == http::error::end_of_stream) return close();
    if (in_head && (error == http::error::header_limit || error == http::error::buffer_overflow)) {
      return answer_and_end(head_too_large(request_head_bytes));
    }
    if (error.category() != http::make_error_code(http::error::bad_field).category()) {
      return close();  // the client has gone
    }
    answer_and_end(bad_request("the request is not HTTP/1.1: " + error.message()));
  }

  // ---- handling

  void dispatch() {
    timer_.cancel();
    phase_ = Phase::handling;
    std::optional<SpoolFile> file;
    if (body_) {
      request_.body = body_->take_memory();
      file = body_->take_file();
      if (file) request_.body_file = file->path();
      body_.reset();
      piece_ = std::vector<char>();
    }
    if (auto head = core_.handler.open_stream(request_)) {
      const bool is_stream = head->status >= 200 && head->status < 300 && !wants_no_body_;
      return is_stream ? start_stream(*head) : write_answer(std::move(*head));
    }
    core_.handler.handle(std::move(request_),
                         make_reply(core_.shared_from_this(), shared_from_this(), std::move(file)));
  }

  // ---- answering

  // An answer after which what the client has sent cannot be understood, or is not wanted.
  void answer_and_end(Response response) {
    if (phase_ == Phase::closed) return;
    body_.reset();
    keep_alive_ = false;
    linger_after_ = true;
    write_answer(std::move(response));
  }

  void answer_handled(Response response) {
    if (phase_ == Phase::handling) write_answer(std::move(response));
  }

  void write_answer(Response response) {
    phase_ = Phase::answering;
    if (core_.stopping) keep_alive_ = false;
    const auto after = !keep_alive_ ? After::close : is_http_1_0_ ? After::keep_1_0 : After::keep;
    out_head_ = response_head(response, Framing::whole, after);
    const bool has_body = !wants_no_body_ && !is_bodyless(response.status);
    out_body_ = has_body ? std::move(response.body) : std::string();
    write([](HttpConnection& self) { self.answered(); });
  }

  void answered() {
    out_body_ = std::string();
    if (linger_after_) return linger();
    if (keep_alive_) return next_request();
    close();
  }

  // Sends out_head_ and out_body_, as long as some of it goes out within the deadline.
  template <typename Next>
  void write(Next next, std::size_t sent = 0) {
    if (phase_ != Phase::streaming) set_deadline(request_time());
    const std::array<asio::const_buffer, 2> rest = {
        asio::buffer(out_head_) + sent,
        asio::buffer(out_body_) + (sent > out_head_.size() ? sent - out_head_.size() : 0)};
    socket_.async_write_some(
        rest, [self = shared_from_this(), next, sent](Code error, std::size_t bytes) {
          if (self->phase_ == Phase::closed) return;
          if (error) return self->close();
          const std::size_t all = self->out_head_.size() + self->out_body_.size();
          if (sent + bytes < all) return self->write(next, sent + bytes);
          next(*self);
        });
  }

  void linger() {
    phase_ = Phase::lingering;
    Code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    if (core_.stopping) return close();
    set_deadline(linger_time);
    discard_input();
  }

  // Reads to the client's end and throws it away.
  void discard_input() {
    piece_.resize(body_piece_bytes);
    socket_.async_read_some(asio::buffer(piece_),
                            [self = shared_from_this()](Code error, std::size_t) {
                              if (error) return self->close();
                              self->discard_input();
                            });
  }

  // ---- streaming

  void start_stream(const Response& head) {
    phase_ = Phase::streaming;
    stream_ = std::make_shared<StreamQueue>(!is_http_1_0_);
    const Framing framing = is_http_1_0_ ? Framing::to_close : Framing::chunked;
    out_head_ = response_head(head, framing, After::close);
    out_body_.clear();
    if (!head.body.empty()) stream_->add(head.body);
    core_.handler.started(request_,
                          make_stream(core_.shared_from_this(), shared_from_this(), stream_));
    stream_writing_ = true;
    write([](HttpConnection& self) { self.stream_written({}); });
    discard_input();  // sees the client go
    if (core_.stopping) finish_now();
  }

  void stream_written(const StreamQueue::Piece& piece) {
    if (piece.is_last) return close();
    stream_writing_ = false;
    stream_->sent(piece.counted);
    write_queued();
  }

  void write_queued() {
    if (phase_ != Phase::streaming || stream_writing_) return;
    StreamQueue::Piece piece = stream_->take();
    if (piece.bytes.empty()) {
      if (piece.is_last) close();
      return;
    }
    stream_writing_ = true;
    out_head_ = std::move(piece.bytes);
    write([piece](HttpConnection& self) { self.stream_written(piece); });
  }

  // ---- ending

  void finish_now() {
    if (phase_ == Phase::idle && !has_input()) return close();
    if (phase_ == Phase::lingering) return close();
    if (phase_ != Phase::streaming) return;  // the others end with their answer
    stream_->close();
    set_deadline(stream_end_time);
    write_queued();
  }

  void close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    if (stream_) stream_->abandon();
    Code ignored;
    timer_.cancel();
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
    body_.reset();
    core_.serving.remove(this);
    core_.refused.remove(this);
  }

  Core& core_;
  Strand strand_;
  Socket socket_;
  asio::steady_timer timer_;
  const Peer peer_;
  Phase phase_ = Phase::idle;

  boost::beast::flat_buffer buffer_{buffer_bytes};  // keeps what a pipelining client sent ahead
  std::optional<http::request_parser<http::buffer_body>> parser_;
  std::vector<char> piece_;
  std::optional<RequestBody> body_;
  std::size_t limit_bytes_ = 0;
  Request request_;
  bool is_http_1_0_ = false;
  bool keep_alive_ = false;
  bool wants_no_body_ = false;
  bool timed_out_ = false;
  bool linger_after_ = false;

  std::string out_head_;
  std::string out_body_;
  std::shared_ptr<StreamQueue> stream_;
  bool stream_writing_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_connection(int fd, Core& core) {
  try {
    return std::make_shared<HttpConnection>(fd, core);
  } catch (const boost::system::system_error&) {
    ::close(fd);
    return nullptr;
  }
}

}  // namespace riskd::server
