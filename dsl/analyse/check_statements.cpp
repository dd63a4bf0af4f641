// What a scenario gives: answers of the right type, components of types that exist, decisions about
// elements that exist, results that a report could hold.
#include <algorithm>

#include "dsl/analyse/scenario_check.hpp"
#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lookup.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/lower_settings.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::Type;

namespace {

void check_map(const PolicyText& policy, const engine::Program& program, const Name& map,
               const std::string& tracker) {
  if (map.text.empty() || program.status_map(tracker, map.text) != nullptr) return;
  std::vector<std::string> names;
  std::string all;
  for (const engine::StatusMap& each : program.status_maps) {
    if (each.tracker_kind != tracker || each.name.empty()) continue;
    names.push_back(each.name);
    all += (all.empty() ? "`" : ", `") + each.name + "`";
  }
  const std::string near = closest(map.text, names);
  policy.report(Code::unknown_name, map.span,
                "there is no status map `" + map.text + "` of " + tracker,
                !near.empty() ? "did you mean `" + near + "`?"
                : all.empty() ? "no map of " + tracker +
                                    " has a name: leave it out, or declare `status-map " + tracker +
                                    " " + map.text + " { … }`"
                              : "the maps of " + tracker + " that have a name are " + all);
}

// A tracker says only what its tickets have.
void check_status(const PolicyText& policy, const engine::Program& program,
                  const TicketStatusSyntax& said) {
  const engine::TrackerKind* kind = engine::tracker_kind(said.tracker.text);
  if (kind == nullptr) return;
  for (const TicketFieldSyntax& given : said.fields) {
    const auto has = [&](const engine::StatusField& field) {
      return field.name == given.name.text;
    };
    if (std::any_of(kind->fields.begin(), kind->fields.end(), has)) continue;
    std::string all;
    for (const engine::StatusField& each : kind->fields)
      all += (all.empty() ? "`" : ", `") + std::string(each.name) + "`";
    policy.report(Code::unknown_name, given.name.span,
                  "a ticket on " + std::string(kind->name) + " has no `" + given.name.text + "`",
                  "it has " + all);
  }
  check_map(policy, program, said.map, std::string(kind->name));
}

// What one statement says twice. A ticket may have several labels; everything else is said once.
void check_repeated(const PolicyText& policy, const std::vector<const Name*>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (names[i]->full() == names[j]->full() && !names[i]->text.empty())
        policy.report(Code::repeated_clause, names[i]->span, "a second `" + names[i]->full() + "`",
                      "keep one of the two");
    }
  }
}

template <typename Part>
void check_repeated(const PolicyText& policy, const std::vector<Part>& parts, Name Part::*name) {
  std::vector<const Name*> names;
  for (const Part& each : parts) names.push_back(&(each.*name));
  check_repeated(policy, names);
}

void check_repeated(const PolicyText& policy, const TicketStatusSyntax& said) {
  std::vector<const Name*> names;
  for (const TicketFieldSyntax& each : said.fields) {
    if (each.name.text != "labels") names.push_back(&each.name);
  }
  check_repeated(policy, names);
}

// Reports a value that is no literal of this kind.
void check_literal(const PolicyText& policy, ExprId value, ExprKind kind, const char* what,
                   const char* help) {
  if (value == nothing) return;
  const Expr& given = policy.expr(value);
  if (given.kind != kind && given.kind != ExprKind::invalid)
    fail_type(policy, given.span, what, help);
}

}  // namespace

