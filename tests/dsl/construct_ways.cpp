#include "tests/dsl/construct_ways.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace riskd::tests {
namespace {

constexpr std::array<std::pair<Way, const char*>, 12> words{{{Way::malformed, "malformed"},
                                                             {Way::missing_part, "missing part"},
                                                             {Way::unknown_name, "unknown name"},
                                                             {Way::wrong_kind, "wrong kind"},
                                                             {Way::wrong_type, "wrong type"},
                                                             {Way::out_of_range, "out of range"},
                                                             {Way::given_twice, "given twice"},
                                                             {Way::duplicate, "duplicate name"},
                                                             {Way::ambiguous, "ambiguous"},
                                                             {Way::wrong_place, "wrong place"},
                                                             {Way::contradiction, "contradiction"},
                                                             {Way::warning, "warning"}}};

// Without a default, so that a new kind of clause does not compile until it stands here.
Construct row(dsl::ClauseKind kind) {
  using enum dsl::ClauseKind;
  using enum Way;
  switch (kind) {
    case library:
      return {"library", {malformed, missing_part, out_of_range, given_twice, contradiction}};
    case import:
      return {"import", {malformed, missing_part, unknown_name, out_of_range, contradiction}};
    case scale:
      return {"scale", {malformed, missing_part, duplicate, contradiction}};
    case bands:
      return {"bands", {malformed, missing_part, out_of_range, duplicate, contradiction}};
    case step:
      return {"step", {malformed, missing_part, duplicate}};
    case field:
      return {"field",
              {malformed, missing_part, unknown_name, wrong_kind, wrong_type, out_of_range,
               given_twice, duplicate}};
    case questionnaire:
      return {"questionnaire", {malformed, missing_part, unknown_name, wrong_kind, duplicate}};
    case question:
      return {"question",
              {malformed, missing_part, unknown_name, wrong_type, out_of_range, given_twice,
               duplicate, wrong_place, contradiction, warning}};
    case component_type:
      return {"component-type", {malformed, missing_part, duplicate}};
    case standard_list:
      return {"standard-list", {malformed, missing_part, out_of_range, duplicate}};
    case attributes:
      return {"attributes", {malformed, missing_part}};
    case attribute:
      return {
          "attribute",
          {malformed, missing_part, unknown_name, wrong_type, out_of_range, duplicate, ambiguous}};
    case let:
      return {"let",
              {malformed, missing_part, unknown_name, wrong_type, duplicate, wrong_place,
               contradiction}};
    case rating:
      return {"rating",
              {malformed, missing_part, unknown_name, wrong_type, duplicate, wrong_place,
               contradiction}};
    case pattern:
      return {"pattern", {malformed, missing_part, wrong_kind, duplicate, wrong_place, warning}};
    case risk:
      return {"risk", {malformed, missing_part, duplicate, wrong_place}};
    case weakness:
      return {"weakness",
              {malformed, missing_part, unknown_name, wrong_kind, out_of_range, given_twice,
               duplicate, wrong_place, warning}};
    case countermeasure:
      return {"countermeasure",
              {malformed, missing_part, unknown_name, wrong_kind, given_twice, duplicate,
               wrong_place, warning}};
    case when:
      return {"when",
              {malformed, missing_part, unknown_name, wrong_kind, wrong_type, given_twice,
               wrong_place, contradiction, warning}};
    case setting:
      return {"setting",
              {malformed, missing_part, unknown_name, wrong_kind, wrong_type, given_twice,
               wrong_place, contradiction}};
    case mitigates:
      return {"mitigates",
              {malformed, missing_part, unknown_name, wrong_type, out_of_range, given_twice,
               wrong_place}};
    case required:
      return {"required",
              {malformed, missing_part, unknown_name, wrong_type, given_twice, wrong_place,
               contradiction, warning}};
    case test:
      return {"test", {malformed, missing_part, unknown_name, wrong_kind, wrong_place, warning}};
    case standard:
      return {"standard", {malformed, missing_part, wrong_place, warning}};
    case guide:
      return {"guide", {malformed, missing_part, given_twice, wrong_place}};
    case untested:
      return {"untested", {malformed, missing_part, given_twice, wrong_place, contradiction}};
    case match_cwe:
      return {"match-cwe", {malformed, missing_part, given_twice, wrong_place}};
    case was:
      return {"was", {malformed, missing_part, duplicate, contradiction}};
    case extend:
      return {"extend",
              {malformed, missing_part, unknown_name, wrong_kind, given_twice, duplicate,
               wrong_place, contradiction}};
    case override_:
      return {"override",
              {malformed, missing_part, unknown_name, wrong_kind, wrong_type, given_twice,
               ambiguous, wrong_place, contradiction}};
    case disable:
      return {"disable",
              {malformed, missing_part, unknown_name, wrong_kind, given_twice, ambiguous}};
    case choice:
      return {"choice", {malformed, duplicate}};
    case ask_when:
      return {"ask-when",
              {malformed, missing_part, unknown_name, wrong_type, given_twice, contradiction}};
    case default_value:
      return {"default-value",
              {malformed, missing_part, unknown_name, wrong_type, out_of_range, given_twice}};
    case help:
      return {"help", {malformed, missing_part, given_twice}};
    case adjust:
      return {"adjust", {malformed, missing_part, given_twice, duplicate, contradiction}};
    case visit:
      return {"visit",
              {malformed, missing_part, unknown_name, wrong_type, given_twice, wrong_place,
               contradiction}};
    case reduce:
      return {"reduce",
              {malformed, missing_part, unknown_name, wrong_type, out_of_range, wrong_place}};
    case restore:
      return {"restore", {malformed, wrong_kind, contradiction}};
    case raise_by:
      return {"raise-by",
              {malformed, missing_part, unknown_name, wrong_type, out_of_range, contradiction}};
    case raise_to:
      return {"raise-to", {malformed, missing_part, unknown_name, wrong_type, out_of_range}};
    case cap:
      return {"cap", {malformed, missing_part, unknown_name, wrong_type, out_of_range}};
    case after:
      return {"after", {malformed, missing_part, unknown_name, wrong_kind, contradiction}};
    case before:
      return {"before", {malformed, missing_part, unknown_name, contradiction}};
    case status_map:
      return {"status-map", {malformed, missing_part, unknown_name, duplicate}};
    case evidence:
      return {"evidence", {malformed, missing_part, unknown_name, duplicate}};
    case row:
      return {"row",
              {malformed, missing_part, unknown_name, wrong_kind, wrong_type, wrong_place,
               contradiction}};
    case stale_after:
      return {"stale-after",
              {malformed, missing_part, wrong_type, out_of_range, given_twice, wrong_place}};
    case ticket:
      return {"ticket", {malformed, missing_part, given_twice, duplicate}};
    case open:
      return {"open",
              {malformed, missing_part, unknown_name, wrong_type, given_twice, wrong_place,
               contradiction}};
    case title:
      return {"title", {malformed, missing_part, unknown_name, given_twice}};
    case body:
      return {"body", {malformed, unknown_name, given_twice, wrong_place}};
    case labels:
      return {"labels", {malformed, missing_part, unknown_name, given_twice}};
    case priority:
      return {"priority", {missing_part, unknown_name, wrong_type, given_twice, contradiction}};
    case close:
      return {"close",
              {malformed, missing_part, unknown_name, wrong_type, given_twice, contradiction}};
    case relate:
      return {"relate", {malformed, missing_part, unknown_name, wrong_kind, given_twice}};
    case update:
      return {"update", {malformed, missing_part, unknown_name, given_twice}};
    case reopen:
      return {"reopen",
              {malformed, missing_part, unknown_name, wrong_type, given_twice, contradiction}};
    case scenario:
      return {"scenario", {malformed, missing_part}};
    case given:
      return {"given", {malformed, missing_part, wrong_place}};
    case then:
      return {"then", {malformed, missing_part, wrong_place}};
    case expect:
      return {"expect", {malformed, missing_part, wrong_place}};
    case scenario_case:
      return {"scenario-case", {malformed, missing_part, unknown_name}};
    case statement:
      return {"statement", {}};  // a row for each: below
  }
  return {};
}

// The same of what the lines of a scenario say.
Construct row(const dsl::Statement& statement) {
  using enum Way;
  using Ways = std::vector<Way>;
  const auto decision = [] {
    return Construct{"fact-decide", Ways{malformed, missing_part, unknown_name, wrong_kind,
                                         wrong_type, given_twice, wrong_place}};
  };
  const auto component = [] {
    return Construct{"fact-component",
                     Ways{malformed, missing_part, unknown_name, wrong_kind, wrong_type}};
  };
  const auto expected_ticket = [] {
    return Construct{"expect-ticket",
                     Ways{malformed, missing_part, unknown_name, wrong_kind, wrong_place}};
  };
  const dsl::ForEach rows{
      [](const dsl::TodaySyntax&) {
        return Construct{"fact-today", Ways{malformed, missing_part, wrong_type, out_of_range}};
      },
      [](const dsl::PassesSyntax&) {
        return Construct{"fact-passes", Ways{malformed, missing_part, wrong_type, out_of_range}};
      },
      [](const dsl::AnswersSyntax&) {
        return Construct{"fact-answers", Ways{malformed, missing_part, unknown_name, wrong_kind,
                                              wrong_type, out_of_range, given_twice, wrong_place}};
      },
      [&](const dsl::ComponentSyntax&) { return component(); },
      [&](const dsl::RemovalSyntax&) { return component(); },
      [](const dsl::ApprovalSyntax&) {
        return Construct{"fact-approve", Ways{malformed}};
      },
      [&](const dsl::StateDecisionSyntax&) { return decision(); },
      [&](const dsl::AttributeDecisionSyntax&) { return decision(); },
      [&](const dsl::FalsePositiveSyntax&) { return decision(); },
      [](const dsl::AcceptanceSyntax&) {
        return Construct{"fact-accept", Ways{malformed, missing_part, unknown_name, wrong_kind,
                                             wrong_type, wrong_place}};
      },
      [](const dsl::TicketStatusSyntax&) {
        return Construct{"fact-ticket", Ways{malformed, missing_part, unknown_name, wrong_kind,
                                             given_twice, wrong_place}};
      },
      [](const dsl::ResultSyntax&) {
        return Construct{"fact-result",
                         Ways{malformed, missing_part, unknown_name, wrong_type, given_twice}};
      },
      [](const dsl::ExpectedPatternSyntax&) {
        return Construct{"expect-pattern",
                         Ways{malformed, missing_part, unknown_name, wrong_kind, wrong_place}};
      },
      [&](const dsl::ExpectedTicketSyntax&) { return expected_ticket(); },
      [&](const dsl::ExpectedTextsSyntax&) { return expected_ticket(); },
      [](const dsl::ExpectedValueSyntax&) {
        return Construct{"expect-value", Ways{malformed, missing_part, unknown_name, wrong_kind,
                                              wrong_type, wrong_place}};
      },
  };
  return std::visit(rows, statement);
}

template <std::size_t... index>
std::vector<Construct> rows_of_statements(std::index_sequence<index...>) {
  return {row(dsl::Statement(std::in_place_index<index>))...};
}

}  // namespace

