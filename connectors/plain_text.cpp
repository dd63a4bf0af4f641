#include "connectors/plain_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace riskd::connectors {
namespace {

constexpr std::size_t longest_link = 2'000;  // from its first bracket to its last
constexpr std::size_t longest_tag = 200;
constexpr std::size_t most_read = 32'768;  // of a text; what is kept of it is far shorter

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) { return c == ' ' || c == '\t'; }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// A name or number between `&` and `;`; nullopt where it is none.
std::optional<std::string> entity(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> known{
      {{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}}};
  for (const auto& [each, character] : known) {
    if (each == name) return std::string(character);
  }
  if (!name.starts_with('#') || name.size() < 2) return std::nullopt;
  name.remove_prefix(1);
  const bool hex = name.front() == 'x' || name.front() == 'X';
  if (hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  const bool whole = error == std::errc() && end == name.data() + name.size() && !name.empty();
  if (!whole || code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return std::nullopt;
  std::string character;
  append_utf8(character, code);
  return character;
}

// What begins a line, and means no more than that: lists, headings, quotations.
std::string_view without_line_start(Markup markup, std::string_view line) {
  const auto skip_blanks = [&] {
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  };
  if (markup == Markup::html) return line;
  skip_blanks();
  if (markup == Markup::markdown) {
    if (line.starts_with("```") || line.starts_with("~~~")) return {};
    while (line.starts_with('>')) {
      line.remove_prefix(1);
      skip_blanks();
    }
  } else if (line.size() > 3 && line[0] == 'h' && line[1] >= '1' && line[1] <= '6' &&
             line.substr(2, 2) == ". ") {
    return line.substr(4);
  } else if (line.starts_with("bq. ")) {
    return line.substr(4);
  }
  const std::size_t signs = std::min(line.find_first_not_of("#*-+"), line.size());
  if (signs > 0 && (signs == line.size() || line[signs] == ' ')) {
    line.remove_prefix(signs);
    skip_blanks();
  }
  return line;
}

class PlainLine {
 public:
  PlainLine(Markup markup, std::string_view text) : markup_(markup), text_(text) {}

  std::string plain() {
    while (at_ < text_.size()) {
      if (!step()) out_ += text_[at_++];
    }
    return std::move(out_);
  }

 private:
  // Takes a piece of markup; false where a character stands for itself.
  bool step() {
    if (markup_ == Markup::html && text_[at_] != '&' && text_[at_] != '<') return false;
    switch (text_[at_]) {
      case '\\':
        return escape();
      case '&':
        return reference();
      case '<':
        return tag();
      case '!':
        return image();
      case '[':
        return markup_ == Markup::wiki ? wiki_link() : markup_ == Markup::markdown && link();
      case '"':
        return markup_ == Markup::textile && textile_link();
      case '{':
        return markup_ == Markup::wiki && macro();
      case '`':
        return markup_ == Markup::markdown && drop(1);
      case '*':
      case '_':
        return emphasis();
      case '~':
        return markup_ == Markup::markdown && emphasis();
      case '?':
        return markup_ != Markup::markdown && emphasis();
      case '@':
        return markup_ == Markup::textile && emphasis();
      default:
        return false;
    }
  }

  std::string_view rest() const { return text_.substr(at_); }
  bool drop(std::size_t bytes) {
    at_ += bytes;
    return true;
  }

  bool escape() {
    if (markup_ == Markup::textile || at_ + 1 == text_.size() || is_word(text_[at_ + 1]) ||
        is_space(text_[at_ + 1])) {
      return false;
    }
    if (text_[at_ + 1] == '\\' && markup_ == Markup::wiki) {  // a line break
      out_ += ' ';
      return drop(2);
    }
    out_ += text_[at_ + 1];
    return drop(2);
  }

  bool reference() {
    constexpr std::size_t longest = 10;
    const std::size_t end = rest().substr(0, longest).find(';');
    if (end == std::string_view::npos) return false;
    const auto character = entity(rest().substr(1, end - 1));
    if (!character) return false;
    out_ += *character;
    return drop(end + 1);
  }

  // A tag of HTML, or an address between angle brackets, which stays.
  bool tag() {
    if (markup_ == Markup::wiki) return false;
    const std::size_t end = rest().substr(0, longest_tag).find('>');
    if (end == std::string_view::npos || end < 2) return false;
    const std::string_view inner = rest().substr(1, end - 1);
    if (inner.starts_with("http://") || inner.starts_with("https://")) {
      out_ += inner;
    } else if (!is_word(inner.front()) && inner.front() != '/') {
      return false;
    } else if (divides(inner)) {
      out_ += ' ';
    }
    return drop(end + 1);
  }

  static bool divides(std::string_view tag) {
    static constexpr std::array<std::string_view, 8> names{"br",  "p",  "li", "div",
                                                           "pre", "tr", "td", "Paragraph"};
    if (tag.starts_with('/')) tag.remove_prefix(1);
    tag = tag.substr(0, tag.find_first_of(" /"));
    return std::find(names.begin(), names.end(), tag) != names.end();
  }

  // What is between the brackets; nullopt where they do not end on the line.
  std::optional<std::string_view> between(std::size_t begin, char open, char close) const {
    if (begin >= text_.size() || text_[begin] != open) return std::nullopt;
    const std::size_t end = text_.substr(0, begin + longest_link).find(close, begin + 1);
    if (end == std::string_view::npos) return std::nullopt;
    return text_.substr(begin + 1, end - begin - 1);
  }

  void append_link(std::string_view text, std::string_view address) {
    out_ += text;
    if (!address.empty() && text != address) (((out_ += " (") += address) += ')');
  }

  // "[text](address)"
  bool link() {
    const auto text = between(at_, '[', ']');
    if (!text) return false;
    const auto address = between(at_ + text->size() + 2, '(', ')');
    if (!address) return false;
    append_link(*text, address->substr(0, address->find(' ')));
    return drop(text->size() + address->size() + 4);
  }

  // "[text|address]", "[address]", "[~somebody]"
  bool wiki_link() {
    const auto inner = between(at_, '[', ']');
    if (!inner || inner->empty()) return false;
    const std::size_t bar = inner->find('|');
    if (bar != std::string_view::npos) {
      const std::string_view address = inner->substr(bar + 1);
      append_link(inner->substr(0, bar), address.substr(0, address.find('|')));
    } else if (inner->starts_with('~')) {
      (out_ += '@') += inner->substr(1);
    } else if (inner->find("://") != std::string_view::npos) {
      out_ += *inner;
    } else {
      return false;
    }
    return drop(inner->size() + 2);
  }

  // "\"text\":address"
  bool textile_link() {
    const auto text = between(at_, '"', '"');
    if (!text || !rest().substr(text->size() + 2).starts_with(":http")) return false;
    const std::string_view after = rest().substr(text->size() + 3);
    std::string_view address = after.substr(0, after.find_first_of(" \t"));
    while (!address.empty() &&
           std::string_view(".,;:)!?").find(address.back()) != std::string_view::npos) {
      address.remove_suffix(1);
    }
    append_link(*text, address);
    return drop(text->size() + 3 + address.size());
  }

  // "![text](address)" keeps its text; "!address!" says nothing without being seen.
  bool image() {
    if (markup_ == Markup::markdown) {
      const auto text = between(at_ + 1, '[', ']');
      const auto address = text ? between(at_ + text->size() + 3, '(', ')') : std::nullopt;
      if (!address) return false;
      out_ += *text;
      return drop(text->size() + address->size() + 5);
    }
    const auto address = between(at_, '!', '!');
    const bool is_file = address && address->find(' ') == std::string_view::npos &&
                         address->find('.') != std::string_view::npos;
    return is_file && drop(address->size() + 2);
  }

  // "{{monospaced}}" keeps its text; "{code:java}", "{quote}" and others go.
  bool macro() {
    if (rest().starts_with("{{")) {
      const std::size_t end = rest().substr(0, longest_link).find("}}");
      if (end == std::string_view::npos) return false;
      out_ += rest().substr(2, end - 2);
      return drop(end + 2);
    }
    const auto name = between(at_, '{', '}');
    if (!name || name->empty() || name->size() > longest_tag || !is_word(name->front()))
      return false;
    return drop(name->size() + 2);
  }

  // Signs at a word's edge: what stands between two words, or by itself, is text.
  bool emphasis() {
    const char sign = text_[at_];
    const std::size_t end = std::min(text_.find_first_not_of(sign, at_), text_.size());
    const std::size_t count = end - at_;
    if ((sign == '~' || sign == '?') && count != 2) return false;
    const auto is_letter_at = [&](std::size_t at) {
      return at < text_.size() && is_word(text_[at]);
    };
    const auto is_text_at = [&](std::size_t at) {
      return at < text_.size() && !is_space(text_[at]);
    };
    const bool letter_before = at_ > 0 && is_letter_at(at_ - 1), letter_after = is_letter_at(end);
    const bool by_itself = !(at_ > 0 && is_text_at(at_ - 1)) && !is_text_at(end);
    const bool is_text = by_itself || (letter_before && letter_after);
    if (is_text || !has_partner(sign, end, is_text_at(end))) out_ += text_.substr(at_, count);
    return drop(count);
  }

  // Signs come in pairs on a line.
  bool has_partner(char sign, std::size_t end, bool opens) {
    bool& open = open_[static_cast<unsigned char>(sign)];
    if (open) {
      open = false;
      return true;
    }
    if (!opens) return false;
    open = text_.find(sign, end) != std::string_view::npos;
    return open;
  }

  const Markup markup_;
  const std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::array<bool, 256> open_{};  // signs whose partner is still to come
};

std::string without_comments(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t begin = text.find("<!--");
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const std::size_t end = text.find("-->", begin);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 3);
  }
}

}  // namespace

std::string plain_of(Markup markup, std::string_view text) {
  if (text.size() > most_read) {
    std::size_t end = most_read;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  const std::string kept = markup == Markup::wiki ? std::string(text) : without_comments(text);
  std::string out;
  for (std::string_view rest = kept; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += PlainLine(markup, without_line_start(markup, line)).plain();
    if (end < rest.size()) out += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

}  // namespace riskd::connectors
