#include "dsl/analyse/check_scenarios.hpp"

#include <algorithm>

#include "dsl/analyse/scenario_check.hpp"
#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lookup.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::no_index;
using engine::no_node;

namespace {

std::string element_id(const engine::Program& program, ElementKind kind, std::uint32_t index) {
  switch (kind) {
    case ElementKind::pattern:
      return program.patterns[index].id;
    case ElementKind::risk:
      return program.risks[index].id;
    case ElementKind::weakness:
      return program.weaknesses[index].id;
    case ElementKind::countermeasure:
      return program.countermeasures[index].id;
  }
  return "";
}

}  // namespace

ScenarioCheck::ScenarioCheck(Lowering& lowering, const EvidenceSlots& evidence)
    : lowering_(lowering),
      policy_(lowering.policy),
      declared_(lowering.declared),
      program_(lowering.program),
      evidence_(evidence) {}

ScenarioIds ScenarioCheck::run() {
  find_places();
  for (std::uint32_t file = 0; file < policy_.syntax.files.size(); ++file) {
    if (policy_.libraries.of_file[file] == no_index) continue;
    for (const ClauseId id : policy_.syntax.files[file]) {
      if (policy_.clause(id).kind != ClauseKind::scenario) continue;
      const std::size_t errors = policy_.diagnostics.errors();
      ScenarioState scenario{&policy_.libraries.all[policy_.libraries.of_file[file]], {}, {}};
      const std::vector<ClauseId>& lines = policy_.clause(id).children;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const Clause& line = policy_.clause(lines[i]);
        const std::uint32_t end = i + 1 < lines.size() ? policy_.clause(lines[i + 1]).span.begin
                                                       : policy_.clause(id).span.end;
        const bool readable = !policy_.unreadable({line.span.file, line.span.begin, end});
        if (!readable) scenario.complete = false;
        if (line.kind != ClauseKind::scenario_case) {
          for (const ClauseId child : line.children) {
            if (readable) check_statement(child, scenario);
          }
          continue;
        }
        // A case starts from the lines above it, and leaves nothing to the next one.
        ScenarioState own = scenario;
        for (const ClauseId part : line.children) {
          for (const ClauseId child : policy_.clause(part).children) {
            if (readable) check_statement(child, own);
          }
        }
      }
      if (policy_.diagnostics.errors() == errors && !policy_.unread(policy_.clause(id)))
        warn_of_scenario(id);
    }
  }
  return std::move(ids_);
}

void ScenarioCheck::warn_of_scenario(ClauseId id) {
  const Clause& scenario = policy_.clause(id);
  const auto expects = [&](ClauseId child) {
    return policy_.clause(child).kind == ClauseKind::expect;
  };
  const bool expecting =
      std::any_of(scenario.children.begin(), scenario.children.end(), [&](ClauseId child) {
        const std::vector<ClauseId>& parts = policy_.clause(child).children;
        return expects(child) || (policy_.clause(child).kind == ClauseKind::scenario_case &&
                                  std::any_of(parts.begin(), parts.end(), expects));
      });
  if (!expecting)
    policy_.report(Code::idle_scenario, scenario.head,
                   "this scenario expects nothing, and cannot fail",
                   "say what holds then: `expect pattern … applies`");
  const auto [first, fresh] =
      titles_.try_emplace({&policy_.library_of(id), policy_.plain(scenario.text)}, scenario.head);
  if (!fresh)
    policy_
        .report(Code::scenario_twice, scenario.head,
                "another scenario of this library has this title",
                "say what is different: failures and `--filter` name a scenario by its title")
        .related.push_back({first->second, "the other one"});
}

void ScenarioCheck::name_element(ClauseId id, ElementKind kind, const Name& name,
                                 const NamedPlace& place, std::optional<std::uint32_t> type) {
  const auto index = find_element(policy_, kind, name, {});
  if (!index) return;
  ids_[id] = {element_id(program_, kind, *index)};
  if (type) check_place(kind, *index, name, place, *type);
}

void ScenarioCheck::find_places() {
  weakness_places_.resize(program_.weaknesses.size());
  countermeasure_places_.resize(program_.countermeasures.size());
  const auto gone = [&](const DeclaredElement& each) { return policy_.disabled(each.clause); };
  for (const auto* all : {&declared_.risks, &declared_.weaknesses, &declared_.countermeasures}) {
    if (std::any_of(all->begin(), all->end(), gone)) return;
  }
  for (const engine::Pattern& pattern : program_.patterns) {
    for (const std::uint32_t risk : pattern.risks) {
      for (const std::uint32_t weakness : program_.risks[risk].weaknesses) {
        weakness_places_[weakness].insert(pattern.component_type);
        for (const std::uint32_t use : program_.weaknesses[weakness].uses)
          countermeasure_places_[program_.uses[use].countermeasure].insert(pattern.component_type);
      }
    }
  }
}

