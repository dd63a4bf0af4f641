#include "daemon/riskctl/show.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/riskctl/layout.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::array<std::pair<std::string_view, Style>, 9> styles{{
    {"implemented", Style::good},
    {"required", Style::caution},
    {"rejected", Style::faint},
    {"not-applicable", Style::faint},
    {"passed", Style::good},
    {"failed", Style::bad},
    {"error", Style::bad},
    {"untested", Style::faint},
    {"skipped", Style::faint},
}};

constexpr std::array<std::pair<std::string_view, Style>, 4> bands{{
    {"low", Style::good},
    {"medium", Style::caution},
    {"high", Style::bad},
    {"critical", Style::error},
}};

template <std::size_t count>
Text styled(const std::array<std::pair<std::string_view, Style>, count>& words,
            std::string_view word) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [word](const auto& each) { return each.first == word; });
  return found == words.end() ? Text(word) : Text(word).in(found->second);
}

}  // namespace

Text state_word(std::string_view word) { return styled(styles, word); }

Text band_word(std::string_view band) { return styled(bands, band); }

Text shown(const connectors::Report& report) {
  Text out = text("{}{}{}\n", report.format,
                  report.producer.empty() ? Text() : text("  {}", report.producer),
                  report.generated ? text("  {}", to_display(*report.generated)) : Text());
  std::vector<Row> rows;
  for (const connectors::ReportResult& each : report.results) {
    rows.push_back({text("  {}", state_word(connectors::to_string(each.outcome))), each.id,
                    each.title, each.severity, each.suppressed ? "suppressed" : ""});
  }
  out += table(rows);
  out += text("{}{}\n", counted(report.results.size(), "result"),
              report.failed ? ", and the run did not complete" : "");
  return out;
}

}  // namespace riskd::riskctl