void ScenarioCheck::check_statement(ClauseId id, ScenarioState& scenario) {
  const ForEach visitor{
      [&](const TodaySyntax& said) {
        check_literal(policy_, said.day, ExprKind::date, "`today` is a date",
                      "write it as `2026-11-23`");
      },
      [&](const PassesSyntax& said) {
        check_literal(policy_, said.time, ExprKind::duration, "what passes is a time",
                      "write it with its unit: `30 days`");
      },
      [&](const AnswersSyntax& said) {
        check_repeated(policy_, said.answers, &AnswerSyntax::name);
        check_answers(id, said, scenario);
      },
      [&](const ComponentSyntax& said) { check_component(id, said, scenario); },
      [&](const RemovalSyntax& said) {
        component_named(said.component, scenario);
        scenario.components.erase(said.component.text);
      },
      [](const ApprovalSyntax&) {},
      [&](const StateDecisionSyntax& said) { check_decision(id, said, scenario); },
      [&](const AttributeDecisionSyntax& said) { check_decision(id, said, scenario); },
      [&](const FalsePositiveSyntax& said) { check_decision(id, said, scenario); },
      [&](const AcceptanceSyntax& said) { check_decision(id, said, scenario); },
      [&](const TicketStatusSyntax& said) { check_ticket(id, said, scenario); },
      [&](const ResultSyntax& said) {
        check_repeated(policy_, said.reported, &AnswerSyntax::name);
        check_result(id, said, scenario);
      },
      [&](const ExpectedPatternSyntax& said) { check_expectation(id, said, scenario); },
      [&](const ExpectedTicketSyntax& said) { check_expected_ticket(id, said.of, scenario); },
      [&](const ExpectedTextsSyntax& said) {
        check_repeated(policy_, said.texts, &ExpectedTextSyntax::part);
        check_expected_ticket(id, said.of, scenario);
      },
      [&](const ExpectedValueSyntax& said) { check_expectation(id, said, scenario); },
  };
  std::visit(visitor, policy_.clause(id).statement());
}

void ScenarioCheck::check_component(ClauseId id, const ComponentSyntax& said,
                                    ScenarioState& scenario) {
  const std::uint32_t type = find_component_type(policy_, program_, said.type, *scenario.library);
  scenario.untyped.erase(said.name.text);
  if (type == no_index) {
    scenario.untyped.insert(said.name.text);
    return;
  }
  scenario.components[said.name.text] = type;
  for (const ClauseId child : policy_.clause(id).children) {
    if (const auto* answers = policy_.clause(child).said<AnswersSyntax>())
      check_answers(child, *answers, scenario);
  }
}

void ScenarioCheck::check_ticket(ClauseId id, const TicketStatusSyntax& said,
                                 ScenarioState& scenario) {
  check_repeated(policy_, said);
  const auto type = component_named(said.component, scenario);
  check_status(policy_, program_, said);
  const auto ticket = find_ticket(policy_, program_, said.ticket);
  if (!ticket) return;
  name_element(id, element_kind(program_.tickets[*ticket].kind), said.element,
               {said.component, "for ", "of"}, type);
}

