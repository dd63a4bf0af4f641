#include "connectors/reports/decoded_stream.hpp"

#include <iconv.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <streambuf>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/reports/headed_stream.hpp"
#include "connectors/reports/stream.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t piece_bytes = 64u << 10;
constexpr int gzip_window = 15 + 16;  // the greatest, with the header of gzip

bool is_gzip(std::string_view head) { return head.starts_with("\x1f\x8b\x08"); }

// iconv's name of the UTF-16 that the report is in; null where it is in something else.
const char* utf16_of(std::string_view head) {
  if (head.starts_with("\xff\xfe")) return "UTF-16LE";
  if (head.starts_with("\xfe\xff")) return "UTF-16BE";
  if (head.size() < 4) return nullptr;
  const auto is = [&](std::size_t zero, std::size_t ascii) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return head[zero] == '\0' && head[zero + 2] == '\0' && printable(head[ascii]) &&
           head[ascii + 2] != '\0';
  };
  if (is(1, 0)) return "UTF-16LE";
  return is(0, 1) ? "UTF-16BE" : nullptr;
}

}  // namespace

// Gives other bytes than it takes.
class DecodedStream::Layer : public std::streambuf {
 public:
  explicit Layer(std::istream& input) : input_(input), taken_(piece_bytes), given_(piece_bytes) {}
  const std::string& complaint() const { return complaint_; }

 protected:
  // Bytes that `decode` has not used yet stand at the front of `taken_`.
  std::size_t take() {
    input_.read(taken_.data() + waiting_, static_cast<std::streamsize>(taken_.size() - waiting_));
    waiting_ += static_cast<std::size_t>(input_.gcount());
    return waiting_;
  }
  void used(std::size_t bytes) {
    waiting_ -= bytes;
    std::memmove(taken_.data(), taken_.data() + bytes, waiting_);
  }
  int_type give(std::size_t bytes) {
    if (bytes == 0) return traits_type::eof();
    setg(given_.data(), given_.data(), given_.data() + bytes);
    return traits_type::to_int_type(*gptr());
  }

  std::istream& input_;
  std::vector<char> taken_, given_;
  std::size_t waiting_ = 0;
  std::string complaint_;
};

class DecodedStream::Gzip : public Layer {
 public:
  explicit Gzip(std::istream& input) : Layer(input) {
    if (inflateInit2(&state_, gzip_window) != Z_OK) complaint_ = "gzip cannot be unpacked";
  }
  ~Gzip() override { inflateEnd(&state_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

 protected:
  int_type underflow() override {
    while (complaint_.empty() && !ended_) {
      const std::size_t bytes = take();
      state_.next_in = reinterpret_cast<Bytef*>(taken_.data());
      state_.avail_in = static_cast<uInt>(bytes);
      state_.next_out = reinterpret_cast<Bytef*>(given_.data());
      state_.avail_out = static_cast<uInt>(given_.size());
      const int result = inflate(&state_, Z_NO_FLUSH);
      const std::size_t left = state_.avail_in;
      used(bytes - left);
      const std::size_t made = given_.size() - state_.avail_out;
      if (result == Z_STREAM_END) {
        // Another gzip member may follow; other bytes are no part of the file.
        const std::string_view next(taken_.data(), take());
        ended_ = !is_gzip(next) || inflateReset(&state_) != Z_OK;
      } else if (result == Z_BUF_ERROR && bytes == left) {
        complaint_ = "the gzip file is cut off";
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        complaint_ = "the gzip file is damaged";
      }
      if (made > 0) return give(made);
    }
    return traits_type::eof();
  }

 private:
  z_stream state_{};
  bool ended_ = false;
};

class DecodedStream::Utf16 : public Layer {
 public:
  Utf16(std::istream& input, const char* encoding)
      : Layer(input), state_(iconv_open("UTF-8", encoding)) {
    if (state_ == none()) complaint_ = "UTF-16 cannot be read on this system";
  }
  ~Utf16() override {
    if (state_ != none()) iconv_close(state_);
  }
  Utf16(const Utf16&) = delete;
  Utf16& operator=(const Utf16&) = delete;

 protected:
  int_type underflow() override {
    while (complaint_.empty()) {
      const std::size_t bytes = take();
      if (bytes == 0) break;
      char* in = taken_.data();
      char* out = given_.data();
      std::size_t left = bytes, room = given_.size();
      const std::size_t result = iconv(state_, &in, &left, &out, &room);
      const bool wrong = result == static_cast<std::size_t>(-1) && errno == EILSEQ;
      const bool cut = left == bytes && !wrong;  // half a character, and no more comes
      used(bytes - left);
      if (wrong) complaint_ = "the report looks like UTF-16, and has bytes that are none";
      if (cut) complaint_ = "the report looks like UTF-16, and ends within a character";
      std::size_t made = given_.size() - room;
      std::size_t skipped = 0;
      if (begins_ && made >= 3 && std::string_view(given_.data(), 3) == "\xef\xbb\xbf") skipped = 3;
      begins_ = false;
      if (made > skipped) {
        setg(given_.data(), given_.data() + skipped, given_.data() + made);
        return traits_type::to_int_type(*gptr());
      }
    }
    return traits_type::eof();
  }

 private:
  static iconv_t none() {
    return reinterpret_cast<iconv_t>(-1);
  }  // NOLINT(performance-no-int-to-ptr)
  iconv_t state_;
  bool begins_ = true;
};

DecodedStream::DecodedStream(std::istream& input, std::string name)
    : name_(std::move(name)), packed_(std::make_unique<HeadedStream>(input)) {
  std::istream* text = &packed_->stream();
  if (is_gzip(packed_->head())) {
    unpacked_ = std::make_unique<Gzip>(*text);
    unpacked_stream_ = std::make_unique<std::istream>(unpacked_.get());
    text_ = std::make_unique<HeadedStream>(*unpacked_stream_);
    text = &text_->stream();
  }
  if (const char* encoding = utf16_of((text_ ? text_ : packed_)->head())) {
    decoded_ = std::make_unique<Utf16>(*text, encoding);
    decoded_stream_ = std::make_unique<std::istream>(decoded_.get());
  }
}

DecodedStream::~DecodedStream() = default;

std::istream& DecodedStream::stream() {
  return decoded_stream_ ? *decoded_stream_ : text_ ? text_->stream() : packed_->stream();
}

Status DecodedStream::status() const {
  for (const Layer* layer : {unpacked_.get(), decoded_.get()}) {
    if (layer != nullptr && !layer->complaint().empty())
      return fail(ErrorCode::invalid, layer->complaint(), name_);
  }
  return Done{};
}

}  // namespace riskd::connectors
