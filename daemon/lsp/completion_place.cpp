#include "daemon/lsp/completion_place.hpp"

#include <algorithm>
#include <initializer_list>

#include "daemon/lsp/words.hpp"
#include "dsl/syntax/token.hpp"

namespace riskd::lsp {
namespace {

bool is_any(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether the word begins, within the construct, something with a body.
bool opens(std::string_view word, std::string_view construct, std::string_view before) {
  if (is_any(before, {"for", "attribute", ".", "expect", "let", "rating"})) return false;
  if (construct.empty()) {
    return is_any(
        word, {"pattern", "risk", "weakness", "countermeasure", "questionnaire", "scale", "bands",
               "attribute", "adjust", "status-map", "evidence", "ticket", "scenario"});
  }
  return (construct == "pattern" && word == "risk") ||
         (construct == "risk" && word == "weakness") ||
         (construct == "weakness" && word == "countermeasure") ||
         (construct == "scenario" && word == "component");
}

class Walk {
 public:
  explicit Walk(CursorPlace& place) : place_(place) {}

  void word(const std::string& word) {
    const std::string& before = place_.before();
    if (word == "{") {
      place_.frames.push_back(opened());
    } else if (word == "}") {
      if (!place_.frames.empty()) place_.frames.pop_back();
    } else if (place_.frames.empty() || place_.frames.back().kind == Frame::Kind::construct) {
      if (opens(word, place_.construct(), before)) pending_ = word;
      if (before == "question" || (place_.before(1) == "field" && before == "."))
        place_.declared = word;
      if (before == "." && place_.before(2) == "field") place_.declared = word;
    }
    place_.words.push_back(word);
  }

 private:
  // What a `{` opens after the words so far.
  Frame opened() const {
    const std::string& before = place_.before();
    const auto list_of = [&](std::size_t back) {
      return Frame{Frame::Kind::list, place_.before(back)};
    };
    if (before == "in") return list_of(is_any(place_.before(1), {"is", "not"}) ? 2 : 1);
    if (is_any(before, {"any", "all"}) && place_.before(1) == "includes") return list_of(2);
    if (before == "=") return list_of(1);
    if (before == "default") return {Frame::Kind::list, place_.declared};
    if (is_any(before, {"one-of", "any-of", "ordered"})) return {Frame::Kind::choices, ""};
    if (is_any("match", {place_.before(1), place_.before(3)})) return {Frame::Kind::match, before};
    return {Frame::Kind::construct, pending_};
  }

  CursorPlace& place_;
  std::string pending_;
};

}  // namespace

const std::string& CursorPlace::before(std::size_t back) const {
  static const std::string none;
  return back < words.size() ? words[words.size() - 1 - back] : none;
}

std::string CursorPlace::construct() const {
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    if (frame->kind == Frame::Kind::construct) return frame->word;
  }
  return "";
}

CursorPlace place_at(std::string_view text, std::uint32_t offset) {
  CursorPlace place;
  std::size_t end = std::min<std::size_t>(offset, text.size());
  while (end > 0 && is_name_byte(text[end - 1])) --end;
  std::string_view before = text.substr(0, end);
  place.code = in_code(text, static_cast<std::uint32_t>(end));
  std::string_view inserted;
  if (!place.code) {
    // `{` in a text of a ticket inserts a value.
    const std::size_t brace = before.find_last_of("{}\n");
    if (brace == std::string_view::npos || before[brace] != '{') return place;
    inserted = before.substr(brace + 1);
    if (inserted.find('"') != std::string_view::npos ||
        inserted.find('#') != std::string_view::npos)
      return place;
  }
  dsl::Sources sources;
  sources.emplace_back("", std::string(before));
  dsl::Diagnostics ignored;
  const auto size = static_cast<std::uint32_t>(before.size());
  const std::vector<dsl::Token> tokens = dsl::tokenize(sources, {0, 0, size}, ignored);
  Walk walk(place);
  std::uint32_t last_end = 0;
  for (const dsl::Token& token : tokens) {
    if (token.kind == dsl::TokenKind::end) break;
    const bool is_text =
        token.kind == dsl::TokenKind::string || token.kind == dsl::TokenKind::long_string;
    walk.word(is_text ? "\"\"" : std::string(text_of(sources, token.span)));
    last_end = token.span.end;
  }
  place.line_begins = before.find('\n', last_end) != std::string_view::npos || last_end == 0;
  if (!place.code && place.construct() == "ticket") {
    place.code = true;
    place.words = {"("};
    if (const std::size_t dot = inserted.find('.'); dot != std::string_view::npos) {
      place.words.emplace_back(inserted.substr(0, dot));
      place.words.emplace_back(".");
    }
  }
  return place;
}

}  // namespace riskd::lsp
