#include "daemon/wire/document.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/base/limits.hpp"

namespace riskd::wire {
namespace {

namespace json = boost::json;

// Builds the tree from the parser's events (Boost.JSON, basic_parser's handler requirements).
struct TreeBuilder {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  Json root;
  std::vector<Json> open;          // the containers that are being read
  std::vector<std::string> names;  // of the member that is being read, one for each open container
  std::string text;
  std::string repeated;  // pointer of a name given twice

  bool put(Json value) {
    if (open.empty()) {
      root = std::move(value);
    } else if (open.back().kind == Json::Kind::array) {
      open.back().items.push_back(std::move(value));
    } else {
      open.back().members.push_back({std::move(names.back()), std::move(value)});
    }
    return true;
  }
  std::string place() const {
    std::string pointer;
    for (std::size_t i = 0; i < open.size(); ++i) {
      pointer += open[i].kind == Json::Kind::array ? "/" + std::to_string(open[i].items.size())
                                                   : pointer_step(names[i]);
    }
    return pointer;
  }
  bool begin(Json::Kind kind) {
    Json value;
    value.kind = kind;
    open.push_back(std::move(value));
    names.emplace_back();
    return true;
  }
  bool end(json::error_code& error) {
    Json value = std::move(open.back());
    std::vector<std::string_view> seen;
    for (const auto& [name, member] : value.members) seen.push_back(name);
    std::sort(seen.begin(), seen.end());
    const auto twice = std::adjacent_find(seen.begin(), seen.end());
    if (twice != seen.end()) {
      open.back().kind = Json::Kind::object;
      names.back() = *twice;
      repeated = place();
      error = json::error::exception;
      return false;
    }
    open.pop_back();
    names.pop_back();
    return put(std::move(value));
  }
  bool put_number(double number) {
    Json value;
    value.kind = Json::Kind::number;
    value.number = number;
    return put(std::move(value));
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return begin(Json::Kind::object); }
  bool on_object_end(std::size_t, json::error_code& error) { return end(error); }
  bool on_array_begin(json::error_code&) { return begin(Json::Kind::array); }
  bool on_array_end(std::size_t, json::error_code& error) { return end(error); }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    names.back() = std::move(text);
    text.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    Json value;
    value.kind = Json::Kind::string;
    value.text = std::move(text);
    text.clear();
    return put(std::move(value));
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
    Json value;
    value.kind = Json::Kind::boolean;
    value.truth = truth;
    return put(std::move(value));
  }
  bool on_null(json::error_code&) { return put({}); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
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
  const std::string place = "offset " + std::to_string(used);
  if (error == json::error::too_deep) {
    return fail(ErrorCode::too_large,
                "the JSON is nested deeper than " + std::to_string(limits::json_depth) + " levels",
                place);
  }
  if (error == json::error::incomplete)
    return fail(ErrorCode::invalid, "the JSON ends too early", place);
  if (error) return fail(ErrorCode::invalid, "this is not JSON: " + error.message(), place);
  if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return fail(ErrorCode::invalid, "there is more text after the JSON", place);
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
