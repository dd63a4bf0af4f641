// JSON of requests and answers, as this folder's files use it.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/server/server.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::api {

namespace json = boost::json;

// The bytes of the request's body, from memory or from its file. A problem where the file cannot be
// read.
Result<std::string, server::Response> body_text(const server::Request& request);

// The body as a JSON object of no other members than `known`. 400 with line and column for what is
// not JSON, 413 where it is nested too deep, 422 for another value or an unknown member. An empty
// body is an empty object where `may_be_empty`.
Result<json::object, server::Response> body_object(const server::Request& request,
                                                   const std::vector<std::string_view>& known,
                                                   bool may_be_empty = false);

// One piece of text as JSON: the value, or the problem.
Result<json::value, server::Response> parse_json(std::string_view text);

server::Response json_answer(const json::value& value, int status = 200);

json::array to_json(const std::vector<std::string>& texts);
json::value to_json(const engine::RawValue& value);
// nullopt where it is no value that an answer may have.
std::optional<engine::RawValue> to_raw(const json::value& value);
json::value to_json(double number);  // two decimals at most
// null where it is empty.
json::value word_or_null(const std::string& word);

}  // namespace riskd::api