std::string to_string(Way way) {
  for (const auto& [each, word] : words) {
    if (each == way) return word;
  }
  return {};
}

std::vector<dsl::ClauseKind> clause_kinds() {
  std::vector<dsl::ClauseKind> kinds;
  for (int kind = 0; kind <= static_cast<int>(dsl::ClauseKind::statement); ++kind)
    kinds.push_back(static_cast<dsl::ClauseKind>(kind));
  return kinds;
}

const std::vector<Construct>& statement_constructs() {
  static const std::vector<Construct> all =
      rows_of_statements(std::make_index_sequence<std::variant_size_v<dsl::Statement>>());
  return all;
}

const std::vector<Construct>& constructs() {
  static const std::vector<Construct> all = [] {
    using enum Way;
    std::vector<Construct> rows;
    for (const dsl::ClauseKind kind : clause_kinds()) rows.push_back(row(kind));
    rows.insert(rows.end(), statement_constructs().begin(), statement_constructs().end());
    // What constructs are made of.
    const std::vector<Construct> parts{
        {"arithmetic", {malformed, missing_part, unknown_name, wrong_type}},
        {"condition",
         {malformed, missing_part, unknown_name, wrong_kind, wrong_type, contradiction}},
        {"date", {malformed, wrong_type, out_of_range}},
        {"function",
         {malformed, missing_part, unknown_name, wrong_kind, wrong_type, given_twice, wrong_place}},
        {"if", {malformed, missing_part, unknown_name, wrong_type}},
        {"match", {malformed, missing_part, unknown_name, wrong_type, contradiction}},
        {"name", {malformed, unknown_name, wrong_kind, out_of_range, ambiguous}},
        {"number", {malformed}},
        {"scope",
         {malformed, missing_part, unknown_name, wrong_kind, given_twice, wrong_place,
          contradiction}},
        {"text", {malformed}},
        {"type", {malformed, missing_part, unknown_name, wrong_kind, duplicate}}};
    rows.insert(rows.end(), parts.begin(), parts.end());
    return rows;
  }();
  return all;
}

const Construct& construct(dsl::ClauseKind kind) {
  return constructs()[static_cast<std::size_t>(kind)];
}

std::optional<WrongUse> way_of(const std::string& title) {
  const std::string before = "wrong: ";
  const auto slash = title.find(" / ");
  const auto colon = title.find(": ", before.size());
  if (!title.starts_with(before) || slash == std::string::npos || colon == std::string::npos ||
      colon < slash)
    return std::nullopt;
  WrongUse use;
  use.construct = title.substr(before.size(), slash - before.size());
  std::string way = title.substr(slash + 3, colon - slash - 3);
  if (way.starts_with("warning ")) {
    use.code = way.substr(8);
    way = "warning";
  }
  const auto found = std::find_if(words.begin(), words.end(),
                                  [&](const auto& each) { return each.second == way; });
  if (found == words.end()) return std::nullopt;
  use.way = found->first;
  return use;
}

}  // namespace riskd::tests
