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
void check_status(const PolicyText& policy, const engine::Program& program, const Clause& fact) {
  const engine::TrackerKind* kind = engine::tracker_kind(fact.more().target.text);
  if (kind == nullptr) return;
  for (const Name& name : fact.more().names) {
    const auto has = [&](const engine::StatusField& field) { return field.name == name.text; };
    if (std::any_of(kind->fields.begin(), kind->fields.end(), has)) continue;
    std::string all;
    for (const engine::StatusField& each : kind->fields)
      all += (all.empty() ? "`" : ", `") + std::string(each.name) + "`";
    policy.report(Code::unknown_name, name.span,
                  "a ticket on " + std::string(kind->name) + " has no `" + name.text + "`",
                  "it has " + all);
  }
  check_map(policy, program, fact.more().map, std::string(kind->name));
}

}  // namespace

void ScenarioCheck::check_statement(ClauseId id, ScenarioState& scenario) {
  const Clause& fact = policy_.clause(id);
  // A ticket may have several labels; everything else is said once.
  const auto may_repeat = [&](const Name& name) {
    return fact.kind == ClauseKind::fact_ticket && name.text == "labels";
  };
  for (std::size_t i = 0; i < fact.more().names.size(); ++i) {
    if (may_repeat(fact.more().names[i])) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (fact.more().names[i].full() == fact.more().names[j].full() &&
          !fact.more().names[i].text.empty())
        policy_.report(Code::repeated_clause, fact.more().names[i].span,
                       "a second `" + fact.more().names[i].full() + "`", "keep one of the two");
    }
  }
  const auto needs = [&](ExprId value, ExprKind kind, const char* what, const char* help) {
    if (value == nothing || policy_.syntax.exprs[value].kind == kind ||
        policy_.syntax.exprs[value].kind == ExprKind::invalid)
      return;
    fail_type(policy_, policy_.syntax.exprs[value].span, what, help);
  };
  switch (fact.kind) {
    case ClauseKind::fact_today:
      return needs(fact.expr, ExprKind::date, "`today` is a date", "write it as `2026-11-23`");
    case ClauseKind::fact_passes:
      return needs(fact.expr, ExprKind::duration, "what passes is a time",
                   "write it with its unit: `30 days`");
    case ClauseKind::fact_answers:
      return check_answers(id, scenario);
    case ClauseKind::fact_component: {
      if (fact.flag) {
        component_named(fact.name, scenario);
        scenario.components.erase(fact.name.text);
        return;
      }
      const std::uint32_t type =
          find_component_type(policy_, program_, fact.more().target, *scenario.library);
      scenario.untyped.erase(fact.name.text);
      if (type == no_index) {
        scenario.untyped.insert(fact.name.text);
        return;
      }
      scenario.components[fact.name.text] = type;
      for (const ClauseId child : fact.children) check_answers(child, scenario);
      return;
    }
    case ClauseKind::fact_decide:
    case ClauseKind::fact_accept:
      needs(fact.expr, ExprKind::date, "`until` needs a date", "write it as `2026-12-31`");
      return check_decision(id, scenario);
    case ClauseKind::fact_ticket: {
      const auto type = component_named(fact.more().kind_word, scenario);
      check_status(policy_, program_, fact);
      const auto ticket = find_ticket(policy_, program_, fact.name);
      if (!ticket) return;
      const Kind kind = program_.tickets[*ticket].kind;
      return name_element(id,
                          kind == Kind::risk       ? ElementKind::risk
                          : kind == Kind::weakness ? ElementKind::weakness
                                                   : ElementKind::countermeasure,
                          fact.more().name2, fact.more().kind_word, type);
    }
    case ClauseKind::fact_result:
      return check_result(id, scenario);
    case ClauseKind::expect_pattern:
    case ClauseKind::expect_ticket:
    case ClauseKind::expect_value:
      return check_expectation(id, scenario);
    default:
      return;
  }
}

