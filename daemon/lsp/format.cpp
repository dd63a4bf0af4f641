// Formatting: the whole document as one edit.
#include "dsl/format/format.hpp"

#include "daemon/lsp/features.hpp"

namespace riskd::lsp {

Reply format_document(const std::string& path, const std::string& text) {
  const auto laid_out = dsl::format(dsl::SourceFile(path, text));
  if (!laid_out) {
    return Unexpected(
        Refusal{request_failed, "a file with syntax errors cannot be laid out: mend them first"});
  }
  json::array edits;
  if (*laid_out != text) {
    edits.push_back(
        json::object{{"range", range_of(text, 0, static_cast<std::uint32_t>(text.size()))},
                     {"newText", *laid_out}});
  }
  return json::value(std::move(edits));
}

}  // namespace riskd::lsp
