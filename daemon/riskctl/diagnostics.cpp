#include "daemon/riskctl/diagnostics.hpp"

#include <string>
#include <string_view>

namespace riskd::riskctl {
namespace {

constexpr std::string_view bar = " | ";  // between a line's number and its text

// The first line: "web.risk:3:8: error[R0201]: there is no …".
Text head(std::string_view line, const std::string& code, Style style) {
  const std::size_t at = line.find(code);
  if (at == std::string_view::npos) return line;
  return text("{}{}{}", line.substr(0, at), Text(code).in(style), line.substr(at + code.size()));
}

// A line of the source, or what underlines it in `style`.
Text excerpt(std::string_view line, std::size_t end_of_number, Style style) {
  const std::string_view source = line.substr(end_of_number + bar.size());
  const bool underlines =
      line.substr(0, end_of_number).find_first_not_of(' ') == std::string_view::npos;
  Text shown = Text(line.substr(0, end_of_number + bar.size())).in(Style::place);
  shown += underlines ? Text::lines(source).in(style) : Text::lines(source);
  return shown;
}

}  // namespace

Text shown(const dsl::Sources& sources, const dsl::Diagnostic& diagnostic) {
  const bool is_error = dsl::info(diagnostic.code).severity == dsl::Severity::error;
  Style style = is_error ? Style::error : Style::warning;
  const std::string code =
      std::string(is_error ? "error" : "warning") + "[" + dsl::to_string(diagnostic.code) + "]";
  const std::string rendered = dsl::render(sources, diagnostic, false);
  Text all;
  bool is_first = true;
  for (std::string_view rest = rendered; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t end_of_number = line.find(bar);
    const bool has_number = line.find_first_not_of(" 0123456789") == end_of_number + 1;
    if (is_first) {
      all += head(line, code, style);
    } else if (line.starts_with("  help: ") || line.starts_with("  note: ")) {
      if (line.starts_with("  note: ")) style = Style::note;
      all += text("  {}{}", Text(line.substr(2, 4)).in(Style::note), line.substr(6));
    } else if (end_of_number != std::string_view::npos && has_number) {
      all += excerpt(line, end_of_number, style);
    } else {
      all += line;
    }
    all += Text::lines("\n");
    is_first = false;
  }
  return all;
}

}  // namespace riskd::riskctl