void ScenarioCheck::check_answers(ClauseId id, ScenarioState& scenario) {
  const Clause& fact = policy_.clause(id);
  const auto type = component_named(fact.more().target, scenario);
  if (!type) return;
  const Kind kind = fact.more().target.text.empty() ? Kind::product : Kind::component;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < fact.more().names.size(); ++i) {
    const Name& name = fact.more().names[i];
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
    if (i < fact.more().exprs.size() && fact.more().exprs[i] != nothing)
      check_answer(name, fact.more().exprs[i], wanted, *scenario.library);
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

void ScenarioCheck::check_decision(ClauseId id, ScenarioState& scenario) {
  const Clause& fact = policy_.clause(id);
  const auto type = component_named(fact.more().target, scenario);
  if (!type) return;
  const Library& library = *scenario.library;
  if (!fact.more().texts.empty()) {  // a result that is a false positive
    Clause test;
    test.name = fact.more().kind_word;
    test.text = fact.more().texts.front();
    test.head = fact.head;
    std::vector<engine::TestBinding> ignored;
    lower_test(policy_, test, ignored);
    return;
  }
  if (fact.kind == ClauseKind::fact_accept)
    return name_element(id, ElementKind::risk, fact.name, fact.more().target, type);
  if (!fact.flag)
    return name_element(id, ElementKind::countermeasure, fact.name, fact.more().target, type);
  // An attribute, of whatever kind of element it is.
  const auto found = policy_.libraries.lookup(library, fact.name, &Library::elements);
  const ElementKind kind = found.empty() ? ElementKind::risk : found.front().what.kind;
  name_element(id, kind, fact.name, fact.more().target, type);
  if (found.size() != 1) return;
  if (kind == ElementKind::pattern) {
    policy_.report(Code::wrong_kind, fact.name.span,
                   "`" + fact.name.full() + "` is a pattern, which has no attributes");
    return;
  }
  const Kind of = kind == ElementKind::risk       ? Kind::risk
                  : kind == ElementKind::weakness ? Kind::weakness
                                                  : Kind::countermeasure;
  const std::string& set = fact.more().name2.text;
  if (of == Kind::countermeasure && (set == "mitigates" || set == "state")) {
    policy_.report(Code::wrong_kind, fact.more().name2.span,
                   "a decision sets attributes, and `" + set + "` is none",
                   set == "state" ? "write the state alone: `decide " + fact.name.full() +
                                        " implemented \"…\"`"
                                  : "what the policy says of it can be overridden");
    return;
  }
  Clause setting;
  setting.kind = ClauseKind::setting;
  setting.name = fact.more().name2;
  setting.head = fact.more().name2.span;
  setting.expr = fact.expr2;
  std::vector<engine::Setting> ignored;
  lower_setting(lowering_, setting, of, scope_of(of, library, *type), ignored);
}

void ScenarioCheck::check_result(ClauseId id, ScenarioState& scenario) {
  const Clause& fact = policy_.clause(id);
  component_named(fact.more().target, scenario);
  std::vector<engine::TestBinding> ignored;
  lower_test(policy_, fact, ignored);
  if (ignored.empty() || fact.number == 0) return;
  const auto slots = evidence_.find(fact.name.text);
  if (slots == evidence_.end() || program_.evidence_of(fact.name.text) == nullptr) {
    policy_.report(Code::unknown_name, fact.name.span,
                   "there is no `evidence " + fact.name.text + "` block that would judge this",
                   "say the verdict: `failed` or `passed`");
    return;
  }
  for (std::size_t i = 0; i < fact.more().names.size() && i < fact.more().exprs.size(); ++i) {
    const Name& name = fact.more().names[i];
    const auto slot = std::find_if(slots->second.begin(), slots->second.end(),
                                   [&](const RecordSlot& each) { return each.name == name.text; });
    if (slot == slots->second.end()) {
      std::string all;
      for (const RecordSlot& each : slots->second)
        all += (all.empty() ? "`" : ", `") + each.name + "`";
      policy_.report(Code::unknown_name, name.span,
                     "a result of " + fact.name.text + " has no `" + name.text + "`",
                     "it has " + all);
      continue;
    }
    const Expr& value = policy_.syntax.exprs[fact.more().exprs[i]];
    if (slot->type.base == Base::texts) {
      const auto text = [&](ExprId each) {
        return policy_.syntax.exprs[each].kind == ExprKind::text;
      };
      if (value.kind != ExprKind::in || !std::all_of(value.kids.begin(), value.kids.end(), text))
        fail_type(policy_, value.span, "`" + name.text + "` is a list of texts",
                  "write `{ \"…\", \"…\" }`");
      continue;
    }
    if (value.kind == ExprKind::in) {
      fail_type(policy_, value.span, "`" + name.text + "` is one value", "leave the braces out");
      continue;
    }
    Scope scope;
    scope.library = scenario.library;
    scope.record = &slots->second;
    lower_constant(lowering_, fact.more().exprs[i], scope, slot->type, "`" + name.text + "`");
  }
}

}  // namespace riskd::dsl
