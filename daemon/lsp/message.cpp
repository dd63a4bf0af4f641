#include "daemon/lsp/message.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "engine/base/limits.hpp"

namespace riskd::lsp {
namespace {

constexpr std::string_view header_end = "\r\n\r\n";

bool is_content_length(std::string_view name) {
  constexpr std::string_view wanted = "content-length";
  return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::optional<std::uint64_t> content_length(std::string_view header) {
  while (!header.empty()) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(std::min(header.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_content_length(line.substr(0, colon))) continue;
    std::string_view digits = line.substr(colon + 1);
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Result<std::string>> MessageReader::next() {
  const std::size_t skipped = std::min(skip_, pending_.size());
  pending_.erase(0, skipped);
  skip_ -= skipped;
  if (skip_ > 0) return std::nullopt;
  const std::size_t end = pending_.find(header_end);
  if (end == std::string::npos || end > limits::lsp_header_bytes) {
    if (pending_.size() <= limits::lsp_header_bytes + header_end.size()) return std::nullopt;
    pending_.clear();
    return fail(ErrorCode::too_large,
                "the header has more than " + std::to_string(limits::lsp_header_bytes) + " bytes");
  }
  const std::size_t begin = end + header_end.size();
  const auto length = content_length(std::string_view(pending_).substr(0, end));
  if (!length) {
    pending_.erase(0, begin);
    return fail(ErrorCode::invalid, "the header has no `Content-Length` that is a number");
  }
  if (*length > limits::lsp_message_bytes) {
    pending_.erase(0, begin);
    skip_ = *length;
    return fail(ErrorCode::too_large, "a message of " + std::to_string(*length) +
                                          " bytes; the limit is " +
                                          std::to_string(limits::lsp_message_bytes));
  }
  if (pending_.size() - begin < *length) return std::nullopt;
  std::string body = pending_.substr(begin, *length);
  pending_.erase(0, begin + *length);
  return body;
}

std::string frame(std::string_view body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace riskd::lsp
