// A stream whose beginning was looked at and which can still be read from its first byte, although
// it cannot be rewound: an upload.
#pragma once

#include <cstddef>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace riskd::connectors {

// Takes the head from `input` when it is made; `input` must outlive it. From then on only stream()
// may be read.
class HeadedStream {
 public:
  static constexpr std::size_t head_bytes = 64u << 10;

  explicit HeadedStream(std::istream& input);
  ~HeadedStream();
  HeadedStream(const HeadedStream&) = delete;
  HeadedStream& operator=(const HeadedStream&) = delete;

  // The first head_bytes, fewer where there are no more; a byte order mark of UTF-8 left out.
  std::string_view head() const;

  // The first character of the head that is not blank; '\0' where there is none.
  char first() const;

  // Everything from the first byte on, the mark included. Broken as soon as `input` is.
  std::istream& stream();

 private:
  class Buffer;
  std::string head_;
  std::unique_ptr<Buffer> buffer_;
  std::istream stream_;
};

}  // namespace riskd::connectors
