#include "dsl/compile/lower_elements.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "dsl/compile/lookup.hpp"
#include "dsl/compile/lower_settings.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::no_node;
using engine::NodeId;
using engine::Op;

namespace {

std::string would_declare(ElementKind kind, const Name& name) {
  const std::string word(to_string(kind));
  return "with a title, this line would declare it: `" + word + " " + name.text + " \"…\"`";
}

// Whether a value of the component is read, directly or by a derived value. `seen` are the nodes before.
bool reads_component(const engine::Program& program, NodeId id, std::vector<char>& seen) {
  if (id == no_node || seen[id]) return false;
  seen[id] = 1;
  const engine::Node& node = program.nodes[id];
  const bool of_question = node.op == Op::question || node.op == Op::answered;
  const bool of_field = node.op == Op::field || node.op == Op::field_answered;
  if (of_question && program.questions[node.a].component_type != no_index) return true;
  if (of_field && program.fields[node.a].kind == Kind::component) return true;
  if (node.op == Op::builtin && static_cast<Kind>(node.b) == Kind::component) return true;
  if (node.op == Op::let && (program.lets[node.a].kind == Kind::component ||
                             reads_component(program, program.lets[node.a].value, seen)))
    return true;
  // The items of a list bring their own component.
  if (node.op == Op::aggregate &&
      static_cast<engine::List>(node.b) == engine::List::product_components)
    return false;
  for (const NodeId kid : program.kids_of(node)) {
    if (reads_component(program, kid, seen)) return true;
  }
  return false;
}

void check_scope(const PolicyText& policy, const engine::Program& program, NodeId node,
                 const Scope& defined, const Scope& used, Span span, const std::string& what) {
  if (defined.component_type == no_index || defined.component_type == used.component_type) return;
  std::vector<char> seen(program.nodes.size());
  if (!reads_component(program, node, seen)) return;
  policy.report(Code::out_of_scope, span,
                what + " reads a component of type `" +
                    program.component_types[defined.component_type].name + "`, and here is none",
                "set it at this use");
}

class ElementLowering {
 public:
  explicit ElementLowering(Lowering& lowering)
      : lowering_(lowering),
        policy_(lowering.policy),
        declared_(lowering.declared),
        program_(lowering.program),
        defaults_(program_.countermeasures.size()),
        default_conditions_(program_.countermeasures.size(), nothing) {
    uses_.weakness_used.resize(program_.weaknesses.size());
    uses_.countermeasure_used.resize(program_.countermeasures.size());
  }

  // What a use takes over comes first: countermeasures, then the weaknesses that use them, then patterns.
  ElementUses run() {
    for (std::uint32_t i = 0; i < program_.countermeasures.size(); ++i) lower_countermeasure(i);
    for (std::uint32_t i = 0; i < program_.weaknesses.size(); ++i) lower_weakness(i);
    for (std::uint32_t i = 0; i < program_.patterns.size(); ++i) lower_pattern(i);
    return std::move(uses_);
  }

 private:
  // What an element that is declared in `outer` sees; kept, since most see the same.
  const Scope& scope_within(Kind kind, const Scope& outer);
  void lower_countermeasure(std::uint32_t index);
  void lower_untested(std::uint32_t index);
  void lower_use(ClauseId id, std::uint32_t weakness, const Scope& outer);
  void lower_weakness(std::uint32_t index);
  void lower_pattern(std::uint32_t index);
  void lower_risk(std::uint32_t index, const Scope& pattern_scope);

