#include "connectors/reports/headed_stream.hpp"

#include <streambuf>
#include <vector>

namespace riskd::connectors {
namespace {

constexpr std::size_t head_step = 4u << 10;
static_assert(HeadedStream::head_bytes % head_step == 0);

}  // namespace

// The head again, then what `rest` still has.
class HeadedStream::Buffer : public std::streambuf {
 public:
  Buffer(std::string& head, std::streambuf& rest) : rest_(rest) {
    setg(head.data(), head.data(), head.data() + head.size());
  }

 protected:
  int_type underflow() override {
    if (piece_.empty()) {
      if (traits_type::eq_int_type(rest_.sgetc(), traits_type::eof())) return traits_type::eof();
      piece_.resize(head_bytes);
    }
    const std::streamsize size =
        rest_.sgetn(piece_.data(), static_cast<std::streamsize>(piece_.size()));
    if (size <= 0) return traits_type::eof();
    setg(piece_.data(), piece_.data(), piece_.data() + size);
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::streambuf& rest_;
  std::vector<char> piece_;  // empty until the head is used up: most reports are shorter
};

HeadedStream::HeadedStream(std::istream& input) : stream_(nullptr) {
  while (head_.size() < head_bytes && input.good()) {
    const std::size_t before = head_.size();
    head_.resize(before + head_step);
    input.read(head_.data() + before, static_cast<std::streamsize>(head_step));
    head_.resize(before + static_cast<std::size_t>(input.gcount()));
  }
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
