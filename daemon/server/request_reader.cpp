#include "daemon/server/request_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "daemon/server/refusals.hpp"
#include "daemon/server/request_head.hpp"

namespace riskd::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::uint32_t request_head_bytes = 16u << 10;
constexpr std::size_t first_read_bytes = 4096;
constexpr std::size_t body_piece_bytes = 64u << 10;  // read at once of a body

RawHead raw_head(const http::request<http::buffer_body>& message) {
  const auto view = [](auto text) { return std::string_view(text.data(), text.size()); };
  RawHead raw;
  raw.method = view(message.method_string());
  raw.target = view(message.target());
  raw.is_http_1_0 = message.version() == 10;
  for (const auto& field : message) {
    raw.fields.emplace_back(view(field.name_string()), view(field.value()));
  }
  return raw;
}

}  // namespace

void RequestReader::read(Done done) {
  parser_.emplace();
  parser_->header_limit(request_head_bytes);
  parser_->body_limit(boost::none);  // counted here, once the handler has said how much
  terms_ = {};
  incoming_ = {};
  body_.reset();
  has_begun_ = timed_out_ = false;
  set_deadline(done);
  if (buffer_.size() > 0) return read_fields(std::move(done));
  socket_.async_read_some(buffer_.prepare(first_read_bytes),
                          [this, step = std::move(done)](Code error, std::size_t bytes) {
                            if (error || timed_out_ || is_abandoned_)
                              return end(std::nullopt, step);
                            buffer_.commit(bytes);
                            set_deadline(step);
                            read_fields(step);
                          });
}

bool RequestReader::has_input() const { return buffer_.size() > 0 || socket_.has_input(); }

void RequestReader::abandon() {
  is_abandoned_ = true;
  body_.reset();
  incoming_.held.reset();
}

void RequestReader::set_deadline(const Done& done) {
  const std::chrono::seconds time(core_.options.request_seconds);
  deadline_.set(time, [this, owner = done] { cut_off(owner); });
}

// Again and again, until the reading ends: a read that has just come in is not cancelled, and the next one may begin.
void RequestReader::cut_off(const Done& done) {
  timed_out_ = true;
  socket_.cancel();
  deadline_.set(std::chrono::seconds(1), [this, owner = done] { cut_off(owner); });
}

void RequestReader::read_fields(Done done) {
  has_begun_ = true;
  terms_.request_id = core_.next_request_id();
  http::async_read_header(socket_, buffer_, *parser_,
                          [this, step = std::move(done)](Code error, std::size_t) {
                            if (error || timed_out_ || is_abandoned_) return fail(error, step);
                            on_head(step);
                          });
}

void RequestReader::on_head(Done done) {
  const RawHead raw = raw_head(parser_->get());
  terms_.is_http_1_0 = raw.is_http_1_0;
  auto head = read_head(raw);
  if (!head) return refuse(std::move(head.error()), done);
  terms_.keep_alive = parser_->keep_alive();
  terms_.wants_no_body = head->wants_no_body;
  incoming_.request = std::move(head->request);
  incoming_.request.peer = peer_;
  incoming_.request.id = terms_.request_id;
  auto admitted = core_.handler.admit(incoming_.request);
  auto refusal = admitted ? take(std::move(*admitted)) : std::optional(admitted.error());
  if (parser_->is_done()) {
    incoming_.refusal = std::move(refusal);
    return finish(done);
  }
  if (refusal) return end(std::move(*refusal), done);
  body_.emplace(core_.options.spool_folder, admitted_.body_bytes);
  const auto length = parser_->content_length();  // not 0: such a request is done
  piece_.resize(length ? std::min<std::uint64_t>(body_piece_bytes, *length) : body_piece_bytes);
  if (!head->expects_continue || buffer_.size() > 0) return read_body(std::move(done));
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(go_on),
                    [this, step = std::move(done)](Code error, std::size_t) {
                      if (error || is_abandoned_) return fail(error, step);
                      read_body(step);
                    });
}

