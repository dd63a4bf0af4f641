#include "dsl/analyse/warnings.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "dsl/compile/builtins.hpp"

namespace riskd::dsl {
using engine::no_node;
using engine::Op;

namespace {

// What core reads of a risk is core's attribute; an own one of that name is another.
void warn_of_attributes(const PolicyText& policy, const engine::Program& program,
                        const Declarations& declared) {
  for (std::size_t i = 0; i < program.attributes.size(); ++i) {
    const engine::Attribute& own = program.attributes[i];
    for (std::size_t j = 0; j < program.attributes.size(); ++j) {
      const engine::Attribute& other = program.attributes[j];
      if (own.name != other.name || own.kind != other.kind ||
          !declared.attributes[i].library->imports.contains(declared.attributes[j].library->name))
        continue;
      policy
          .report(Code::hidden_attribute, policy.clause(declared.attributes[i].clause).name.span,
                  "`" + own.name + "` hides the attribute of library `" +
                      declared.attributes[j].library->name +
                      "`, which never learns what is set here",
                  "choose another name, or leave this one out")
          .related.push_back(
              {policy.clause(declared.attributes[j].clause).name.span, "the hidden one"});
    }
  }
}

// What the imported library computes goes on with its own value, whatever is said here.
void warn_of_hidden_values(const PolicyText& policy, const engine::Program& program,
                           const Declarations& declared) {
  for (std::size_t i = 0; i < program.lets.size(); ++i) {
    const engine::Let& own = program.lets[i];
    for (std::size_t j = 0; j < program.lets.size(); ++j) {
      const engine::Let& other = program.lets[j];
      const std::string& library = declared.lets[j].library->name;
      if (own.name != other.name || own.kind != other.kind ||
          !declared.lets[i].library->imports.contains(library))
        continue;
      const std::string value = std::string(to_string(own.kind)) + "." + own.name;
      policy
          .report(Code::hidden_value, policy.clause(declared.lets[i].clause).name.span,
                  "`" + own.name + "` hides the derived value of library `" + library +
                      "`, which goes on with its own",
                  "choose another name, or change it there: `override let " + library + "." +
                      value + " = …`")
          .related.push_back({policy.clause(declared.lets[j].clause).name.span, "the hidden one"});
    }
  }
}

// Each source once, at the first test that has it.
void warn_of_missing_evidence(const PolicyText& policy, const engine::Program& program,
                              const Declarations& declared) {
  struct Missing {
    Span first;
    std::size_t tests = 0;
  };
  std::map<std::string, Missing> missing;
  const auto look = [&](const auto& elements, const std::vector<DeclaredElement>& definitions) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto has_none = [&](const engine::TestBinding& test) {
        return program.evidence_of(test.source) == nullptr;
      };
      if (std::none_of(elements[i].tests.begin(), elements[i].tests.end(), has_none)) continue;
      for (const ClauseId child : policy.clause(definitions[i].clause).children) {
        const Clause& each = policy.clause(child);
        const auto* test = each.find<TestSyntax>();
        if (test == nullptr || program.evidence_of(test->source.text) != nullptr) continue;
        Missing& of = missing[test->source.text];
        const Span& here = test->source.span;
        if (of.tests++ == 0 ||
            std::tie(here.file, here.begin) < std::tie(of.first.file, of.first.begin))
          of.first = here;
      }
    }
  };
  look(program.weaknesses, declared.weaknesses);
  look(program.countermeasures, declared.countermeasures);
  for (const auto& [source, of] : missing) {
    policy.report(
        Code::no_evidence, of.first,
        "there is no `evidence " + source + "` block" +
            (of.tests == 1   ? ""
             : of.tests == 2 ? " for this test and another"
                             : " for this test and " + std::to_string(of.tests - 1) + " others"),
        "without one, only verdicts that are posted as facts count");
  }
}

// Questions that no rule reads.
void warn_of_unread_questions(const PolicyText& policy, const engine::Program& program,
                              const Declarations& declared) {
  std::vector<char> read(program.questions.size());
  for (const engine::Node& node : program.nodes) {
    if (node.op == Op::question || node.op == Op::answered) read[node.a] = 1;
  }
  for (std::size_t i = 0; i < program.questions.size(); ++i) {
    if (!read[i] && !policy.disabled(declared.questions[i].clause)) {
      policy.report(Code::unread_question, policy.clause(declared.questions[i].clause).head,
                    "no rule reads the question `" + program.questions[i].id + "`",
                    "use it in a condition, or leave it out");
    }
  }
}

