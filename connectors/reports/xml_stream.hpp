// XML as a stream of elements, for readers of reports: expat behind a narrow door. Document type
// declarations are refused, so that no entity is ever declared or fetched (CWE-611, CWE-776).
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/reports/stream.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

// The longest tag, comment or processing instruction; an attribute has to be held as a whole.
inline constexpr std::size_t xml_tag_bytes = 8u << 20;

// The attributes of one start tag; valid during the call that gets it.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char* const* pairs) : pairs_(pairs) {}

  // The value of the attribute written `name`, prefix included; empty where it is absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  const char* find(std::string_view name) const;
  const char* const* pairs_;
};

enum class XmlText { skip, keep };

// The events of a document, in its order. Paths hold local names: prefixes are dropped.
class XmlHandler : public StreamHandler {
 public:
  // `path` ends with the element that begins. keep: its text is wanted at its end.
  virtual XmlText start(const NodePath& path, const XmlAttributes& attributes) = 0;

  // `path` still ends with the element that ends. `text` is what stands directly in it, at most
  // limits::report_field_bytes of it, if start() said keep and no element inside it did.
  virtual void end(const NodePath& path, std::string_view text) = 0;
};

// Reads one document to its end and reports it to `handler`. Errors have the place "name:line:column":
//   invalid      cut off, not well-formed, bytes that are not of the encoding
//   too_large    limits::report_bytes, report_depth or xml_tag_bytes was passed, or
//                report_field_bytes by an element's name
//   unsupported  a document type declaration, an entity, or an encoding other than UTF-8, UTF-16,
//                US-ASCII, ISO-8859-1, ISO-8859-15 and windows-1252
//   or what the handler refused.
Status read_xml(std::istream& input, const std::string& name, XmlHandler& handler);

// The local name of the root element of a document that begins with `head`, without parsing more
// than its prolog; empty where `head` is not XML or ends before it. Understands UTF-16 as well.
std::string xml_root(std::string_view head);

}  // namespace riskd::connectors
