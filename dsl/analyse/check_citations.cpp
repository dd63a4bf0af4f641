// What a policy cites from outside: the weaknesses of CWE, and requirements of standards.
#include "dsl/analyse/standards.hpp"
#include "dsl/compile/compiler.hpp"
#include "engine/program/cwe.hpp"

namespace riskd::dsl {

// An id that CWE does not have: no finding would ever come to the weakness.
void Compiler::check_cwe(const Clause& weakness) {
  const int cwe = static_cast<int>(weakness.number);
  if (cwe == 0 || engine::kind_of_cwe(cwe) != engine::CweKind::unknown) return;
  policy_.report(Code::unknown_name, weakness.more().name2.span,
                 "there is no CWE-" + std::to_string(cwe),
                 "did you mean `CWE-" + std::to_string(engine::nearest_weakness(cwe)) + "`?");
}

void Compiler::warn_of_cwes() {
  for (const Definition& each : weaknesses_) {
    const Clause& weakness = policy_.clause(each.clause);
    const int cwe = static_cast<int>(weakness.number);
    const engine::CweKind kind = engine::kind_of_cwe(cwe);
    if (cwe == 0 || kind == engine::CweKind::weakness || policy_.disabled(each.clause)) continue;
    const std::string what = kind == engine::CweKind::category ? "a category of CWE, no weakness"
                             : kind == engine::CweKind::view   ? "a view of CWE, no weakness"
                                                               : "deprecated";
    policy_.report(
        Code::no_weakness, weakness.more().name2.span, "CWE-" + std::to_string(cwe) + " is " + what,
        kind == engine::CweKind::deprecated
            ? "take the weakness that replaced it, or none: findings no longer have this id"
            : "take one of its weaknesses: findings are about those");
  }
}

// Once in a policy: the index of standards is of all its libraries.
void Compiler::declare_standards() {
  each_declaration(policy_, ClauseKind::standard_list, [&](ClauseId id, const Library&) {
    const Clause& declared = policy_.clause(id);
    if (const std::string known = known_list(declared.name.text); !known.empty()) {
      policy_.report(Code::duplicate_name, declared.name.span,
                     "riskd knows the list `" + known + "` and its ids",
                     "leave this out, or give a list of your own another name");
      return;
    }
    const auto [first, fresh] = standard_lists_.emplace(declared.name.text, declared.name.span);
    if (!fresh)
      once_in_a_policy(policy_, declared.name.span, first->second,
                       "the list `" + declared.name.text + "` is declared twice");
  });
}

void Compiler::warn_of_standards() {
  std::vector<std::string> declared;
  for (const auto& [name, span] : standard_lists_) declared.push_back(name);
  for (const Definition& each : countermeasures_) {
    if (policy_.disabled(each.clause)) continue;
    for (const ClauseId child : policy_.clause(each.clause).children) {
      const Clause& cited = policy_.clause(child);
      if (cited.kind != ClauseKind::standard || cited.text == nothing) continue;
      if (const auto fault = fault_of_citation(policy_.plain(cited.text), declared))
        policy_.report(Code::unlisted_standard, policy_.syntax.texts[cited.text].span,
                       fault->message, fault->help);
    }
  }
}

}  // namespace riskd::dsl
