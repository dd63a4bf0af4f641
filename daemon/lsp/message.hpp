// The frames of the Language Server Protocol: a header with Content-Length, an empty line, a body
// (https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/, "Base Protocol").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::lsp {

// Cuts a stream of bytes into messages. Holds no more than one message and what was fed after it.
class MessageReader {
 public:
  void feed(std::string_view bytes) { pending_.append(bytes); }

  // The next message's body, or what is wrong with it; nullopt where more bytes are needed. After an
  // error it goes on behind the header, and behind a body that is too large.
  //   invalid    the header has no Content-Length, or one that is no number
  //   too_large  the header or the body passes a limit of engine/base/limits.hpp
  std::optional<Result<std::string>> next();

 private:
  std::string pending_;
  std::size_t skip_ = 0;  // bytes of a refused body that are still to come
};

// A body with its header.
std::string frame(std::string_view body);

}  // namespace riskd::lsp
