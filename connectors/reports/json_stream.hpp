// JSON as a stream of members, for readers of reports: boost::json's push parser behind a narrow
// door. Memory does not grow with the document.
#pragma once

#include <istream>
#include <string>
#include <string_view>

#include "connectors/reports/stream.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

// A string, number, boolean or null. Valid during the call that gets it.
struct JsonScalar {
  enum class Kind { string, integer, real, boolean, null };
  Kind kind = Kind::null;

  // The string, at most limits::report_field_bytes of it; a number in decimal digits, so that a
  // tool that writes "3" and one that writes 3 are read alike; "true", "false"; empty for null.
  std::string_view text;
};

// The events of a document, in its order. A path holds the names of members only: arrays leave no
// trace in it, so that one object and an array of one object are read alike. The root is "".
class JsonHandler : public StreamHandler {
 public:
  virtual void begin_object(const NodePath&) {}
  virtual void end_object(const NodePath&) {}
  virtual void begin_array(const NodePath&) {}
  virtual void end_array(const NodePath&) {}
  virtual void value(const NodePath& path, const JsonScalar& scalar) = 0;
};

// Reads one document to its end and reports it to `handler`; skips a byte order mark before it.
// Errors have the place "name:line:column":
//   invalid    cut off, not well-formed, invalid UTF-8, a number out of range, text after the end
//   too_large  limits::report_bytes, report_depth, or report_field_bytes of a member's name
//   or what the handler refused.
Status read_json(std::istream& input, const std::string& name, JsonHandler& handler);

// What may stand between a document and the end of its line: nothing but blanks, or one comma too, as Nuclei's export
// had it for a while.
enum class LineEnd { blank, comma };

// Reads a stream of documents, one a line (ndjson), to its end. Blank lines are nothing.
Status read_json_lines(std::istream& input, const std::string& name, JsonHandler& handler,
                       LineEnd line_end = LineEnd::blank);

// Reports to `handler` as much of the first document as `head` holds; ends at the first error.
void peek_json(std::string_view head, JsonHandler& handler);

}  // namespace riskd::connectors