// Weaknesses without a CWE, and what is declared at top level and nothing uses.
void warn_of_definitions(const PolicyText& policy, const engine::Program& program,
                         const Declarations& declared, const ElementUses& uses) {
  for (std::size_t i = 0; i < declared.weaknesses.size(); ++i) {
    const DeclaredElement& definition = declared.weaknesses[i];
    const bool used = uses.weakness_used[i] != 0;
    if (policy.disabled(definition.clause)) continue;
    if (program.weaknesses[i].cwe == 0) {
      policy.report(Code::no_cwe, policy.clause(definition.clause).head,
                    "`" + program.weaknesses[i].id + "` has no CWE",
                    "findings are matched by it: `weakness NAME CWE-… \"…\"`");
    }
    if (definition.shared && !used) {
      policy.report(Code::unused_definition, policy.clause(definition.clause).head,
                    "nothing uses `" + program.weaknesses[i].id + "`");
    }
  }
  for (std::size_t i = 0; i < declared.countermeasures.size(); ++i) {
    const DeclaredElement& definition = declared.countermeasures[i];
    const bool used = uses.countermeasure_used[i] != 0;
    if (definition.shared && !used && !policy.disabled(definition.clause)) {
      policy.report(Code::unused_definition, policy.clause(definition.clause).head,
                    "nothing uses `" + program.countermeasures[i].id + "`");
    }
  }
}

// Countermeasures that can be required and that no test is about.
void warn_of_untested(const PolicyText& policy, const engine::Program& program,
                      const Declarations& declared, const ElementUses& uses,
                      const NeverTrue& never) {
  // Those of a pattern that can never apply are never required: that was said.
  std::vector<char> alive(program.weaknesses.size());
  for (std::size_t i = 0; i < program.patterns.size(); ++i) {
    if (never.patterns[i] != 0) continue;
    for (const std::uint32_t risk : program.patterns[i].risks) {
      for (const std::uint32_t weakness : program.risks[risk].weaknesses) alive[weakness] = 1;
    }
  }
  std::vector<char> warned(program.countermeasures.size());
  for (std::size_t i = 0; i < program.uses.size(); ++i) {
    const engine::Use& use = program.uses[i];
    if (use.required == no_node || warned[use.countermeasure]) continue;
    if (alive[use.weakness] == 0 || never.requirements.contains(uses.conditions[i])) continue;
    const engine::Countermeasure& measure = program.countermeasures[use.countermeasure];
    const engine::Weakness& weakness = program.weaknesses[use.weakness];
    const bool by_cwe = weakness.cwe != 0 && weakness.cwe_match != engine::CweMatch::never;
    if (by_cwe || !measure.tests.empty() || !weakness.tests.empty() || !measure.untested.empty())
      continue;
    warned[use.countermeasure] = 1;
    policy.report(
        Code::untested_requirement,
        policy.clause(declared.countermeasures[use.countermeasure].clause).head,
        "`" + program.countermeasures[use.countermeasure].id +
            "` can be required, and no test would tell whether it works",
        "add a `test` to it or to its weakness, or say why there is none: `untested \"…\"`");
  }
}

// Patterns that no scenario covers.
void warn_of_uncovered(const PolicyText& policy, const engine::Program& program,
                       const Declarations& declared, const NeverTrue& never) {
  std::vector<char> covered(program.patterns.size());
  for (const Clause& each : policy.syntax.clauses) {
    const auto* expected = each.said<ExpectedPatternSyntax>();
    if (expected == nullptr || expected->outcome != PatternOutcome::applies) continue;
    const Name& pattern = expected->pattern;
    for (std::size_t i = 0; i < program.patterns.size(); ++i) {
      const std::string& id = program.patterns[i].id;
      if (id == pattern.full() || id.substr(id.find('.') + 1) == pattern.text) covered[i] = 1;
    }
  }
  for (std::size_t i = 0; i < program.patterns.size(); ++i) {
    const bool told = never.patterns[i] != 0;  // none can cover it
    if (!covered[i] && !told && !policy.disabled(declared.patterns[i].clause)) {
      policy.report(Code::uncovered_pattern, policy.clause(declared.patterns[i].clause).head,
                    "no scenario expects the pattern `" + program.patterns[i].id + "` to apply",
                    "add a scenario with `expect pattern " +
                        program.patterns[i].id.substr(program.patterns[i].id.find('.') + 1) +
                        " applies`");
    }
  }
}

}  // namespace

void warn_of_unused(const PolicyText& policy, const engine::Program& program,
                    const Declarations& declared, const ElementUses& uses, const NeverTrue& never) {
  warn_of_unread_questions(policy, program, declared);
  warn_of_definitions(policy, program, declared, uses);
  warn_of_untested(policy, program, declared, uses, never);
  warn_of_missing_evidence(policy, program, declared);
  warn_of_attributes(policy, program, declared);
  warn_of_hidden_values(policy, program, declared);
  warn_of_uncovered(policy, program, declared, never);
}

}  // namespace riskd::dsl
