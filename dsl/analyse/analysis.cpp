// What deserves a warning in a policy whose every line is right.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::no_node;
using engine::Op;

// What core reads of a risk is core's attribute; an own one of that name is another.
void Compiler::warn_of_attributes() {
  for (std::size_t i = 0; i < program_.attributes.size(); ++i) {
    const engine::Attribute& own = program_.attributes[i];
    for (std::size_t j = 0; j < program_.attributes.size(); ++j) {
      const engine::Attribute& other = program_.attributes[j];
      if (own.name != other.name || own.kind != other.kind ||
          !attribute_libraries_[i]->imports.contains(attribute_libraries_[j]->name))
        continue;
      policy_
          .report(Code::hidden_attribute, policy_.clause(attribute_clauses_[i]).name.span,
                  "`" + own.name + "` hides the attribute of library `" +
                      attribute_libraries_[j]->name + "`, which never learns what is set here",
                  "choose another name, or leave this one out")
          .related.push_back({policy_.clause(attribute_clauses_[j]).name.span, "the hidden one"});
    }
  }
}

// What the imported library computes goes on with its own value, whatever is said here.
void Compiler::warn_of_hidden_values() {
  for (std::size_t i = 0; i < program_.lets.size(); ++i) {
    const engine::Let& own = program_.lets[i];
    for (std::size_t j = 0; j < program_.lets.size(); ++j) {
      const engine::Let& other = program_.lets[j];
      const std::string& library = let_libraries_[j]->name;
      if (own.name != other.name || own.kind != other.kind ||
          !let_libraries_[i]->imports.contains(library))
        continue;
      const std::string value = std::string(to_string(own.kind)) + "." + own.name;
      policy_
          .report(Code::hidden_value, policy_.clause(let_clauses_[i]).name.span,
                  "`" + own.name + "` hides the derived value of library `" + library +
                      "`, which goes on with its own",
                  "choose another name, or change it there: `override let " + library + "." +
                      value + " = …`")
          .related.push_back({policy_.clause(let_clauses_[j]).name.span, "the hidden one"});
    }
  }
}

// Each source once, at the first test that has it.
void Compiler::warn_of_missing_evidence() {
  struct Missing {
    Span first;
    std::size_t tests = 0;
  };
  std::map<std::string, Missing> missing;
  const auto look = [&](const auto& elements, const std::vector<Definition>& definitions) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto has_none = [&](const engine::TestBinding& test) {
        return program_.evidence_of(test.source) == nullptr;
      };
      if (std::none_of(elements[i].tests.begin(), elements[i].tests.end(), has_none)) continue;
      for (const ClauseId child : policy_.clause(definitions[i].clause).children) {
        const Clause& each = policy_.clause(child);
        if (each.kind != ClauseKind::test || program_.evidence_of(each.name.text) != nullptr)
          continue;
        Missing& of = missing[std::string(each.name.text)];
        const Span& here = each.name.span;
        if (of.tests++ == 0 ||
            std::tie(here.file, here.begin) < std::tie(of.first.file, of.first.begin))
          of.first = here;
      }
    }
  };
  look(program_.weaknesses, weaknesses_);
  look(program_.countermeasures, countermeasures_);
  for (const auto& [source, of] : missing) {
    policy_.report(
        Code::no_evidence, of.first,
        "there is no `evidence " + source + "` block" +
            (of.tests == 1   ? ""
             : of.tests == 2 ? " for this test and another"
                             : " for this test and " + std::to_string(of.tests - 1) + " others"),
        "without one, only verdicts that are posted as facts count");
  }
}

