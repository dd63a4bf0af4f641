#include "daemon/server/response_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "engine/base/ascii.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::server {
namespace {

// A JSON string, with its quotes.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Utf8Char c = next_utf8(text);
    if (!c.valid) {
      out += "\xef\xbf\xbd";
    } else if (c.code == '"' || c.code == '\\') {
      out += '\\';
      out += text.front();
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code < 0x20 || c.code == 0x7f) {
      out += fmt::format("\\u{:04x}", c.code);
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  out += '"';
  return out;
}

bool is_token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_ours(std::string_view name) {
  for (const std::string_view ours :
       {"server", "content-type", "content-length", "transfer-encoding", "connection"}) {
    if (same_words(name, ours)) return true;
  }
  return false;
}

bool has_header(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& field) { return same_words(field.first, name); });
}

std::string one_line(std::string value) {
  for (char& c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return value;
}

}  // namespace

bool is_bodyless(int status) { return status < 200 || status == 204 || status == 304; }

std::string response_head(const Response& response, Framing framing, After after) {
  const auto status = static_cast<boost::beast::http::status>(response.status);
  const auto reason = boost::beast::http::obsolete_reason(status);
  std::string head = fmt::format("HTTP/1.1 {:03} {}\r\nServer: riskd\r\n", response.status,
                                 std::string_view(reason.data(), reason.size()));
  if (!is_bodyless(response.status)) {
    if (!response.content_type.empty()) {
      head += fmt::format("Content-Type: {}\r\n", one_line(response.content_type));
    }
    if (framing == Framing::whole) {
      head += fmt::format("Content-Length: {}\r\n", response.body.size());
    } else if (framing == Framing::chunked) {
      head += "Transfer-Encoding: chunked\r\n";
    }
  }
  if (after == After::close) {
    head += "Connection: close\r\n";
  } else if (after == After::keep_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  // A browser takes an answer for what it says it is, and nobody on the way keeps it.
  head += "X-Content-Type-Options: nosniff\r\n";
  if (!has_header(response, "cache-control")) head += "Cache-Control: no-store\r\n";
  for (const auto& [name, value] : response.headers) {
    if (is_token(name) && !is_ours(name)) head += fmt::format("{}: {}\r\n", name, one_line(value));
  }
  return head + "\r\n";
}

std::string chunk(std::string_view data) {
  if (data.empty()) return "0\r\n\r\n";
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

Response problem(int status, std::string_view title, std::string_view detail,
                 std::string_view extra) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body =
      fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{}{}{}}})",
                  quoted(title), status, quoted(detail), extra.empty() ? "" : ",", extra);
  return response;
}

}  // namespace riskd::server
