#include "daemon/wire/document.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "engine/base/limits.hpp"

namespace riskd::wire {
namespace {

namespace json = boost::json;

// Builds the tree from the parser's events (Boost.JSON, basic_parser's handler requirements). Every value is made where
// it stays: a container's own list does not grow while one of its values is open.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  Json root;
  std::string repeated;  // pointer of a name given twice

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return begin(Json::Kind::object); }
  bool on_object_end(std::size_t, json::error_code& error) {
    if (const auto name = repeated_name(open_.back()->members)) {
      open_.pop_back();
      repeated = place() + pointer_step(*name);
      error = json::error::exception;
      return false;
    }
    open_.pop_back();
    return true;
  }
  bool on_array_begin(json::error_code&) { return begin(Json::Kind::array); }
  bool on_array_end(std::size_t, json::error_code&) {
    open_.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    if (!in_text_) new_member();
    in_text_ = true;
    open_.back()->members.back().name.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t size, json::error_code& error) {
    on_key_part(part, size, error);
    in_text_ = false;
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    if (!in_text_) text_ = &make(Json::Kind::string);
    in_text_ = true;
    text_->text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t size, json::error_code& error) {
    on_string_part(part, size, error);
    in_text_ = false;
    return true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    return put_number(static_cast<double>(number));
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    return put_number(static_cast<double>(number));
  }
  bool on_double(double number, json::string_view, json::error_code& error) {
    if (std::isfinite(number)) return put_number(number);
    error = json::error::exponent_overflow;
    return false;
  }
  bool on_bool(bool truth, json::error_code&) {
    make(Json::Kind::boolean).truth = truth;
    return true;
  }
  bool on_null(json::error_code&) {
    make(Json::Kind::null);
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  void new_member() {
    auto& members = open_.back()->members;
    if (members.empty()) members.reserve(4);
    members.emplace_back();
  }

  // The value that the parser reads now: the document, an item, or that of the last member.
  Json& make(Json::Kind kind) {
    Json& value = open_.empty()                             ? root
                  : open_.back()->kind == Json::Kind::array ? open_.back()->items.emplace_back()
                                                            : open_.back()->members.back().value;
    value.kind = kind;
    return value;
  }
  bool begin(Json::Kind kind) {
    open_.push_back(&make(kind));
    return true;
  }
  bool put_number(double number) {
    make(Json::Kind::number).number = number;
    return true;
  }

  // The first of the names that are there twice, in the order of their bytes.
  static std::optional<std::string_view> repeated_name(const std::vector<JsonMember>& members) {
    constexpr std::size_t few = 16;
    const auto is_repeated = [&](std::size_t at) {
      return std::any_of(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(at),
                         [&](const JsonMember& each) { return each.name == members[at].name; });
    };
    if (members.size() <= few) {
      bool repeated = false;
      for (std::size_t i = 1; i < members.size(); ++i) repeated = repeated || is_repeated(i);
      if (!repeated) return std::nullopt;
    }
    std::vector<std::string_view> seen;
    for (const JsonMember& each : members) seen.push_back(each.name);
    std::sort(seen.begin(), seen.end());
    const auto twice = std::adjacent_find(seen.begin(), seen.end());
    return twice == seen.end() ? std::nullopt : std::optional(*twice);
  }

  // The pointer of the value that is open now.
  std::string place() const {
    std::string pointer;
    for (const Json* each : open_) {
      pointer += each->kind == Json::Kind::array ? "/" + std::to_string(each->items.size() - 1)
                                                 : pointer_step(each->members.back().name);
    }
    return pointer;
  }

  std::vector<Json*> open_;  // the containers that are being read
  Json* text_ = nullptr;     // the string that is being read
  bool in_text_ = false;     // a part of a name or string was read, and not its end
};

Result<Json> parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = limits::json_depth;
  json::basic_parser<TreeBuilder> parser(options);
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!parser.handler().repeated.empty()) {
    return fail(ErrorCode::invalid, "a name is given twice in one object",
                parser.handler().repeated);
  }
  const auto place = [&] { return "offset " + std::to_string(used); };
  if (error == json::error::too_deep) {
    return fail(ErrorCode::too_large,
                "the JSON is nested deeper than " + std::to_string(limits::json_depth) + " levels",
                place());
  }
  if (error == json::error::incomplete)
    return fail(ErrorCode::invalid, "the JSON ends too early", place());
  if (error) return fail(ErrorCode::invalid, "this is not JSON: " + error.message(), place());
  if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return fail(ErrorCode::invalid, "there is more text after the JSON", place());
  }
  return std::move(parser.handler().root);
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (text.size() > limits::json_bytes) {
    return fail(ErrorCode::too_large,
                "the JSON has more than " + std::to_string(limits::json_bytes) + " bytes");
  }
  return parse(text);
}

Result<Json> parse_stored_json(std::string_view text) { return parse(text); }

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

}  // namespace riskd::wire