void ScenarioCheck::check_answers(ClauseId id, const AnswersSyntax& said, ScenarioState& scenario) {
  const auto type = component_named(said.component, scenario);
  if (!type) return;
  const Kind kind = said.component.text.empty() ? Kind::product : Kind::component;
  std::vector<std::string> ids;
  for (const AnswerSyntax& answer : said.answers) {
    const Name& name = answer.name;
    const Member* found = nullptr;
    const Member* elsewhere = nullptr;  // a question of something else
    bool derived = false;               // by `let`, or an attribute
    const auto fits = [&](const Member& member) {
      if (member.kind != kind) return false;
      return member.what == Member::What::field || kind == Kind::product ||
             program_.questions[member.index].component_type == *type;
    };
    const auto asks = [](const Member& member) {
      return member.what == Member::What::question || member.what == Member::What::field;
    };
    for (const Library* library : policy_.libraries.visible(*scenario.library)) {
      const bool here = name.qualifier.empty() || name.qualifier == library->name ||
                        name.qualifier == to_string(kind);
      const auto members = library->members.find(name.text);
      if (!here || members == library->members.end()) continue;
      for (const Member& member : members->second) {
        derived = derived || !asks(member);
        if (!asks(member)) continue;
        if (!fits(member))
          elsewhere = &member;
        else if (found == nullptr)
          found = &member;
      }
    }
    if (found == nullptr && declared_.untyped.contains(name.text)) return;
    if (found == nullptr) {
      std::vector<std::string> names;
      for (const Library* library : policy_.libraries.visible(*scenario.library)) {
        for (const auto& [declared, members] : library->members) {
          for (const Member& member : members) {
            if (asks(member) && fits(member)) names.push_back(declared);
          }
        }
      }
      std::sort(names.begin(), names.end());
      const std::string near = closest(name.text, names);
      const std::string of = kind == Kind::product
                                 ? "the product"
                                 : "a `" + program_.component_types[*type].name + "`";
      Diagnostic& shown = policy_.report(
          elsewhere == nullptr ? Code::unknown_name : Code::out_of_scope, name.span,
          elsewhere == nullptr ? "there is no question or field `" + name.full() + "`"
                               : "`" + name.full() + "` is not asked of " + of,
          elsewhere != nullptr && kind == Kind::product
              ? "say of which component: `given " + name.text + " = … on COMPONENT`"
          : derived      ? "only questions and fields have answers"
          : near.empty() ? ""
                         : "did you mean `" + near + "`?");
      if (elsewhere != nullptr) shown.related.push_back({elsewhere->span, "declared here"});
      return;
    }
    const bool question = found->what == Member::What::question;
    ids.push_back(question ? program_.questions[found->index].id
                           : program_.fields[found->index].name);
    const Type wanted =
        question ? program_.questions[found->index].type : program_.fields[found->index].type;
    if (answer.value != nothing) check_answer(name, answer.value, wanted, *scenario.library);
  }
  ids_[id] = std::move(ids);
}

void ScenarioCheck::check_answer(const Name& asked, ExprId value, Type type,
                                 const Library& library) {
  const Expr& given = policy_.syntax.exprs[value];
  const std::string what = "`" + asked.text + "`";
  if (!check_one_or_list(lowering_, value, type, what)) return;
  if (given.kind == ExprKind::name && given.name.qualifier.empty() &&
      (type.base == Base::choice || type.base == Base::scale || type.base == Base::set)) {
    // Only a choice: another question of that name is not meant.
    if (lower_step(lowering_, given.name, type).ok()) return;
  }
  const engine::NodeId node =
      lower_constant(lowering_, value, scope_of(Kind::product, library), type, what);
  if (node != engine::no_node && type.base == Base::duration && program_.nodes[node].number < 0)
    policy_.report(Code::out_of_range, given.span, what + " is a time, which is not below 0");
}

void ScenarioCheck::check_until(const DecisionTerms& terms) {
  check_literal(policy_, terms.until, ExprKind::date, "`until` needs a date",
                "write it as `2026-12-31`");
}

void ScenarioCheck::check_decision(ClauseId id, const StateDecisionSyntax& said,
                                   ScenarioState& scenario) {
  check_until(said.terms);
  if (const auto type = component_named(said.terms.component, scenario))
    name_element(id, ElementKind::countermeasure, said.element,
                 {said.terms.component, "decide ", "on"}, type);
}

void ScenarioCheck::check_decision(ClauseId id, const AcceptanceSyntax& said,
                                   ScenarioState& scenario) {
  check_until(said.terms);
  if (const auto type = component_named(said.terms.component, scenario))
    name_element(id, ElementKind::risk, said.risk, {said.terms.component, "accept ", "on"}, type);
}

void ScenarioCheck::check_decision(ClauseId id, const FalsePositiveSyntax& said,
                                   ScenarioState& scenario) {
  check_until(said.terms);
  if (!component_named(said.terms.component, scenario)) return;
  std::vector<engine::TestBinding> ignored;
  lower_test(policy_, said.test, policy_.clause(id).head, ignored);
}

