#include "connectors/reports/xml_stream.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <utility>

#include "connectors/reports/fields.hpp"
#include "engine/base/ascii.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace {

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// What the XML declaration at the front of `head` says of the encoding; empty where it says nothing,
// or is itself in UTF-16.
std::string_view declared_encoding(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  if (!head.starts_with("<?xml")) return {};
  head = head.substr(0, head.find("?>"));
  const std::size_t at = head.find("encoding");
  if (at == std::string_view::npos) return {};
  head.remove_prefix(at);
  const std::size_t open = head.find_first_of("\"'");
  if (open == std::string_view::npos) return {};
  const char quote = head[open];
  head.remove_prefix(open + 1);
  return head.substr(0, head.find(quote));
}

// Python's ElementTree writes the name of the encoding as it is given, often without its hyphen. .NET's
// StringWriter calls everything UTF-16; a declaration that can be read byte by byte is not in UTF-16.
bool is_utf8_under_another_name(std::string_view declared) {
  return declared == "utf8" || declared.starts_with("utf-16") || declared == "utf16";
}

// The bytes from 0x80 to 0x9f of Windows' code page 1252; -1 is none. The others are Latin-1's.
constexpr std::array<int, 32> windows_1252{
    0x20ac, -1,     0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, -1,     0x017d, -1,     -1,     0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, -1,     0x017e, 0x0178};

// The encodings that tools on Windows and older ones declare, and expat does not know.
int XMLCALL on_unknown_encoding(void*, const XML_Char* name, XML_Encoding* encoding) {
  const std::string known = in_lower_case(name);
  const bool windows = known == "windows-1252" || known == "cp1252";
  const bool latin_9 = known == "iso-8859-15" || known == "latin9";
  const bool latin_1 = known == "latin1" || known == "latin-1" || known == "iso8859-1";
  if (!windows && !latin_9 && !latin_1) return XML_STATUS_ERROR;
  for (int byte = 0; byte < 256; ++byte) encoding->map[byte] = byte;
  if (windows) std::copy(windows_1252.begin(), windows_1252.end(), encoding->map + 0x80);
  if (latin_9) {
    encoding->map[0xa4] = 0x20ac;
    encoding->map[0xa6] = 0x0160;
    encoding->map[0xa8] = 0x0161;
    encoding->map[0xb4] = 0x017d;
    encoding->map[0xb8] = 0x017e;
    encoding->map[0xbc] = 0x0152;
    encoding->map[0xbd] = 0x0153;
    encoding->map[0xbe] = 0x0178;
  }
  encoding->data = nullptr;
  encoding->convert = nullptr;
  encoding->release = nullptr;
  return XML_STATUS_OK;
}

