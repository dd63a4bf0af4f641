#include "dsl/compile/unknown_names.hpp"

#include <algorithm>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::Type;

namespace {

std::vector<std::string> slot_names(const Scope& scope) {
  std::vector<std::string> names;
  for (const RecordSlot& slot : *scope.record) names.push_back(slot.name);
  return names;
}

// The values and lists that are read here without anything before them, sorted.
std::vector<std::string> names_in(const PolicyText& policy, const Scope& scope) {
  std::vector<std::string> names;
  for (const Library* library : policy.libraries.visible(*scope.library)) {
    for (const auto& [name, members] : library->members) {
      const bool visible = std::any_of(members.begin(), members.end(), [&](const Member& member) {
        return scope.has_plainly(member.kind);
      });
      if (visible) names.push_back(name);
    }
  }
  for (const BuiltinName& builtin : builtin_names()) {
    if (scope.has_plainly(builtin.kind)) names.emplace_back(builtin.name);
  }
  for (const ListName& list : list_names()) {
    if (scope.has_plainly(list.kind)) names.emplace_back(list.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Of a qualified name that nothing has, what is wrong with it.
std::string why_not_there(const PolicyText& policy, const engine::Program& program,
                          const Name& name, const Scope& scope) {
  for (const Library* library : policy.libraries.visible(*scope.library)) {
    if (library->name == name.qualifier) return "library `" + library->name + "` has no such value";
    if (const auto type = library->types.find(name.qualifier); type != library->types.end()) {
      if (type->second.what != NamedType::What::component_type)
        return "its steps are " + steps_of(program, {Base::scale, type->second.index});
    }
    if (const auto found = library->members.find(name.qualifier); found != library->members.end()) {
      for (const Member& member : found->second) {
        if (member.what == Member::What::question &&
            has_steps(program.questions[member.index].type))
          return "its choices are " + steps_of(program, program.questions[member.index].type);
      }
    }
  }
  for (const Kind kind :
       {Kind::product, Kind::component, Kind::risk, Kind::weakness, Kind::countermeasure}) {
    if (to_string(kind) != name.qualifier) continue;
    return scope.has(kind) ? "" : "here is no " + name.qualifier;
  }
  if (name.qualifier == "run") return "only a weakness has a run";
  for (const NameSpace space : {NameSpace::scales, NameSpace::values}) {
    if (const std::string help = import_for(policy, space, name.qualifier, *scope.library);
        !help.empty())
      return help;
  }
  return "nothing here is called `" + name.qualifier + "`: is an import missing?";
}

// Of a name that is no value here, what it is; empty where it is nothing.
std::string what_it_is(const PolicyText& policy, const engine::Program& program, const Name& name,
                       const Scope& scope) {
  if (!name.qualifier.empty()) return why_not_there(policy, program, name, scope);
  std::string kinds;
  for (const BuiltinName& builtin : builtin_names()) {
    if (builtin.name == name.text && builtin.kind != Kind::run)
      kinds += (kinds.empty() ? "a " : " or a ") + std::string(to_string(builtin.kind));
  }
  if (!kinds.empty()) return "`" + name.text + "` belongs to " + kinds + ", and here is none";
  for (const Library* library : policy.libraries.visible(*scope.library)) {
    if (const auto found = library->elements.find(name.text); found != library->elements.end())
      return "it is a " + std::string(to_string(found->second.kind)) + ", which is no value";
    const auto type = library->types.find(name.text);
    if (type == library->types.end()) continue;
    if (type->second.what == NamedType::What::component_type)
      return "it is a component type: `type is " + name.text + "`";
    return "it has steps: `" + name.text + "." +
           program.enums[type->second.index].steps.front().name + "` is one";
  }
  if (const std::string help = import_for(policy, NameSpace::values, name.text, *scope.library);
      !help.empty())
    return help;
  for (const engine::Question& question : program.questions) {
    const Base base = question.type.base;
    if (base != Base::choice && base != Base::set) continue;
    for (const engine::EnumStep& step : program.enums[question.type.of].steps) {
      const std::string& asked = program.enums[question.type.of].name;
      if (step.name == name.text)
        return "it is a choice of `" + asked + "`: `" + asked +
               (base == Base::set ? " includes " : " is ") + name.text + "`";
    }
  }
  return {};
}

// A name where a step or choice of `type` is wanted.
void report_unknown_choice(const PolicyText& policy, const engine::Program& program,
                           const Name& name, Type type) {
  std::vector<std::string> steps;
  for (const engine::EnumStep& step : program.enums[type.of].steps) steps.push_back(step.name);
  const std::string near = closest(name.text, steps);
  std::string help = near.empty() ? list_choices(program, type) : "did you mean `" + near + "`?";
  if (type.base == Base::set && (name.text == "any" || name.text == "all"))
    help = "write `includes " + name.text + " { … }`";
  policy.report(Code::unknown_choice, name.span,
                "`" + name.full() + "` is not one of " + choices_of(program, type), help);
}

// The value of that name that a library declares which is seen from here, though it cannot be read; null
// where there is none. One that was refused has no members.
const std::vector<Member>* declared_elsewhere(const PolicyText& policy, const Name& name,
                                              const Scope& scope) {
  for (const Library* library : policy.libraries.visible(*scope.library)) {
    const auto found = library->members.find(name.text);
    if (found == library->members.end()) continue;
    if (name.qualifier.empty() || name.qualifier == library->name) return &found->second;
  }
  return nullptr;
}

void report_out_of_scope(const PolicyText& policy, const engine::Program& program, const Name& name,
                         const Scope& scope, const Member& member) {
  const std::string kind(to_string(member.kind));
  if (scope.has(member.kind) && name.qualifier.empty() && !scope.has_plainly(member.kind)) {
    policy
        .report(Code::out_of_scope, name.span,
                "a " + std::string(to_string(scope.kinds.front())) + " has no `" + name.text +
                    "`, but its " + kind + " has",
                "say whose: `" + kind + "." + name.text + "`")
        .related.push_back({member.span, "declared here"});
    return;
  }
  const bool other_type = member.what == Member::What::question && member.kind == Kind::component &&
                          scope.has(Kind::component) && scope.component_type != engine::no_index;
  std::string message = "`" + name.full() + "` belongs to a " + kind + ", and here is none";
  std::string help;
  if (other_type) {
    const auto type_name = [&](std::uint32_t type) {
      return "`" + program.component_types[type].name + "`";
    };
    message = "`" + name.full() + "` is asked of a " +
              type_name(program.questions[member.index].component_type) + ", and this is a " +
              type_name(scope.component_type);
  } else if (member.kind == Kind::component) {
    help = "ask the components: `any(components, " + name.text + " …)`";
  }
  policy.report(Code::out_of_scope, name.span, std::move(message), std::move(help))
      .related.push_back({member.span, "declared here"});
}

// Of a name that nothing here has, in a row.
std::string help_in_row(const Name& name, const Scope& scope, bool for_text) {
  const std::string near = closest(name.text, slot_names(scope));
  if (!near.empty()) return "did you mean `" + near + "`?";
  std::string help = "here can be asked:";
  for (const RecordSlot& slot : *scope.record) help += " `" + slot.name + "`";
  return for_text ? help + "; a text stands in quotes" : help;
}

// Elsewhere. Empty where there is nothing to say.
std::string help_for_name(Lowering& lowering, const Name& name, const Scope& scope, bool for_text) {
  const PolicyText& policy = lowering.policy;
  if (std::string what = what_it_is(policy, lowering.program, name, scope); !what.empty())
    return what;
  const std::string near = closest(name.text, names_in(policy, scope));
  if (!near.empty()) return "did you mean `" + near + "`?";
  if (for_text) return "a text stands in quotes: `\"" + name.text + "\"`";
  std::string help;
  for (const Library* library : policy.libraries.visible(*scope.library)) {
    for (const auto& [type_name, type] : library->types) {
      if (type.what == NamedType::What::component_type) continue;
      const Base base = type.what == NamedType::What::scale ? Base::scale : Base::choice;
      if (lower_step(lowering, name, {base, type.index}).ok())
        help = "a step stands alone only where its type is known: `" + type_name + "." + name.text +
               "`";
    }
  }
  return help;
}

}  // namespace

void report_unknown_name(Lowering& lowering, const Expr& expr, const Scope& scope,
                         std::optional<Type> expected) {
  const PolicyText& policy = lowering.policy;
  const Name& name = expr.name;
  const bool in_row = scope.record != nullptr;
  if (!in_row && lowering.declared.untyped.contains(name.text)) return;
  if (has_steps(expected)) return report_unknown_choice(policy, lowering.program, name, *expected);
  if (!in_row && list_named(name, scope)) {
    const std::string list = name.full();
    fail_type(policy, name.span, "`" + list + "` is a list, and here stands one value",
              "ask it with a function: `count(" + list + ")`, `any(" + list + ", …)`");
    return;
  }
  const std::vector<Member>* members = in_row ? nullptr : declared_elsewhere(policy, name, scope);
  if (members != nullptr) {
    if (members->empty()) return;  // refused where it is declared
    return report_out_of_scope(policy, lowering.program, name, scope, members->front());
  }
  const bool for_text = expected && expected->base == Base::text;
  policy.report(
      Code::unknown_name, name.span, "there is no `" + name.full() + "` here",
      in_row ? help_in_row(name, scope, for_text) : help_for_name(lowering, name, scope, for_text));
}

}  // namespace riskd::dsl
