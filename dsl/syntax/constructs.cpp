#include "dsl/syntax/constructs.hpp"

#include "dsl/syntax/syntax.hpp"

namespace riskd::dsl {
namespace {

template <typename T>
std::unique_ptr<Construct> make_own() {
  return std::make_unique<Construct>(std::in_place_type<T>);
}

}  // namespace

std::unique_ptr<Construct> new_construct(ClauseKind kind) {
  using enum ClauseKind;
  switch (kind) {
    case import:
      return make_own<ImportSyntax>();
    case field:
      return make_own<FieldSyntax>();
    case questionnaire:
      return make_own<QuestionnaireSyntax>();
    case question:
      return make_own<QuestionSyntax>();
    case component_type:
      return make_own<ComponentTypeSyntax>();
    case attributes:
      return make_own<AttributesSyntax>();
    case let:
      return make_own<LetSyntax>();
    case rating:
      return make_own<RatingSyntax>();
    case weakness:
      return make_own<WeaknessSyntax>();
    case test:
      return make_own<TestSyntax>();
    case match_cwe:
      return make_own<CweMatchSyntax>();
    case extend:
    case override_:
    case disable:
      return make_own<ChangeSyntax>();
    case choice:
      return make_own<ChoiceSyntax>();
    case visit:
      return make_own<VisitSyntax>();
    case reduce:
      return make_own<ReduceSyntax>();
    case status_map:
      return make_own<StatusMapSyntax>();
    case row:
      return make_own<RowSyntax>();
    case ticket:
      return make_own<TicketSyntax>();
    case labels:
      return make_own<LabelsSyntax>();
    case relate:
      return make_own<RelationSyntax>();
    case statement:
      return make_own<Statement>();
    // These have nothing of their own.
    // clang-format off
    case library: case scale: case bands: case step: case standard_list: case attribute:
    case pattern: case risk: case countermeasure: case when: case setting: case mitigates:
    case required: case standard: case guide: case untested: case was: case ask_when:
    case default_value: case help: case adjust: case restore: case raise_by: case raise_to:
    case cap: case after: case before: case evidence: case stale_after: case open: case title:
    case body: case priority: case close: case update: case reopen: case scenario: case given:
    case then: case expect: case scenario_case:
      // clang-format on
      return nullptr;
  }
  return nullptr;
}

std::string kind_said(const Clause& clause) {
  const auto visitor = [](const auto& own) -> std::string {
    if constexpr (requires { own.kind.text; })
      return own.kind.text;
    else
      return {};
  };
  return clause.own == nullptr ? "" : std::visit(visitor, *clause.own);
}

}  // namespace riskd::dsl