  Lowering& lowering_;
  const PolicyText& policy_;
  const Declarations& declared_;
  engine::Program& program_;
  ElementUses uses_;
  std::map<std::tuple<Kind, const Library*, std::uint32_t, bool>, Scope> scopes_;
  // By the program's countermeasures: what its definition says of `mitigates` and `required`.
  std::vector<engine::Use> defaults_;
  std::vector<ExprId> default_conditions_;
};

const Scope& ElementLowering::scope_within(Kind kind, const Scope& outer) {
  const bool of_component = outer.has(Kind::component);
  const auto [known, fresh] =
      scopes_.try_emplace(std::tuple(kind, outer.library, outer.component_type, of_component));
  if (fresh) {
    Scope& made = known->second;
    made = scope_of(kind, *outer.library, outer.component_type);
    if (!of_component) std::erase(made.kinds, Kind::component);
  }
  return known->second;
}

void ElementLowering::lower_countermeasure(std::uint32_t index) {
  const DeclaredElement& definition = declared_.countermeasures[index];
  const Scope& scope = scope_within(Kind::countermeasure, *definition.scope);
  engine::Use defaults;
  std::vector<engine::Setting> settings;
  std::vector<engine::TestBinding> tests;
  bool guided = false;
  for (const ClauseId child : policy_.clause(definition.clause).children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::setting)
      lower_setting(lowering_, {each.name, each.expr, each.head}, Kind::countermeasure, scope,
                    settings);
    if (each.kind == ClauseKind::test) lower_test(policy_, each.as<TestSyntax>(), each.head, tests);
    if (each.kind == ClauseKind::standard)
      program_.countermeasures[index].standards.push_back(policy_.plain(each.text));
    if (each.kind == ClauseKind::guide) {
      if (guided) policy_.report(Code::repeated_clause, each.head, "a second `guide`");
      guided = true;
      program_.countermeasures[index].guide = policy_.plain(each.text);
    }
    if (each.kind == ClauseKind::mitigates) {
      if (defaults.mitigates != no_node)
        policy_.report(Code::repeated_clause, each.head, "a second `mitigates`");
      defaults.mitigates =
          lower_value(lowering_, each.expr, scope, {Base::percent, 0}, "`mitigates`");
    }
    if (each.kind == ClauseKind::required) {
      if (defaults.required != no_node)
        policy_.report(Code::repeated_clause, each.head, "a second `required`");
      defaults.required = each.expr == nothing
                              ? lowering_.nodes.number({Base::truth, 0}, 1)
                              : lower_condition(lowering_, each.expr, scope, "`required when`");
      default_conditions_[index] = each.expr;
    }
  }
  lower_untested(index);
  defaults_[index] = defaults;
  program_.countermeasures[index].settings = std::move(settings);
  program_.countermeasures[index].tests = std::move(tests);
}

// A reason why nothing tests it, unless something does. A test that a change adds wins over the reason that
// the library gave before there was one.
void ElementLowering::lower_untested(std::uint32_t index) {
  const Clause* reason = nullptr;
  const Clause* test = nullptr;
  for (const ClauseId child : policy_.clause(declared_.countermeasures[index].clause).children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::test && (test == nullptr || !policy_.in_change(each.head)))
      test = &each;
    if (each.kind != ClauseKind::untested || each.text == nothing) continue;
    if (reason != nullptr) policy_.report(Code::repeated_clause, each.head, "a second `untested`");
    reason = &each;
  }
  if (reason == nullptr) return;
  if (policy_.plain(reason->text).empty()) {
    policy_.report(Code::missing_clause, policy_.syntax.texts[reason->text].span,
                   "`untested` gives no reason", "say what tells instead that it is done");
    return;
  }
  if (test != nullptr && policy_.in_change(test->head) && !policy_.in_change(reason->head)) return;
  if (test != nullptr) {
    policy_
        .report(Code::untested_with_test, reason->head,
                "`" + program_.countermeasures[index].id + "` has a test, and is said to have none",
                "keep one of the two")
        .related.push_back({test->head, "the test"});
    return;
  }
  program_.countermeasures[index].untested = policy_.plain(reason->text);
}