// One parse. expat calls back through C, so nothing here may throw but std::bad_alloc, which ends
// the process in riskd as everywhere.
class XmlParse {
 public:
  XmlParse(ReportInput& input, XmlHandler& handler)
      : input_(input), handler_(handler), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
    XML_SetUnknownEncodingHandler(parser_.get(), on_unknown_encoding, nullptr);
  }

  Status run() {
    bool ended = false;
    while (!ended) {
      const auto piece = input_.next();
      if (!piece) return failure(piece);
      ended = piece->empty();
      if (fed_bytes_ == 0 && is_utf8_under_another_name(in_lower_case(declared_encoding(*piece))))
        XML_SetEncoding(parser_.get(), "UTF-8");
      fed_bytes_ += piece->size();
      const int size = static_cast<int>(piece->size());
      if (XML_Parse(parser_.get(), piece->data(), size, ended ? 1 : 0) == XML_STATUS_ERROR) {
        return Unexpected<Error>(error(ended));
      }
      // expat keeps an unfinished tag until its end arrives.
      const auto done_bytes =
          static_cast<std::size_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(parser_.get()), 0));
      if (!ended && fed_bytes_ - std::min(done_bytes, fed_bytes_) > xml_tag_bytes) {
        return fail(ErrorCode::too_large,
                    fmt::format("a tag has more than {} MiB", xml_tag_bytes >> 20), here());
      }
    }
    return Done{};
  }

 private:
  static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    static_cast<XmlParse*>(self)->start(name, attributes);
  }
  static void XMLCALL on_end(void* self, const XML_Char*) { static_cast<XmlParse*>(self)->end(); }
  static void XMLCALL on_text(void* self, const XML_Char* text, int size) {
    static_cast<XmlParse*>(self)->text({text, static_cast<std::size_t>(size)});
  }
  static void XMLCALL on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*,
                                 int) {
    static_cast<XmlParse*>(self)->stop(
        Error{ErrorCode::unsupported, "a document type declaration is not read in a report", {}});
  }

  void start(std::string_view name, const char** attributes) {
    if (stopped_) return;
    if (path_.depth() == limits::report_depth) {
      return stop(Error{ErrorCode::too_large,
                        fmt::format("elements are nested more than {} deep", limits::report_depth),
                        {}});
    }
    if (name.size() > limits::report_field_bytes) {
      return stop(Error{
          ErrorCode::too_large,
          fmt::format("an element's name has more than {} KiB", limits::report_field_bytes >> 10),
          {}});
    }
    path_.push(local_name(name));
    if (handler_.start(path_, XmlAttributes(attributes)) == XmlText::keep) {
      text_.clear();
      text_depth_ = path_.depth();
      XML_SetCharacterDataHandler(parser_.get(), on_text);
    }
    stop_if_refused();
  }

  void end() {
    if (stopped_) return;
    if (path_.depth() == text_depth_) {
      handler_.end(path_, clip(text_, limits::report_field_bytes));
      text_depth_ = 0;
      XML_SetCharacterDataHandler(parser_.get(), nullptr);
    } else {
      handler_.end(path_, {});
    }
    path_.pop();
    stop_if_refused();
  }

  void text(std::string_view piece) {
    if (path_.depth() != text_depth_ || text_.size() > limits::report_field_bytes) return;
    text_ += piece.substr(0, limits::report_field_bytes + 1 - text_.size());
  }

  void stop_if_refused() {
    if (handler_.refused()) stop(handler_.refusal());
  }

  void stop(Error error) {
    if (stopped_) return;
    stopped_ = std::move(error);
    stopped_->where = here();
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  std::string here() const {
    return place(input_.name(), XML_GetCurrentLineNumber(parser_.get()),
                 XML_GetCurrentColumnNumber(parser_.get()) + 1);
  }

  // What expat's error means to the person who sent the report.
  Error error(bool ended) const {
    if (stopped_) return *stopped_;
    const XML_Error code = XML_GetErrorCode(parser_.get());
    switch (code) {
      case XML_ERROR_NO_ELEMENTS:
      case XML_ERROR_UNCLOSED_TOKEN:
      case XML_ERROR_UNCLOSED_CDATA_SECTION:
      case XML_ERROR_PARTIAL_CHAR:
        if (fed_bytes_ == 0) return {ErrorCode::invalid, "the report is empty", here()};
        if (ended) return {ErrorCode::invalid, "the report is cut off", here()};
        break;
      case XML_ERROR_UNDEFINED_ENTITY:
        return {ErrorCode::unsupported, "an entity that XML itself does not define is not read",
                here()};
      case XML_ERROR_UNKNOWN_ENCODING:
      case XML_ERROR_INCORRECT_ENCODING:
        return {ErrorCode::unsupported, "the encoding is not read, write the report in `UTF-8`",
                here()};
      case XML_ERROR_INVALID_TOKEN:
        if (at_invalid_utf8()) return {ErrorCode::invalid, "invalid UTF-8", here()};
        return {ErrorCode::invalid, "not well-formed XML: invalid token", here()};
      default:
        break;
    }
    return {ErrorCode::invalid,
            fmt::format("not well-formed XML: {}", in_lower_case(XML_ErrorString(code))), here()};
  }

  // Whether the byte that expat stopped at begins no UTF-8 character.
  bool at_invalid_utf8() const {
    int offset = 0;
    int size = 0;
    const char* context = XML_GetInputContext(parser_.get(), &offset, &size);
    if (context == nullptr || offset < 0 || offset >= size) return false;
    const std::string_view rest(context + offset, static_cast<std::size_t>(size - offset));
    return !next_utf8(rest).valid;
  }

  ReportInput& input_;
  XmlHandler& handler_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  NodePath path_;
  std::string text_;
  std::size_t text_depth_ = 0;  // of the element whose text is kept; 0: none
  std::size_t fed_bytes_ = 0;
  std::optional<Error> stopped_;
};

// Takes off everything up to and including `end`; everything where it is not there.
void skip_past(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + end.size());
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

const char* XmlAttributes::find(std::string_view name) const {
  for (const char* const* pair = pairs_; *pair != nullptr; pair += 2) {
    if (name == pair[0]) return pair[1];
  }
  return nullptr;
}

std::string_view XmlAttributes::get(std::string_view name) const {
  const char* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool XmlAttributes::has(std::string_view name) const { return find(name) != nullptr; }

Status read_xml(std::istream& input, const std::string& name, XmlHandler& handler) {
  ReportInput bytes(input, name);
  return XmlParse(bytes, handler).run();
}

std::string xml_root(std::string_view head) {
  std::string narrowed;
  const bool utf16 =
      head.size() > 1 && (head[0] == '\0' || head[1] == '\0' || head.starts_with("\xff\xfe") ||
                          head.starts_with("\xfe\xff"));
  if (utf16) {
    for (const char c : head) {
      if (c > '\0' && c < '\x7f') narrowed += c;
    }
    head = narrowed;
  }
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  while (!head.empty()) {
    if (blank(head.front())) {
      head.remove_prefix(1);
    } else if (head.starts_with("<?")) {
      skip_past(head, "?>");
    } else if (head.starts_with("<!--")) {
      skip_past(head, "-->");
    } else if (head.starts_with("<!")) {
      // A document type declaration: read() will refuse it, and say so better than "unknown".
      const std::size_t subset = head.substr(0, head.find('>')).find('[');
      if (subset != std::string_view::npos) skip_past(head, "]");
      skip_past(head, ">");
    } else {
      break;
    }
  }
  if (head.size() < 2 || head.front() != '<') return {};
  head.remove_prefix(1);
  const std::size_t end = head.find_first_of(" \t\r\n/>");
  if (end == std::string_view::npos) return {};
  return std::string(local_name(head.substr(0, end)));
}

}  // namespace riskd::connectors
