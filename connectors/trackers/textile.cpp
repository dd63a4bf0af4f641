#include "connectors/trackers/textile.hpp"

namespace riskd::connectors {

std::string to_textile(const RichText& text) {
  std::string out;
  for (const TextPiece& piece : text) {
    if (piece.outside && piece.text.empty()) continue;
    if (piece.outside) out += "<code>";
    for (const char c : piece.text) {
      if (c == '\r') continue;
      if (piece.outside && c == '<')
        out += "&lt;";
      else if (piece.outside && c == '>')
        out += "&gt;";
      else if (piece.outside && c == '&')
        out += "&amp;";
      else
        out += c;
    }
    if (piece.outside) out += "</code>";
  }
  return out;
}

}  // namespace riskd::connectors