// The answer that refuses what the handler has admitted. Otherwise it counts for its peer, and so does as much of its
// body as will be in memory, where the head says how long it is.
std::optional<Response> RequestReader::take(Handler::Admitted admitted) {
  admitted_ = std::move(admitted);
  counted_bytes_ = 0;
  if (admitted_.account.empty()) admitted_.account = account_of(peer_);
  incoming_.held = core_.accounts->begin_request(admitted_.account);
  if (!incoming_.held) return core_.counted(too_many_requests_of_peer(core_.options.peer_requests));
  const auto length = parser_->content_length();
  if (parser_->is_done() || !length) return add_body(0);
  if (*length > admitted_.body_bytes) return core_.counted(body_too_large(admitted_.body_bytes));
  return count(static_cast<std::size_t>(*length));
}

std::optional<Response> RequestReader::add_body(std::size_t bytes) {
  auto refusal = incoming_.held->add_body(bytes);
  if (refusal) refusal = core_.counted(std::move(*refusal));
  return refusal;
}

// So much of the body has come, or will.
std::optional<Response> RequestReader::count(std::size_t body_bytes) {
  const std::size_t wanted = std::min(body_bytes, admitted_.memory_bytes);
  if (wanted <= counted_bytes_) return std::nullopt;
  auto refusal = add_body(wanted - counted_bytes_);
  if (!refusal) counted_bytes_ = wanted;
  return refusal;
}

void RequestReader::read_body(Done done) {
  if (timed_out_) return fail({}, done);
  auto& place = parser_->get().body();
  place.data = piece_.data();
  place.size = piece_.size();
  place.more = true;
  http::async_read_some(socket_, buffer_, *parser_,
                        [this, step = std::move(done)](Code error, std::size_t) {
                          const bool has_failed = error && error != http::error::need_buffer;
                          if (has_failed || is_abandoned_) return fail(error, step);
                          on_piece(step);
                        });
}

void RequestReader::on_piece(Done done) {
  const std::size_t bytes = piece_.size() - parser_->get().body().size;
  const auto added = body_->append({piece_.data(), bytes});
  if (!added) {
    const bool is_too_large = added.error().code == ErrorCode::too_large;
    return refuse(is_too_large ? body_too_large(admitted_.body_bytes)
                               : cannot_store_body(added.error().message),
                  done);
  }
  if (auto refusal = count(body_->size_bytes())) return end(std::move(refusal), done);
  if (!parser_->is_done()) return read_body(std::move(done));
  finish(done);
}

void RequestReader::finish(const Done& done) {
  deadline_.cancel();
  if (body_) {
    incoming_.request.body = body_->take_memory();
    incoming_.body_file = body_->take_file();
    if (incoming_.body_file) incoming_.request.body_file = incoming_.body_file->path();
    body_.reset();
    piece_ = std::vector<char>();
  }
  done(std::exchange(incoming_, {}));
}

void RequestReader::refuse(Response answer, const Done& done) {
  end(core_.counted(std::move(answer)), done);
}

void RequestReader::end(std::optional<Response> answer, const Done& done) {
  deadline_.cancel();
  body_.reset();
  incoming_.held.reset();
  done(Unexpected(std::move(answer)));
}

void RequestReader::fail(Code error, const Done& done) {
  const bool is_in_head = !body_;
  if (is_abandoned_) return end(std::nullopt, done);
  if (timed_out_) return refuse(timed_out(core_.options.request_seconds), done);
  if (error == http::error::end_of_stream) return end(std::nullopt, done);
  if (is_in_head && (error == http::error::header_limit || error == http::error::buffer_overflow)) {
    return refuse(head_too_large(request_head_bytes), done);
  }
  const bool is_of_http =
      error.category() == http::make_error_code(http::error::bad_field).category();
  if (!is_of_http) return end(std::nullopt, done);  // the client has gone
  refuse(bad_request("the request is not HTTP/1.1: " + error.message()), done);
}

}  // namespace riskd::server
