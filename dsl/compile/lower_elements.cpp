// Patterns, risks, weaknesses and countermeasures.
#include <algorithm>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::no_node;
using engine::NodeId;
using engine::Op;
using engine::Type;

namespace {

std::string would_declare(ElementKind kind, const Name& name) {
  const std::string word(to_string(kind));
  return "with a title, this line would declare it: `" + word + " " + name.text + " \"…\"`";
}

}  // namespace

// Looked up from the library in which the name stands. `help` is for a name that nothing is close to.
std::optional<std::uint32_t> Compiler::find_element(ElementKind kind, const Name& name,
                                                    const std::string& help) {
  const Library& library = policy_.library_at(name.span);
  const auto found = policy_.libraries.lookup(library, name, &Library::elements);
  if (found.empty()) {
    std::vector<std::string> names;
    for (const Library* each : policy_.libraries.visible(library)) {
      for (const auto& [declared, element] : each->elements) {
        if (element.kind == kind) names.push_back(declared);
      }
    }
    std::sort(names.begin(), names.end());
    const std::string near = closest(name.text, names);
    const std::string imported =
        name.qualifier.empty() ? import_for(policy_, NameSpace::elements, name.text, library) : "";
    policy_.report(Code::unknown_name, name.span,
                   "there is no " + std::string(to_string(kind)) + " `" + name.full() + "`",
                   !imported.empty() ? imported
                   : near.empty()    ? help
                                     : "did you mean `" + near + "`?");
    return std::nullopt;
  }
  if (found.size() > 1) {
    Diagnostic& shown =
        policy_.report(Code::ambiguous_name, name.span, "`" + name.full() + "` is ambiguous",
                       "say which: `" + found.front().library->name + "." + name.text + "`");
    for (const auto& each : found)
      shown.related.push_back({each.what.span, "declared in library `" + each.library->name + "`"});
    return std::nullopt;
  }
  if (found.front().what.kind != kind) {
    policy_
        .report(Code::wrong_kind, name.span,
                "`" + name.full() + "` is a " + std::string(to_string(found.front().what.kind)) +
                    ", not a " + std::string(to_string(kind)))
        .related.push_back({found.front().what.span, "declared here"});
    return std::nullopt;
  }
  policy_.record_use(name, found.front().what.span);
  return found.front().what.index;
}

bool Compiler::reads_component(NodeId id, std::vector<char>& seen) const {
  if (id == no_node || seen[id]) return false;
  seen[id] = 1;
  const engine::Node& node = program_.nodes[id];
  switch (node.op) {
    case Op::question:
    case Op::answered:
      if (program_.questions[node.a].component_type != no_index) return true;
      break;
    case Op::field:
    case Op::field_answered:
      if (program_.fields[node.a].kind == Kind::component) return true;
      break;
    case Op::let:
      if (program_.lets[node.a].kind == Kind::component) return true;
      if (reads_component(program_.lets[node.a].value, seen)) return true;
      break;
    case Op::builtin:
      if (static_cast<Kind>(node.b) == Kind::component) return true;
      break;
    case Op::aggregate:
      if (static_cast<engine::List>(node.b) == engine::List::product_components) return false;
      break;
    default:
      break;
  }
  for (const NodeId kid : program_.kids_of(node)) {
    if (reads_component(kid, seen)) return true;
  }
  return false;
}

void Compiler::check_scope(NodeId node, const Scope& defined, const Scope& used, Span span,
                           const std::string& what) {
  if (defined.component_type == no_index || defined.component_type == used.component_type) return;
  std::vector<char> seen(program_.nodes.size());
  if (!reads_component(node, seen)) return;
  policy_.report(Code::out_of_scope, span,
                 what + " reads a component of type `" +
                     program_.component_types[defined.component_type].name + "`, and here is none",
                 "set it at this use");
}

void Compiler::lower_elements() {
  for (std::uint32_t i = 0; i < countermeasures_.size(); ++i) lower_countermeasure(i);
  for (std::uint32_t i = 0; i < weaknesses_.size(); ++i) lower_weakness(i);
  for (std::uint32_t i = 0; i < patterns_.size(); ++i) lower_pattern(i);
}