void ElementLowering::lower_use(ClauseId id, std::uint32_t weakness, const Scope& outer) {
  const Clause& used = policy_.clause(id);
  const auto index = find_element(policy_, ElementKind::countermeasure, used.name,
                                  would_declare(ElementKind::countermeasure, used.name));
  if (!index) return;
  if (policy_.disabled(declared_.countermeasures[*index].clause)) {
    uses_.countermeasure_used[*index] = 1;
    return;
  }
  const Scope& scope = scope_within(Kind::countermeasure, outer);
  engine::Use use = defaults_[*index];
  use.countermeasure = *index;
  use.weakness = weakness;
  use.place = policy_.place(used.head);
  ExprId required_when = default_conditions_[*index];
  const std::string what = "`" + program_.countermeasures[*index].id + "`";
  uses_.countermeasure_used[*index] = 1;
  if (used.title == nothing) {
    bool mitigates_set = false;
    bool required_set = false;
    for (const ClauseId child : used.children) {
      const Clause& each = policy_.clause(child);
      if (each.kind == ClauseKind::mitigates) {
        if (mitigates_set) policy_.report(Code::repeated_clause, each.head, "a second `mitigates`");
        mitigates_set = true;
        use.mitigates = lower_value(lowering_, each.expr, scope, {Base::percent, 0}, "`mitigates`");
      } else if (each.kind == ClauseKind::required) {
        if (required_set) policy_.report(Code::repeated_clause, each.head, "a second `required`");
        required_set = true;
        use.required = each.expr == nothing
                           ? lowering_.nodes.number({Base::truth, 0}, 1)
                           : lower_condition(lowering_, each.expr, scope, "`required when`");
        required_when = each.expr;
      } else {
        policy_.report(
            Code::wrong_kind, each.head, "a use sets only `mitigates` and `required when`",
            "the rest belongs to the definition; to declare a countermeasure, give it a title");
      }
    }
    const Scope& defined = *declared_.countermeasures[*index].scope;
    if (!mitigates_set)
      check_scope(policy_, program_, use.mitigates, defined, outer, used.head,
                  "`mitigates` of " + what);
    if (!required_set)
      check_scope(policy_, program_, use.required, defined, outer, used.head,
                  "`required when` of " + what);
  }
  for (const std::uint32_t other : program_.weaknesses[weakness].uses) {
    if (program_.uses[other].countermeasure == *index) {
      policy_.report(Code::repeated_clause, used.head, "this weakness already has " + what);
      return;
    }
  }
  program_.weaknesses[weakness].uses.push_back(static_cast<std::uint32_t>(program_.uses.size()));
  program_.uses.push_back(use);
  uses_.conditions.push_back(required_when);
  uses_.clauses.push_back(id);
}

void ElementLowering::lower_weakness(std::uint32_t index) {
  const DeclaredElement& definition = declared_.weaknesses[index];
  const Scope& outer = *definition.scope;
  const Scope& scope = scope_within(Kind::weakness, outer);
  std::vector<engine::Setting> settings;
  std::vector<engine::TestBinding> tests;
  for (const ClauseId child : policy_.clause(definition.clause).children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::setting)
      lower_setting(lowering_, {each.name, each.expr, each.head}, Kind::weakness, scope, settings);
    if (each.kind == ClauseKind::test) lower_test(policy_, each.as<TestSyntax>(), each.head, tests);
    if (each.kind == ClauseKind::match_cwe) {
      const engine::CweMatch match = each.as<CweMatchSyntax>().match;
      const bool never = match == engine::CweMatch::never;
      engine::Weakness& weakness = program_.weaknesses[index];
      if (weakness.cwe == 0)
        policy_.report(
            Code::missing_clause, each.head,
            "`" + weakness.id + "` has no CWE" +
                (never ? ": no result comes to it by one" : " whose descendants could match"),
            never ? "leave this out" : "`weakness NAME CWE-… \"…\"` says it");
      if (weakness.cwe_match != engine::CweMatch::exact)
        policy_.report(Code::repeated_clause, each.head, "a second `match cwe`");
      weakness.cwe_match = match;
    }
    if (each.kind == ClauseKind::countermeasure && !each.name.text.empty())
      lower_use(child, index, outer);
  }
  program_.weaknesses[index].settings = std::move(settings);
  program_.weaknesses[index].tests = std::move(tests);
}

