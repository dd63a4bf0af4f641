#include "connectors/reports/json_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "engine/base/ascii.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace {

namespace json = boost::json;
using Kind = JsonScalar::Kind;

// Turns boost's events, which have neither paths nor whole strings, into ours. A callback that
// returns false stops the parser.
class Events {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = limits::report_field_bytes;
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit Events(JsonHandler& handler) : handler_(handler) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& ec) {
    in_object_.push_back(true);
    handler_.begin_object(path_);
    return go_on(ec);
  }
  bool on_object_end(std::size_t, json::error_code& ec) {
    handler_.end_object(path_);
    in_object_.pop_back();
    return value_ended(ec);
  }
  bool on_array_begin(json::error_code& ec) {
    in_object_.push_back(false);
    handler_.begin_array(path_);
    return go_on(ec);
  }
  bool on_array_end(std::size_t, json::error_code& ec) {
    handler_.end_array(path_);
    in_object_.pop_back();
    return value_ended(ec);
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view last, std::size_t, json::error_code&) {
    text_.append(last.data(), last.size());
    path_.push(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    keep(part);
    return true;
  }
  bool on_string(json::string_view last, std::size_t, json::error_code& ec) {
    if (text_.empty()) {
      return scalar(Kind::string,
                    clip(std::string_view(last.data(), last.size()), limits::report_field_bytes),
                    ec);
    }
    keep(last);
    const bool more = scalar(Kind::string, clip(text_, limits::report_field_bytes), ec);
    text_.clear();
    return more;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, json::error_code& ec) {
    return scalar(Kind::integer, std::to_string(value), ec);
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code& ec) {
    return scalar(Kind::integer, std::to_string(value), ec);
  }
  bool on_double(double value, json::string_view, json::error_code& ec) {
    if (!std::isfinite(value)) {
      ec = json::error::not_number;
      return false;
    }
    return scalar(Kind::real, fmt::format("{}", value), ec);
  }
  bool on_bool(bool value, json::error_code& ec) {
    return scalar(Kind::boolean, value ? "true" : "false", ec);
  }
  bool on_null(json::error_code& ec) { return scalar(Kind::null, {}, ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  // One byte more than the limit is kept, so that clip() sees where the last character ends.
  void keep(json::string_view part) {
    const std::size_t room = limits::report_field_bytes + 1 - text_.size();
    text_.append(part.data(), std::min(part.size(), room));
  }

  bool scalar(Kind kind, std::string_view text, json::error_code& ec) {
    handler_.value(path_, JsonScalar{kind, text});
    return value_ended(ec);
  }

  bool value_ended(json::error_code& ec) {
    if (!in_object_.empty() && in_object_.back()) path_.pop();
    return go_on(ec);
  }

  bool go_on(json::error_code& ec) {
    if (!handler_.refused()) return true;
    ec = json::error::exception;
    return false;
  }

  JsonHandler& handler_;
  NodePath path_;
  std::vector<bool> in_object_;
  std::string text_;
};

json::parse_options options() {
  json::parse_options result;
  result.max_depth = limits::report_depth;
  return result;
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_mark(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

// Lines and columns of what was parsed so far, both from 1; columns in bytes.
class Position {
 public:
  void step(std::string_view text) {
    const auto lines = std::count(text.begin(), text.end(), '\n');
    line_ += static_cast<std::size_t>(lines);
    column_ = lines == 0 ? column_ + text.size() : text.size() - text.rfind('\n');
  }
  std::string in(const std::string& name) const { return place(name, line_, column_); }

 private:
  std::size_t line_ = 1;
  std::size_t column_ = 1;
};

// Whether a character that is not valid UTF-8 stands around `at`, where the parser stopped.
bool invalid_utf8_near(std::string_view text, std::size_t at) {
  std::size_t begin = at - std::min<std::size_t>(at, 4);
  while (begin < at && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) ++begin;
  const auto bad = find_invalid_utf8(text.substr(begin));
  return bad && begin + *bad <= at && text.size() - (begin + *bad) >= 4;
}

// One document in pieces.
class Document {
 public:
  explicit Document(JsonHandler& handler, LineEnd line_end = LineEnd::blank)
      : handler_(handler),
        parser_(options(), handler),
        may_have_comma_(line_end == LineEnd::comma) {}

  // Takes the next piece; blanks, and a comma where there may be one, may follow the end of the document.
  Status write(std::string_view piece, const std::string& name, Position& position) {
    std::size_t parsed = 0;
    json::error_code ec;
    if (!parser_.done()) parsed = parser_.write_some(true, piece.data(), piece.size(), ec);
    if (ec) {
      position.step(piece.substr(0, parsed));
      return Unexpected<Error>(error(ec, piece, parsed, position.in(name)));
    }
    while (parsed < piece.size() && (blank(piece[parsed]) || take_comma(piece[parsed]))) ++parsed;
    position.step(piece.substr(0, parsed));
    if (parsed == piece.size()) return Done{};
    return fail(ErrorCode::invalid, "more text follows the end of the report", position.in(name));
  }

  // The document has to be whole now.
  Status end(const std::string& name, const Position& position) {
    json::error_code ec;
    if (!parser_.done()) parser_.write_some(false, "", 0, ec);
    if (!ec) return Done{};
    return Unexpected<Error>(error(ec, {}, 0, position.in(name)));
  }

 private:
  bool take_comma(char c) {
    if (c != ',' || !may_have_comma_) return false;
    may_have_comma_ = false;
    return true;
  }

  Error error(json::error_code ec, std::string_view piece, std::size_t at,
              std::string where) const {
    if (handler_.refused()) {
      Error refusal = handler_.refusal();
      refusal.where = std::move(where);
      return refusal;
    }
    if (ec == json::error::too_deep) {
      return {ErrorCode::too_large,
              fmt::format("values are nested more than {} deep", limits::report_depth), where};
    }
    if (ec == json::error::key_too_large) {
      return {ErrorCode::too_large,
              fmt::format("a member's name has more than {} KiB", limits::report_field_bytes >> 10),
              where};
    }
    if (ec == json::error::incomplete) {
      return {ErrorCode::invalid, "the report is cut off", where};
    }
    if (ec == json::error::exponent_overflow || ec == json::error::not_number) {
      return {ErrorCode::invalid, "a number is out of range", where};
    }
    if (invalid_utf8_near(piece, at)) return {ErrorCode::invalid, "invalid UTF-8", where};
    return {ErrorCode::invalid,
            fmt::format("not well-formed JSON: {}", in_lower_case(ec.message())), where};
  }

  JsonHandler& handler_;
  json::basic_parser<Events> parser_;
  bool may_have_comma_;
};

}  // namespace

Status read_json(std::istream& input, const std::string& name, JsonHandler& handler) {
  ReportInput bytes(input, name);
  Document document(handler);
  Position position;
  bool first = true;
  while (true) {
    const auto piece = bytes.next();
    if (!piece) return failure(piece);
    if (piece->empty()) break;
    const std::string_view text = first ? without_mark(*piece) : *piece;
    first = false;
    if (const Status status = document.write(text, name, position); !status) return status;
  }
  if (first) return fail(ErrorCode::invalid, "the report is empty", position.in(name));
  return document.end(name, position);
}

Status read_json_lines(std::istream& input, const std::string& name, JsonHandler& handler,
                       LineEnd line_end) {
  ReportInput bytes(input, name);
  Position position;
  std::optional<Document> document;
  bool first = true;
  while (true) {
    const auto piece = bytes.next();
    if (!piece) return failure(piece);
    if (piece->empty()) break;
    std::string_view text = first ? without_mark(*piece) : *piece;
    first = false;
    while (!text.empty()) {
      if (!document) {
        const auto* begin = std::find_if_not(text.begin(), text.end(), blank);
        const auto skipped = static_cast<std::size_t>(begin - text.begin());
        position.step(text.substr(0, skipped));
        text.remove_prefix(skipped);
        if (text.empty()) break;
        document.emplace(handler, line_end);
      }
      const std::size_t end = std::min(text.find('\n'), text.size());
      const Status status = document->write(text.substr(0, end), name, position);
      if (!status) return status;
      if (end < text.size()) {
        if (const Status ended = document->end(name, position); !ended) return ended;
        document.reset();
      }
      text.remove_prefix(end);
    }
  }
  if (first) return fail(ErrorCode::invalid, "the report is empty", position.in(name));
  return document ? document->end(name, position) : Status(Done{});
}

void peek_json(std::string_view head, JsonHandler& handler) {
  json::basic_parser<Events> parser(options(), handler);
  json::error_code ec;
  head = without_mark(head);
  parser.write_some(true, head.data(), head.size(), ec);
}

}  // namespace riskd::connectors
