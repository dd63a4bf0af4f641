// What the language server answers, one function for each request; the results are the JSON of LSP 3.17.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/lsp/workspace.hpp"

namespace riskd::lsp {

namespace json = boost::json;

// Codes of the protocol (LSP 3.17, "ErrorCodes").
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int server_not_initialized = -32002;
inline constexpr int request_cancelled = -32800;
inline constexpr int request_failed = -32803;

struct Refusal {
  int code = request_failed;
  std::string message;
};
using Reply = Result<json::value, Refusal>;

json::object range_of(std::string_view text, std::uint32_t begin, std::uint32_t end);
json::object range_of(const Analysis& analysis, dsl::Span span);
json::object location_of(const Analysis& analysis, dsl::Span span);

// The diagnostics of one file. Without `related` the related places are in the message.
json::array diagnostics_of(const Analysis& analysis, std::uint32_t file, bool related);

json::value hover(const Spot& spot);
json::value definition(const Spot& spot);
json::value references(const Spot& spot, bool with_declaration);
json::value document_symbols(const Analysis& analysis, std::uint32_t file);

// A lens over each scenario of the file with its result. Runs the scenarios where they were not.
json::value scenario_lenses(Analysis& analysis, std::uint32_t file);

// Refused where nothing that can be renamed is there, the name is none, it is taken, the declaration is
// in a shipped file, or the policy would mean something else.
Reply prepare_rename(const Spot& spot);
Reply rename(const Spot& spot, const std::string& new_name);

// `text` is the document as it is now, which may be newer than the analysis.
json::value completion(const Analysis& analysis, const std::string& uri, const std::string& text,
                       std::uint32_t offset, const std::vector<std::string>& libraries);

// The edits that lay the document out; refused where it has syntax errors.
Reply format_document(const std::string& path, const std::string& text);

}  // namespace riskd::lsp