void ElementLowering::lower_pattern(std::uint32_t index) {
  const DeclaredElement& definition = declared_.patterns[index];
  const Scope& scope = *definition.scope;
  program_.patterns[index].component_type = scope.component_type;
  const Clause& declared = policy_.clause(definition.clause);
  const Clause* condition_clause = nullptr;
  for (const ClauseId child : declared.children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::visit &&
        &each != policy_.syntax.child(declared, ClauseKind::visit))
      policy_.report(Code::repeated_clause, each.head,
                     "a pattern is of the components of one type");
    if (each.kind == ClauseKind::when) {
      if (condition_clause != nullptr) {
        policy_.report(Code::repeated_clause, each.head, "a pattern has one `when`",
                       "join the conditions with `and` or `or`");
        continue;
      }
      condition_clause = &each;
      program_.patterns[index].when = lower_condition(lowering_, each.expr, scope, "`when`");
    }
    if (each.kind == ClauseKind::risk && !each.name.text.empty()) {
      const auto& elements = policy_.library_at(each.head).elements;
      const auto known = elements.find(each.name.text);
      if (known == elements.end() || known->second.kind != ElementKind::risk ||
          declared_.risks[known->second.index].clause != child) {
        continue;
      }
      const std::uint32_t risk = known->second.index;
      program_.risks[risk].pattern = index;
      if (policy_.disabled(child)) continue;
      program_.patterns[index].risks.push_back(risk);
      lower_risk(risk, scope);
    }
  }
  if (condition_clause == nullptr) {
    missing(policy_, declared, "this pattern does not say when it applies",
            "add `when …`; `when yes` applies always");
  }
  if (policy_.disabled(definition.clause))
    program_.patterns[index].when = lowering_.nodes.number({Base::truth, 0}, 0);
}

void ElementLowering::lower_risk(std::uint32_t index, const Scope& pattern_scope) {
  const Clause& declared = policy_.clause(declared_.risks[index].clause);
  const Scope& scope = scope_within(Kind::risk, pattern_scope);
  std::vector<engine::Setting> settings;
  for (const ClauseId child : declared.children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::setting)
      lower_setting(lowering_, {each.name, each.expr, each.head}, Kind::risk, scope, settings);
    if (each.kind != ClauseKind::weakness || each.name.text.empty()) continue;
    const auto weakness = find_element(policy_, ElementKind::weakness, each.name,
                                       would_declare(ElementKind::weakness, each.name));
    if (!weakness) continue;
    uses_.weakness_used[*weakness] = 1;
    if (policy_.disabled(declared_.weaknesses[*weakness].clause)) continue;
    if (each.title == nothing && each.as<WeaknessSyntax>().cwe != 0) {
      policy_.report(Code::wrong_kind, each.head,
                     "a use of a weakness sets nothing: its CWE belongs to the definition",
                     "to declare a weakness, give it a title");
      continue;
    }
    if (each.title == nothing && !each.children.empty()) {
      policy_.report(
          Code::wrong_kind, policy_.clause(each.children.front()).head,
          "a use of a weakness sets nothing: its countermeasures belong to the definition",
          "to declare a weakness, give it a title");
      continue;
    }
    std::vector<std::uint32_t>& all = program_.risks[index].weaknesses;
    if (std::find(all.begin(), all.end(), *weakness) != all.end()) {
      policy_.report(Code::repeated_clause, each.head,
                     "this risk already has `" + program_.weaknesses[*weakness].id + "`");
      continue;
    }
    const Scope& defined = *declared_.weaknesses[*weakness].scope;
    for (const std::uint32_t use : program_.weaknesses[*weakness].uses) {
      check_scope(policy_, program_, program_.uses[use].mitigates, defined, pattern_scope,
                  each.head, "`mitigates` in `" + program_.weaknesses[*weakness].id + "`");
      check_scope(policy_, program_, program_.uses[use].required, defined, pattern_scope, each.head,
                  "`required when` in `" + program_.weaknesses[*weakness].id + "`");
    }
    all.push_back(*weakness);
  }
  program_.risks[index].settings = std::move(settings);
}

}  // namespace

ElementUses lower_elements(Lowering& lowering) { return ElementLowering(lowering).run(); }

}  // namespace riskd::dsl
