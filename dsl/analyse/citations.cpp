#include "dsl/analyse/citations.hpp"

#include <map>

#include "dsl/analyse/standards.hpp"
#include "dsl/compile/reports.hpp"
#include "engine/program/cwe.hpp"

namespace riskd::dsl {

namespace {

// An id that CWE does not have: no finding would ever come to the weakness.
void check_cwe(const PolicyText& policy, const Clause& weakness) {
  const int cwe = weakness.as<WeaknessSyntax>().cwe;
  if (cwe == 0 || engine::kind_of_cwe(cwe) != engine::CweKind::unknown) return;
  policy.report(Code::unknown_name, weakness.as<WeaknessSyntax>().cwe_span,
                "there is no CWE-" + std::to_string(cwe),
                "did you mean `CWE-" + std::to_string(engine::nearest_weakness(cwe)) + "`?");
}

void warn_of_cwes(const PolicyText& policy, const Declarations& declared) {
  for (const DeclaredElement& each : declared.weaknesses) {
    const Clause& weakness = policy.clause(each.clause);
    const int cwe = weakness.as<WeaknessSyntax>().cwe;
    const engine::CweKind kind = engine::kind_of_cwe(cwe);
    if (cwe == 0 || kind == engine::CweKind::weakness || policy.disabled(each.clause)) continue;
    const std::string what = kind == engine::CweKind::category ? "a category of CWE, no weakness"
                             : kind == engine::CweKind::view   ? "a view of CWE, no weakness"
                                                               : "deprecated";
    policy.report(
        Code::no_weakness, weakness.as<WeaknessSyntax>().cwe_span,
        "CWE-" + std::to_string(cwe) + " is " + what,
        kind == engine::CweKind::deprecated
            ? "take the weakness that replaced it, or none: findings no longer have this id"
            : "take one of its weaknesses: findings are about those");
  }
}

void warn_of_standards(const PolicyText& policy, const Declarations& declared,
                       const std::vector<std::string>& lists) {
  for (const DeclaredElement& each : declared.countermeasures) {
    if (policy.disabled(each.clause)) continue;
    for (const ClauseId child : policy.clause(each.clause).children) {
      const Clause& cited = policy.clause(child);
      if (cited.kind != ClauseKind::standard || cited.text == nothing) continue;
      if (const auto fault = fault_of_citation(policy.plain(cited.text), lists))
        policy.report(Code::unlisted_standard, policy.syntax.texts[cited.text].span, fault->message,
                      fault->help);
    }
  }
}

}  // namespace

std::vector<std::string> declare_standards(const PolicyText& policy) {
  std::map<std::string, Span> lists;
  each_declaration(policy, ClauseKind::standard_list, [&](ClauseId id, const Library&) {
    const Clause& declared = policy.clause(id);
    if (const std::string known = known_list(declared.name.text); !known.empty()) {
      policy.report(Code::duplicate_name, declared.name.span,
                    "riskd knows the list `" + known + "` and its ids",
                    "leave this out, or give a list of your own another name");
      return;
    }
    const auto [first, fresh] = lists.emplace(declared.name.text, declared.name.span);
    if (!fresh)
      once_in_a_policy(policy, declared.name.span, first->second,
                       "the list `" + declared.name.text + "` is declared twice");
  });
  std::vector<std::string> names;
  for (const auto& [name, span] : lists) names.push_back(name);
  return names;
}

void check_cwes(const PolicyText& policy, const Declarations& declared) {
  for (const DeclaredElement& weakness : declared.weaknesses)
    check_cwe(policy, policy.clause(weakness.clause));
}

void warn_of_citations(const PolicyText& policy, const Declarations& declared,
                       const std::vector<std::string>& lists) {
  warn_of_cwes(policy, declared);
  warn_of_standards(policy, declared, lists);
}

}  // namespace riskd::dsl
