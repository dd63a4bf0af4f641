#include "daemon/server/socket_writer.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

namespace riskd::server {

namespace asio = boost::asio;

void SocketWriter::write(std::string head, std::string body,
                         std::optional<std::chrono::seconds> patience, Written written) {
  head_ = std::move(head);
  body_ = std::move(body);
  patience_ = patience;
  write_rest(0, std::move(written));
}

void SocketWriter::write_rest(std::size_t sent, Written written) {
  if (patience_) {
    deadline_.set(*patience_, [this, owner = written] { socket_.cancel(); });
  }
  const std::array<asio::const_buffer, 2> rest = {
      asio::buffer(head_) + sent,
      asio::buffer(body_) + (sent > head_.size() ? sent - head_.size() : 0)};
  socket_.async_write_some(
      rest, [this, sent, step = std::move(written)](Code error, std::size_t bytes) {
        if (!error && socket_.is_open() && sent + bytes < head_.size() + body_.size()) {
          return write_rest(sent + bytes, step);
        }
        if (patience_) deadline_.cancel();
        head_ = std::string();
        body_ = std::string();
        step(error);
      });
}

}  // namespace riskd::server