// An attribute, of whatever kind of element it is.
void ScenarioCheck::check_decision(ClauseId id, const AttributeDecisionSyntax& said,
                                   ScenarioState& scenario) {
  check_until(said.terms);
  const auto type = component_named(said.terms.component, scenario);
  if (!type) return;
  const Library& library = *scenario.library;
  const auto found = policy_.libraries.lookup(library, said.element, &Library::elements);
  const ElementKind kind = found.empty() ? ElementKind::risk : found.front().what.kind;
  name_element(id, kind, said.element, {said.terms.component, "decide ", "on"}, type);
  if (found.size() != 1) return;
  if (kind == ElementKind::pattern) {
    policy_.report(Code::wrong_kind, said.element.span,
                   "`" + said.element.full() + "` is a pattern, which has no attributes");
    return;
  }
  const Kind of = kind == ElementKind::risk       ? Kind::risk
                  : kind == ElementKind::weakness ? Kind::weakness
                                                  : Kind::countermeasure;
  const std::string& set = said.attribute.text;
  if (of == Kind::countermeasure && (set == "mitigates" || set == "state")) {
    policy_.report(Code::wrong_kind, said.attribute.span,
                   "a decision sets attributes, and `" + set + "` is none",
                   set == "state" ? "write the state alone: `decide " + said.element.full() +
                                        " implemented \"…\"`"
                                  : "what the policy says of it can be overridden");
    return;
  }
  std::vector<engine::Setting> ignored;
  lower_setting(lowering_, {said.attribute, said.value, said.attribute.span}, of,
                scope_of(of, library, *type), ignored);
}

void ScenarioCheck::check_result(ClauseId id, const ResultSyntax& said, ScenarioState& scenario) {
  component_named(said.component, scenario);
  std::vector<engine::TestBinding> ignored;
  lower_test(policy_, said.test, policy_.clause(id).head, ignored);
  const bool verdict = said.told == ResultTold::passed || said.told == ResultTold::failed;
  if (ignored.empty() || verdict) return;
  const Name& source = said.test.source;
  const auto slots = evidence_.find(source.text);
  if (slots == evidence_.end() || program_.evidence_of(source.text) == nullptr) {
    policy_.report(Code::unknown_name, source.span,
                   "there is no `evidence " + source.text + "` block that would judge this",
                   "say the verdict: `failed` or `passed`");
    return;
  }
  for (const AnswerSyntax& told : said.reported) {
    if (told.value != nothing) check_reported(told, source.text, slots->second, *scenario.library);
  }
}

// What a report of `source` says, which may say `slots`.
void ScenarioCheck::check_reported(const AnswerSyntax& told, const std::string& source,
                                   const std::vector<RecordSlot>& slots, const Library& library) {
  const std::string what = "`" + told.name.text + "`";
  const auto slot = std::find_if(slots.begin(), slots.end(), [&](const RecordSlot& each) {
    return each.name == told.name.text;
  });
  if (slot == slots.end()) {
    std::string all;
    for (const RecordSlot& each : slots) all += (all.empty() ? "`" : ", `") + each.name + "`";
    policy_.report(Code::unknown_name, told.name.span, "a result of " + source + " has no " + what,
                   "it has " + all);
    return;
  }
  const Expr& value = policy_.expr(told.value);
  if (slot->type.base == Base::texts) {
    const auto is_text = [&](ExprId each) { return policy_.expr(each).kind == ExprKind::text; };
    if (value.kind != ExprKind::in || !std::all_of(value.kids.begin(), value.kids.end(), is_text))
      fail_type(policy_, value.span, what + " is a list of texts", "write `{ \"…\", \"…\" }`");
    return;
  }
  if (value.kind == ExprKind::in) {
    fail_type(policy_, value.span, what + " is one value", "leave the braces out");
    return;
  }
  lower_constant(lowering_, told.value, scope_of(slots, library), slot->type, what);
}

}  // namespace riskd::dsl