void ScenarioCheck::check_place(ElementKind kind, std::uint32_t index, const Name& name,
                                const NamedPlace& place, std::uint32_t type) {
  std::set<std::uint32_t> places;
  if (kind == ElementKind::pattern) places = {program_.patterns[index].component_type};
  if (kind == ElementKind::risk)
    places = {program_.patterns[program_.risks[index].pattern].component_type};
  if (kind == ElementKind::weakness) places = weakness_places_[index];
  if (kind == ElementKind::countermeasure) places = countermeasure_places_[index];
  if (places.empty() || places.contains(type)) return;
  const std::string what = "`" + name.full() + "` is a " + std::string(to_string(kind)) + " of ";
  if (type != no_index && places.contains(no_index)) {
    policy_.report(Code::out_of_scope, place.component.span, what + "the product",
                   "leave `" + place.on + " " + place.component.text + "` out");
    return;
  }
  places.erase(no_index);
  std::string types;
  for (const std::uint32_t each : places)
    types += (types.empty() ? "`" : ", `") + program_.component_types[each].name + "`";
  if (type == no_index) {
    policy_.report(Code::out_of_scope, name.span, what + "the components of type " + types,
                   "say of which: `" + place.before + name.full() + " " + place.on + " …`");
  } else {
    policy_.report(Code::out_of_scope, place.component.span,
                   what + "the components of type " + types + ", and `" + place.component.text +
                       "` is a `" + program_.component_types[type].name + "`");
  }
}

std::optional<std::uint32_t> ScenarioCheck::component_named(const Name& name,
                                                            const ScenarioState& scenario) {
  if (name.text.empty()) return no_index;
  const auto found = scenario.components.find(name.text);
  if (found != scenario.components.end()) return found->second;
  // What could not be read may have added it.
  if (!scenario.complete || scenario.untyped.contains(name.text)) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [known, type] : scenario.components) names.push_back(known);
  const std::string near = closest(name.text, names);
  policy_.report(Code::unknown_name, name.span,
                 "this scenario has no component `" + name.text + "` here",
                 near.empty() ? "add it: `given component " + name.text + " of type …`"
                              : "did you mean `" + near + "`?");
  return std::nullopt;
}

void ScenarioCheck::check_expectation(ClauseId id, const ExpectedPatternSyntax& said,
                                      ScenarioState& scenario) {
  name_element(id, ElementKind::pattern, said.pattern, {said.component, "pattern ", "on"},
               component_named(said.component, scenario));
}

void ScenarioCheck::check_expected_ticket(ClauseId id, const ExpectedTicket& of,
                                          ScenarioState& scenario) {
  const auto type = component_named(of.component, scenario);
  if (const auto ticket = find_ticket(policy_, program_, of.ticket))
    name_element(id, element_kind(program_.tickets[*ticket].kind), of.element,
                 {of.component, "for ", "on"}, type);
}

void ScenarioCheck::check_expectation(ClauseId id, const ExpectedValueSyntax& said,
                                      ScenarioState& scenario) {
  Kind kind = Kind::product;
  for (const Kind each : {Kind::component, Kind::risk, Kind::weakness, Kind::countermeasure}) {
    if (to_string(each) == said.kind.text) kind = each;
  }
  const Name& component = kind == Kind::component ? said.name : said.component;
  const auto type = component_named(component, scenario);
  if (!type) return;
  if (kind != Kind::product && kind != Kind::component)
    name_element(id, element_kind(kind), said.name,
                 {component, std::string(to_string(kind)) + " ", "on"}, type);
  Scope scope = scope_of(kind, *scenario.library, *type);
  if (component.text.empty()) std::erase(scope.kinds, Kind::component);
  // What is expected of a component is not its product's.
  scope.nearest = 1;
  scope.only_nearest = true;
  // `expect risk r is high` means its band: the number that goes without saying is none.
  const Expr* asked = said.condition == nothing ? nullptr : &policy_.expr(said.condition);
  if (kind == Kind::risk && asked != nullptr && asked->kids.size() == 2 &&
      text_of(policy_.sources, policy_.expr(asked->kids[0]).name.span) == "is" &&
      program_.bands.enumeration != no_index) {
    const Expr& right = policy_.expr(asked->kids[1]);
    const engine::Type bands{engine::Base::choice, program_.bands.enumeration};
    if (right.kind == ExprKind::name && lower_step(lowering_, right.name, bands).ok()) {
      fail_type(policy_, right.span,
                "a risk is a number here, and `" + right.name.text + "` is a band",
                "name the band: `band is " + right.name.text + "`");
      return;
    }
  }
  lower_condition(lowering_, said.condition, scope, "an expectation");
}

ScenarioIds check_scenarios(Lowering& lowering, const EvidenceSlots& evidence) {
  return ScenarioCheck(lowering, evidence).run();
}

bool only_scenarios_unreadable(const PolicyText& policy) {
  const auto& all = policy.diagnostics.list();
  return std::all_of(all.begin(), all.end(), [&](const Diagnostic& each) {
    if (info(each.code).severity != Severity::error) return true;
    if (static_cast<int>(each.code) >= 200) return false;
    const auto& declared = policy.syntax.files[each.span.file];
    return std::any_of(declared.begin(), declared.end(), [&](ClauseId id) {
      const Clause& whole = policy.clause(id);
      return whole.kind == ClauseKind::scenario && each.span.begin >= whole.span.begin &&
             each.span.begin < whole.span.end;
    });
  });
}

}  // namespace riskd::dsl
