// A report as it arrives, as the readers want it: unpacked where it is gzip, in UTF-8 where it is UTF-16.
//
// PowerShell's `>` writes UTF-16 with a byte order mark, other programs of Windows without one. Reports begin with
// ASCII, so that one of the first two bytes is zero.
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "engine/base/result.hpp"

namespace riskd::connectors {

class DecodedStream {
 public:
  // `input` must live as long as it; from then on only stream() may be read. `name` is used in error places.
  DecodedStream(std::istream& input, std::string name);
  ~DecodedStream();
  DecodedStream(const DecodedStream&) = delete;
  DecodedStream& operator=(const DecodedStream&) = delete;

  std::istream& stream();

  // Once the stream has ended, why it could not be decoded to its end:
  //   invalid  gzip that is damaged or cut off; UTF-16 that is none
  // What a reader says of such a report follows from that.
  Status status() const;

 private:
  class Layer;
  class Gzip;
  class Utf16;
  std::string name_;
  std::unique_ptr<class HeadedStream> packed_,
      text_;  // at most two layers: gzip, and what is in it
  std::unique_ptr<Layer> unpacked_, decoded_;
  std::unique_ptr<std::istream> unpacked_stream_, decoded_stream_;
};

}  // namespace riskd::connectors