void Compiler::lower_countermeasure(std::uint32_t index) {
  const Definition& definition = countermeasures_[index];
  const Scope& scope = scope_within(Kind::countermeasure, *definition.scope);
  engine::Use defaults;
  std::vector<engine::Setting> settings;
  std::vector<engine::TestBinding> tests;
  bool guided = false;
  for (const ClauseId child : policy_.clause(definition.clause).children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::setting)
      lower_setting(each, Kind::countermeasure, scope, settings);
    if (each.kind == ClauseKind::test) lower_test(each, tests);
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
      defaults.mitigates = value_of(each.expr, scope, {Base::percent, 0}, "`mitigates`");
    }
    if (each.kind == ClauseKind::required) {
      if (defaults.required != no_node)
        policy_.report(Code::repeated_clause, each.head, "a second `required`");
      defaults.required = each.expr == nothing ? nodes_.number({Base::truth, 0}, 1)
                                               : condition(each.expr, scope, "`required when`");
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
void Compiler::lower_untested(std::uint32_t index) {
  const Clause* reason = nullptr;
  const Clause* test = nullptr;
  for (const ClauseId child : policy_.clause(countermeasures_[index].clause).children) {
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

void Compiler::lower_use(ClauseId id, std::uint32_t weakness, const Scope& outer) {
  const Clause& used = policy_.clause(id);
  const auto index = find_element(ElementKind::countermeasure, used.name,
                                  would_declare(ElementKind::countermeasure, used.name));
  if (!index) return;
  if (policy_.disabled(countermeasures_[*index].clause)) {
    countermeasures_[*index].used = true;
    return;
  }
  const Scope& scope = scope_within(Kind::countermeasure, outer);
  engine::Use use = defaults_[*index];
  use.countermeasure = *index;
  use.weakness = weakness;
  use.place = policy_.place(used.head);
  ExprId required_when = default_conditions_[*index];
  const std::string what = "`" + program_.countermeasures[*index].id + "`";
  countermeasures_[*index].used = true;
  if (used.title == nothing) {
    bool mitigates_set = false;
    bool required_set = false;
    for (const ClauseId child : used.children) {
      const Clause& each = policy_.clause(child);
      if (each.kind == ClauseKind::mitigates) {
        if (mitigates_set) policy_.report(Code::repeated_clause, each.head, "a second `mitigates`");
        mitigates_set = true;
        use.mitigates = value_of(each.expr, scope, {Base::percent, 0}, "`mitigates`");
      } else if (each.kind == ClauseKind::required) {
        if (required_set) policy_.report(Code::repeated_clause, each.head, "a second `required`");
        required_set = true;
        use.required = each.expr == nothing ? nodes_.number({Base::truth, 0}, 1)
                                            : condition(each.expr, scope, "`required when`");
        required_when = each.expr;
      } else {
        policy_.report(
            Code::wrong_kind, each.head, "a use sets only `mitigates` and `required when`",
            "the rest belongs to the definition; to declare a countermeasure, give it a title");
      }
    }
    const Scope& defined = *countermeasures_[*index].scope;
    if (!mitigates_set)
      check_scope(use.mitigates, defined, outer, used.head, "`mitigates` of " + what);
    if (!required_set)
      check_scope(use.required, defined, outer, used.head, "`required when` of " + what);
  }
  for (const std::uint32_t other : program_.weaknesses[weakness].uses) {
    if (program_.uses[other].countermeasure == *index) {
      policy_.report(Code::repeated_clause, used.head, "this weakness already has " + what);
      return;
    }
  }
  program_.weaknesses[weakness].uses.push_back(static_cast<std::uint32_t>(program_.uses.size()));
  program_.uses.push_back(use);
  use_conditions_.push_back(required_when);
  use_clauses_.push_back(id);
}

void Compiler::lower_weakness(std::uint32_t index) {
  const Definition& definition = weaknesses_[index];
  const Scope& outer = *definition.scope;
  const Scope& scope = scope_within(Kind::weakness, outer);
  std::vector<engine::Setting> settings;
  std::vector<engine::TestBinding> tests;
  for (const ClauseId child : policy_.clause(definition.clause).children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::setting) lower_setting(each, Kind::weakness, scope, settings);
    if (each.kind == ClauseKind::test) lower_test(each, tests);
    if (each.kind == ClauseKind::match_cwe) {
      engine::Weakness& weakness = program_.weaknesses[index];
      if (weakness.cwe == 0)
        policy_.report(
            Code::missing_clause, each.head,
            "`" + weakness.id + "` has no CWE" +
                (each.flag ? ": no result comes to it by one" : " whose descendants could match"),
            each.flag ? "leave this out" : "`weakness NAME CWE-… \"…\"` says it");
      if (weakness.cwe_match != engine::CweMatch::exact)
        policy_.report(Code::repeated_clause, each.head, "a second `match cwe`");
      weakness.cwe_match = each.flag ? engine::CweMatch::never : engine::CweMatch::descendants;
    }
    if (each.kind == ClauseKind::countermeasure && !each.name.text.empty())
      lower_use(child, index, outer);
  }
  program_.weaknesses[index].settings = std::move(settings);
  program_.weaknesses[index].tests = std::move(tests);
}

void Compiler::lower_pattern(std::uint32_t index) {
  const Definition& definition = patterns_[index];
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
      program_.patterns[index].when = condition(each.expr, scope, "`when`");
    }
    if (each.kind == ClauseKind::risk && !each.name.text.empty()) {
      const auto& elements = policy_.library_at(each.head).elements;
      const auto known = elements.find(each.name.text);
      if (known == elements.end() || known->second.kind != ElementKind::risk ||
          risks_[known->second.index].clause != child) {
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
    program_.patterns[index].when = nodes_.number({Base::truth, 0}, 0);
}

void Compiler::lower_risk(std::uint32_t index, const Scope& pattern_scope) {
  const Clause& declared = policy_.clause(risks_[index].clause);
  const Scope& scope = scope_within(Kind::risk, pattern_scope);
  std::vector<engine::Setting> settings;
  for (const ClauseId child : declared.children) {
    const Clause& each = policy_.clause(child);
    if (each.kind == ClauseKind::setting) lower_setting(each, Kind::risk, scope, settings);
    if (each.kind != ClauseKind::weakness || each.name.text.empty()) continue;
    const auto weakness = find_element(ElementKind::weakness, each.name,
                                       would_declare(ElementKind::weakness, each.name));
    if (!weakness) continue;
    weaknesses_[*weakness].used = true;
    if (policy_.disabled(weaknesses_[*weakness].clause)) continue;
    if (each.title == nothing && each.number != 0) {
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
    const Scope& defined = *weaknesses_[*weakness].scope;
    for (const std::uint32_t use : program_.weaknesses[*weakness].uses) {
      check_scope(program_.uses[use].mitigates, defined, pattern_scope, each.head,
                  "`mitigates` in `" + program_.weaknesses[*weakness].id + "`");
      check_scope(program_.uses[use].required, defined, pattern_scope, each.head,
                  "`required when` in `" + program_.weaknesses[*weakness].id + "`");
    }
    all.push_back(*weakness);
  }
  program_.risks[index].settings = std::move(settings);
}

}  // namespace riskd::dsl
