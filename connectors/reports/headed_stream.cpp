#include "connectors/reports/headed_stream.hpp"

#include <streambuf>
#include <vector>

namespace riskd::connectors {

// The head again, then what `rest` still has.
class HeadedStream::Buffer : public std::streambuf {
 public:
  Buffer(std::string& head, std::streambuf& rest) : rest_(rest), piece_(head_bytes) {
    setg(head.data(), head.data(), head.data() + head.size());
  }

 protected:
  int_type underflow() override {
    const std::streamsize size =
        rest_.sgetn(piece_.data(), static_cast<std::streamsize>(piece_.size()));
    if (size <= 0) return traits_type::eof();
    setg(piece_.data(), piece_.data(), piece_.data() + size);
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::streambuf& rest_;
  std::vector<char> piece_;
};

HeadedStream::HeadedStream(std::istream& input) : head_(head_bytes, '\0'), stream_(nullptr) {
  input.read(head_.data(), static_cast<std::streamsize>(head_.size()));
  head_.resize(static_cast<std::size_t>(input.gcount()));
  buffer_ = std::make_unique<Buffer>(head_, *input.rdbuf());
  stream_.rdbuf(buffer_.get());
  if (input.bad()) stream_.setstate(std::ios::badbit);
}

HeadedStream::~HeadedStream() = default;

std::string_view HeadedStream::head() const {
  const std::string_view head = head_;
  return head.starts_with("\xef\xbb\xbf") ? head.substr(3) : head;
}

char HeadedStream::first() const {
  const std::size_t at = head().find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? '\0' : head()[at];
}

std::istream& HeadedStream::stream() { return stream_; }

}  // namespace riskd::connectors
