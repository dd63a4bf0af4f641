#include "daemon/wire/serialize.hpp"

#include <boost/json.hpp>

#include "daemon/wire/writer.hpp"

namespace riskd::wire {
namespace {

namespace json = boost::json;

void write(Writer& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out.null();
      break;
    case json::kind::bool_:
      out.truth(value.get_bool());
      break;
    case json::kind::int64:
      out.integer(value.get_int64());
      break;
    case json::kind::uint64:
      out.count(value.get_uint64());
      break;
    case json::kind::double_:
      out.exact(value.get_double());
      break;
    case json::kind::string:
      out.text(value.get_string());
      break;
    case json::kind::array:
      out.begin_array();
      for (const json::value& item : value.get_array()) write(out, item);
      out.end_array();
      break;
    case json::kind::object:
      out.begin_object();
      for (const auto& member : value.get_object()) {
        out.key(member.key());
        write(out, member.value());
      }
      out.end_object();
      break;
  }
}

}  // namespace

std::string serialize(const json::value& value) {
  Writer out;
  write(out, value);
  return out.take();
}

}  // namespace riskd::wire
