// The framing and the places of the language server; what it answers is in tests/e2e/lsp.
#include <catch2/catch.hpp>
#include <tuple>

#include "daemon/lsp/completion_place.hpp"
#include "daemon/lsp/message.hpp"
#include "daemon/lsp/text.hpp"
#include "daemon/lsp/words.hpp"
#include "engine/base/limits.hpp"

using namespace riskd;
using namespace riskd::lsp;

namespace riskd::tests::lsp_test {

TEST_CASE("a message comes out whole, however it comes in") {
  const std::string bytes = frame("{\"a\":1}") + frame("") + frame("😀");
  for (const std::size_t step : {1U, 2U, 5U, 1000U}) {
    MessageReader reader;
    std::vector<std::string> found;
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      reader.feed(std::string_view(bytes).substr(i, step));
      while (const auto message = reader.next()) found.push_back(**message);
    }
    CHECK(found == std::vector<std::string>{"{\"a\":1}", "", "😀"});
  }
}

TEST_CASE("what cannot be framed is refused, and reading goes on behind it") {
  MessageReader reader;
  reader.feed("Content-Type: x\r\n\r\n" + frame("a"));
  CHECK(reader.next()->error().code == ErrorCode::invalid);
  CHECK(**reader.next() == "a");
  const std::string large(limits::lsp_message_bytes + 1, 'x');
  reader.feed("Content-Length: " + std::to_string(large.size()) + "\r\n\r\n");
  CHECK(reader.next()->error().code == ErrorCode::too_large);
  CHECK(!reader.next());
  reader.feed(large + frame("b"));
  CHECK(**reader.next() == "b");
  reader.feed(std::string(limits::lsp_header_bytes + 10, 'x'));
  CHECK(reader.next()->error().code == ErrorCode::too_large);
  CHECK(!reader.next());
}

TEST_CASE("places are lines and UTF-16 units") {
  const std::string text = "a😀b\r\né\n";
  const std::tuple<std::uint32_t, std::uint32_t, std::uint32_t> places[] = {
      {0, 0, 0}, {1, 0, 1}, {5, 0, 3}, {6, 0, 4}, {8, 1, 0}, {10, 1, 1}, {11, 2, 0}};
  for (const auto& [offset, line, character] : places) {
    const Position at = position_at(text, offset);
    CHECK(at.line == line);
    CHECK(at.character == character);
    CHECK(offset_at(text, at) == offset);
  }
  CHECK(offset_at(text, {0, 2}) == 1);   // within the pair of units
  CHECK(offset_at(text, {0, 99}) == 6);  // before the line's end
  CHECK(offset_at(text, {9, 0}) == text.size());
}

TEST_CASE("a path survives being a URI") {
  CHECK(uri_of("/a b/ü.risk") == "file:///a%20b/%C3%BC.risk");
  CHECK(path_of("file:///a%20b/%C3%BC.risk") == "/a b/ü.risk");
  CHECK(path_of("file://localhost/a") == "/a");
  for (const char* none :
       {"untitled:a", "file://host/a", "file:///%4", "file:///%zz", "file:///%00", ""})
    CHECK(!path_of(none));
}

TEST_CASE("completion distinguishes words from texts and comments") {
  const std::string text = "a # b\n\"c\\\" d\" e \"\"\"f\n\"g\"\"\" h";
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    if (text[i] < 'a' || text[i] > 'h') continue;
    INFO(text[i]);
    CHECK(in_code(text, i) == (text[i] == 'a' || text[i] == 'e' || text[i] == 'h'));
  }
}

TEST_CASE("the construct at the cursor follows from the words before it") {
  const auto construct = [](std::string_view text) {
    return place_at(text, static_cast<std::uint32_t>(text.size())).construct();
  };
  CHECK(construct("") == "");
  CHECK(construct("pattern p \"P\" { when x ") == "pattern");
  CHECK(construct("pattern p \"P\" { when x in { a } risk r \"R\" { ease ") == "risk");
  CHECK(construct("pattern p \"P\" { risk r \"R\" { } ") == "pattern");
  CHECK(construct("ticket t for weakness { ") == "ticket");
  CHECK(construct("extend risk web.r { ") == "risk");
  CHECK(construct("override status-map jira { ") == "status-map");
  CHECK(construct("override ticket core.requirement { ") == "ticket");
  CHECK(construct("scenario \"s\" { given component api of type t { ") == "component");
  CHECK(construct("scenario \"s\" { expect risk r ") == "scenario");
}

}  // namespace riskd::tests::lsp_test
