// Diagnostics as editors show them.
#include "daemon/lsp/features.hpp"

namespace riskd::lsp {

json::object range_of(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  const auto place = [&](std::uint32_t offset) {
    const Position at = position_at(text, offset);
    return json::object{{"line", at.line}, {"character", at.character}};
  };
  return {{"start", place(begin)}, {"end", place(end)}};
}

json::object range_of(const Analysis& analysis, dsl::Span span) {
  return range_of(analysis.text(span.file), span.begin, span.end);
}

json::object location_of(const Analysis& analysis, dsl::Span span) {
  return {{"uri", analysis.uris[span.file]}, {"range", range_of(analysis, span)}};
}

json::array diagnostics_of(const Analysis& analysis, std::uint32_t file, bool related) {
  json::array all;
  for (const dsl::Diagnostic& each : analysis.compiled.diagnostics) {
    if (each.span.file != file) continue;
    const bool is_error = dsl::info(each.code).severity == dsl::Severity::error;
    std::string message = each.message;
    if (!each.help.empty()) message += "\nhelp: " + each.help;
    json::object shown{{"range", range_of(analysis, each.span)},
                       {"severity", is_error ? 1 : 2},
                       {"code", dsl::to_string(each.code)},
                       {"source", "riskd"}};
    json::array places;
    for (const dsl::Related& other : each.related) {
      if (related) {
        places.push_back(json::object{{"location", location_of(analysis, other.span)},
                                      {"message", other.message}});
        continue;
      }
      const dsl::SourceFile& source = analysis.compiled.sources[other.span.file];
      const dsl::LineColumn at = source.locate(other.span.begin);
      message += "\nnote: " + source.name() + ":" + std::to_string(at.line) + ":" +
                 std::to_string(at.column) + ": " + other.message;
    }
    if (!places.empty()) shown["relatedInformation"] = std::move(places);
    shown["message"] = message;
    all.push_back(std::move(shown));
  }
  return all;
}

}  // namespace riskd::lsp
