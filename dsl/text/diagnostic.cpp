#include "dsl/text/diagnostic.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "engine/base/limits.hpp"

namespace riskd::dsl {

const std::vector<CodeInfo>& all_codes() {
  using enum Severity;
  static const std::vector<CodeInfo> codes{
      {Code::unexpected_character, error, "unexpected character"},
      {Code::unclosed_string, error, "text that is not closed"},
      {Code::bad_escape, error, "unknown escape"},
      {Code::bad_number, error, "malformed number or date"},
      {Code::bad_name, error, "malformed name"},
      {Code::minus_needs_blanks, error, "minus without blanks"},
      {Code::syntax, error, "something else was expected"},
      {Code::too_deep, error, "nested too deeply"},
      {Code::too_large, error, "larger than the limit"},
      {Code::not_utf8, error, "not UTF-8"},
      {Code::chained_comparison, error, "chained comparison"},
      {Code::equals_sign, error, "`=` is not a comparison"},
      {Code::reserved_word, error, "reserved word"},
      {Code::unknown_name, error, "unknown name"},
      {Code::duplicate_name, error, "declared twice"},
      {Code::ambiguous_name, error, "ambiguous name"},
      {Code::unknown_library, error, "unknown library"},
      {Code::circular_import, error, "circular import"},
      {Code::no_library, error, "no library"},
      {Code::wrong_kind, error, "a thing of another kind"},
      {Code::libraries_disagree, error, "files of one library disagree"},
      {Code::type_mismatch, error, "types do not fit"},
      {Code::unknown_choice, error, "unknown choice"},
      {Code::out_of_range, error, "number out of range"},
      {Code::not_constant, error, "not a constant"},
      {Code::out_of_scope, error, "not known here"},
      {Code::bad_order, error, "steps out of order"},
      {Code::circular, error, "circular definition"},
      {Code::incomplete_match, error, "incomplete match"},
      {Code::hidden_row, error, "hidden row"},
      {Code::missing_clause, error, "missing clause"},
      {Code::repeated_clause, error, "clause given twice"},
      {Code::unordered_steps, error, "steps in no order"},
      {Code::not_monotone, error, "adjustment in the wrong direction"},
      {Code::never_true, error, "condition that is never true"},
      {Code::changed_twice, error, "changed twice"},
      {Code::changed_disabled, error, "change to what is disabled"},
      {Code::decided_comparison, error, "comparison of what can never be otherwise"},
      {Code::untested_with_test, error, "`untested` beside a test"},
      {Code::unread_question, warning, "question that no rule reads"},
      {Code::uncovered_pattern, warning, "pattern that no scenario covers"},
      {Code::untested_requirement, warning, "required countermeasure without a test"},
      {Code::no_cwe, warning, "weakness without a CWE"},
      {Code::unused_definition, warning, "shared definition that nothing uses"},
      {Code::always_true, warning, "condition that is always true"},
      {Code::no_evidence, warning, "test without an evidence block"},
      {Code::idle_scenario, warning, "scenario that expects nothing"},
      {Code::scenario_twice, warning, "scenarios with one title"},
      {Code::hidden_attribute, warning, "attribute that hides an imported one"},
      {Code::no_weakness, warning, "CWE that is no weakness"},
      {Code::unlisted_standard, warning, "standard that is in no list"},
      {Code::hidden_value, warning, "derived value that hides an imported one"},
  };
  return codes;
}

const CodeInfo& info(Code code) {
  const auto& codes = all_codes();
  return *std::find_if(codes.begin(), codes.end(),
                       [code](const CodeInfo& each) { return each.code == code; });
}

std::string to_string(Code code) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "R%04d", static_cast<int>(code));
  return buffer.data();
}

Diagnostic& Diagnostics::add(Code code, Span span, std::string message, std::string help) {
  const bool repeated = std::any_of(list_.rbegin(), list_.rend(), [&](const Diagnostic& each) {
    return each.span.file == span.file && each.span.begin == span.begin && each.code == code;
  });
  const bool is_error = info(code).severity == Severity::error;
  if (is_error) ++errors_;
  if (repeated || list_.size() >= limits::diagnostics) {
    dropped_ = {};
    return dropped_;
  }
  list_.push_back({code, span, std::move(message), std::move(help), {}});
  return list_.back();
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.span.file, a.span.begin, a.code) <
                            std::tie(b.span.file, b.span.begin, b.code);
                   });
}

std::vector<Diagnostic> Diagnostics::take_sorted() {
  sort_by_place(list_);
  return std::move(list_);
}

std::string closest(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > name.size() + 3 || name.size() > candidate.size() + 3) continue;
    // Edit distance with transpositions of neighbours (optimal string alignment).
    std::vector<std::vector<std::size_t>> cost(name.size() + 1,
                                               std::vector<std::size_t>(candidate.size() + 1));
    for (std::size_t i = 0; i <= name.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= candidate.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t change = name[i - 1] == candidate[j - 1] ? 0 : 1;
        cost[i][j] =
            std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
        if (i > 1 && j > 1 && name[i - 1] == candidate[j - 2] && name[i - 2] == candidate[j - 1]) {
          cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    const std::size_t distance = cost[name.size()][candidate.size()];
    if (distance < best_distance ||
        (distance == best_distance && !best.empty() && candidate < best)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace riskd::dsl