void Compiler::check_warnings() {
  // Questions that no rule reads.
  std::vector<char> read(program_.questions.size());
  for (const engine::Node& node : program_.nodes) {
    if (node.op == Op::question || node.op == Op::answered) read[node.a] = 1;
  }
  for (std::size_t i = 0; i < program_.questions.size(); ++i) {
    if (!read[i] && !policy_.disabled(question_clauses_[i])) {
      policy_.report(Code::unread_question, policy_.clause(question_clauses_[i]).head,
                     "no rule reads the question `" + program_.questions[i].id + "`",
                     "use it in a condition, or leave it out");
    }
  }
  for (std::size_t i = 0; i < weaknesses_.size(); ++i) {
    const Definition& definition = weaknesses_[i];
    if (policy_.disabled(definition.clause)) continue;
    if (program_.weaknesses[i].cwe == 0) {
      policy_.report(Code::no_cwe, policy_.clause(definition.clause).head,
                     "`" + program_.weaknesses[i].id + "` has no CWE",
                     "findings are matched by it: `weakness NAME CWE-… \"…\"`");
    }
    if (definition.shared && !definition.used) {
      policy_.report(Code::unused_definition, policy_.clause(definition.clause).head,
                     "nothing uses `" + program_.weaknesses[i].id + "`");
    }
  }
  for (std::size_t i = 0; i < countermeasures_.size(); ++i) {
    const Definition& definition = countermeasures_[i];
    if (definition.shared && !definition.used && !policy_.disabled(definition.clause)) {
      policy_.report(Code::unused_definition, policy_.clause(definition.clause).head,
                     "nothing uses `" + program_.countermeasures[i].id + "`");
    }
  }
  // Those of a pattern that can never apply are never required: that was said.
  std::vector<char> alive(program_.weaknesses.size());
  for (std::size_t i = 0; i < program_.patterns.size(); ++i) {
    if (never_applies_[i] != 0) continue;
    for (const std::uint32_t risk : program_.patterns[i].risks) {
      for (const std::uint32_t weakness : program_.risks[risk].weaknesses) alive[weakness] = 1;
    }
  }
  std::vector<char> warned(program_.countermeasures.size());
  for (std::size_t i = 0; i < program_.uses.size(); ++i) {
    const engine::Use& use = program_.uses[i];
    if (use.required == no_node || warned[use.countermeasure]) continue;
    if (alive[use.weakness] == 0 || never_required_.contains(use_conditions_[i])) continue;
    const engine::Countermeasure& measure = program_.countermeasures[use.countermeasure];
    const engine::Weakness& weakness = program_.weaknesses[use.weakness];
    const bool by_cwe = weakness.cwe != 0 && weakness.cwe_match != engine::CweMatch::never;
    if (by_cwe || !measure.tests.empty() || !weakness.tests.empty() || !measure.untested.empty())
      continue;
    warned[use.countermeasure] = 1;
    policy_.report(
        Code::untested_requirement,
        policy_.clause(countermeasures_[use.countermeasure].clause).head,
        "`" + program_.countermeasures[use.countermeasure].id +
            "` can be required, and no test would tell whether it works",
        "add a `test` to it or to its weakness, or say why there is none: `untested \"…\"`");
  }
  warn_of_missing_evidence();
  warn_of_attributes();
  warn_of_hidden_values();
  warn_of_cwes();
  warn_of_standards();
  // Patterns that no scenario covers.
  std::vector<char> covered(program_.patterns.size());
  for (const Clause& each : policy_.syntax.clauses) {
    if (each.kind != ClauseKind::expect_pattern || each.number != 0) continue;
    for (std::size_t i = 0; i < program_.patterns.size(); ++i) {
      const std::string& id = program_.patterns[i].id;
      if (id == each.name.full() || id.substr(id.find('.') + 1) == each.name.text) covered[i] = 1;
    }
  }
  for (std::size_t i = 0; i < program_.patterns.size(); ++i) {
    const bool told = never_applies_[i] != 0;  // none can cover it
    if (!covered[i] && !told && !policy_.disabled(patterns_[i].clause)) {
      policy_.report(Code::uncovered_pattern, policy_.clause(patterns_[i].clause).head,
                     "no scenario expects the pattern `" + program_.patterns[i].id + "` to apply",
                     "add a scenario with `expect pattern " +
                         program_.patterns[i].id.substr(program_.patterns[i].id.find('.') + 1) +
                         " applies`");
    }
  }
}

}  // namespace riskd::dsl
