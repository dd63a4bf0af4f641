#include "daemon/api/body.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>

#include "daemon/api/problems.hpp"
#include "daemon/wire/document.hpp"
#include "daemon/wire/serialize.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

// "3:14" of a byte offset.
std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return fmt::format("{}:{}", lines + 1, column + 1);
}

}  // namespace

Result<std::string, server::Response> body_text(const server::Request& request) {
  if (request.body_file.empty()) return request.body;
  std::ifstream file(request.body_file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) return Unexpected(refusal(503, "the body cannot be read back"));
  return text;
}

Result<json::value, server::Response> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = limits::json_depth;
  json::parser parser({}, options);
  json::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (error == json::error::too_deep) {
    return Unexpected(
        refusal(413, fmt::format("the body is nested deeper than {} levels", limits::json_depth)));
  }
  std::size_t rest = read;
  if (!error) rest = std::min(text.find_first_not_of(" \t\r\n", read), text.size());
  if (!error && rest < text.size()) error = json::error::extra_data;
  if (error) {
    const std::string detail =
        fmt::format("body:{}: not JSON: {}", place_of(text, rest), error.message());
    return Unexpected(refusal_at(400, detail, "", "not-json"));
  }
  // Nor a number beyond all numbers, or a name twice: others would read another value of them.
  if (const auto strict = wire::parse_json(text); !strict) {
    const Error& wrong = strict.error();
    return Unexpected(refusal_at(400, "body: " + wrong.message,
                                 wrong.where.starts_with('/') ? wrong.where : "", "not-json"));
  }
  return parser.release();
}

Result<json::object, server::Response> body_object(const server::Request& request,
                                                   const std::vector<std::string_view>& known,
                                                   bool may_be_empty) {
  auto text = body_text(request);
  if (!text) return failure(text);
  if (text->empty() && may_be_empty) return json::object();
  auto value = parse_json(*text);
  if (!value) return failure(value);
  if (!value->is_object()) {
    return Unexpected(refusal_at(422, "the body is not a JSON object", "", "wrong-type"));
  }
  for (const auto& member : value->get_object()) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Unexpected(refusal_at(422, fmt::format("there is no member `{}` here", name),
                                   fmt::format("/{}", name), "unknown-member",
                                   {known.begin(), known.end()}));
    }
  }
  return std::move(value->get_object());
}

server::Response json_answer(const json::value& value, int status) {
  server::Response response;
  response.status = status;
  response.body = wire::serialize(value);
  response.body += '\n';
  return response;
}

json::array to_json(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

json::value word_or_null(const std::string& word) {
  return word.empty() ? json::value(nullptr) : json::value(word);
}

json::value to_json(double number) { return json::parse(engine::print_number(number)); }

std::optional<engine::RawValue> to_raw(const json::value& value) {
  if (value.is_null()) return engine::RawValue();
  if (value.is_bool()) return value.get_bool();
  if (value.is_number()) return value.to_number<double>();
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const json::value& each : value.get_array()) {
    if (!each.is_string()) return std::nullopt;
    texts.emplace_back(each.get_string());
  }
  return texts;
}

json::value to_json(const engine::RawValue& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* number = std::get_if<double>(&value)) {
    if (std::trunc(*number) == *number && std::abs(*number) < 1e15) {
      return static_cast<std::int64_t>(*number);
    }
    return *number;
  }
  if (const auto* text = std::get_if<std::string>(&value)) return json::value(*text);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return to_json(*list);
  return nullptr;
}

}  // namespace riskd::api
