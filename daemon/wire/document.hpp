// A JSON document (RFC 8259) in memory, with what Boost.JSON's own tree forgets: a name that is given
// twice in one object.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::wire {

struct JsonMember;

struct Json {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  bool truth = false;
  double number = 0;
  std::string text;
  std::vector<Json> items;          // of an array
  std::vector<JsonMember> members;  // of an object, in their order
};

struct JsonMember {
  std::string name;
  Json value;
};

// Reads one document. limits::json_bytes and json_depth hold.
//   invalid    not well-formed, invalid UTF-8, a number out of range, a name given twice
//   too_large  a limit was passed
// `where` is a JSON pointer for a name given twice, otherwise "offset 12".
Result<Json> parse_json(std::string_view text);

// As parse_json, for what riskd itself wrote: without the limit of size.
Result<Json> parse_stored_json(std::string_view text);

// One step of a JSON pointer (RFC 6901): "/" and the escaped name.
std::string pointer_step(std::string_view name);

}  // namespace riskd::wire
