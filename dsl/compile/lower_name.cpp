#include "dsl/compile/lower_name.hpp"

#include <algorithm>

#include "dsl/compile/lookup.hpp"
#include "dsl/compile/lower_members.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/compile/unknown_names.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Builtin;
using engine::Kind;
using engine::Op;
using engine::Type;

namespace {

Typed lower_member(Lowering& lowering, const Member& member) {
  switch (member.what) {
    case Member::What::question: {
      const Type type = lowering.program.questions[member.index].type;
      return {lowering.nodes.add(Op::question, type, {}, member.index), type};
    }
    case Member::What::field: {
      const Type type = lowering.program.fields[member.index].type;
      return {lowering.nodes.add(Op::field, type, {}, member.index), type};
    }
    case Member::What::attribute: {
      const Type type = lowering.program.attributes[member.index].type;
      return {lowering.nodes.add(Op::attribute, type, {}, member.index), type};
    }
    case Member::What::let: {
      const Typed value = lower_let(lowering, member.index);
      if (!value.ok()) return {};
      return {lowering.nodes.add(Op::let, value.type, {}, member.index), value.type};
    }
    case Member::What::rating: {
      const Type type{Base::number, 0};
      return {lowering.nodes.add(Op::rating, type, {}, member.index), type};
    }
  }
  return {};
}

std::optional<Reading> reading_in(const engine::Program& program, const Library& library,
                                  const Name& name, const Scope& scope, std::size_t at) {
  const Kind kind = scope.kinds[at];
  const bool plain = name.qualifier.empty() && scope.reads_plainly(at);
  const bool by_kind = plain || name.qualifier == to_string(kind);
  if (!by_kind && (name.qualifier != library.name || !scope.reads_plainly(at))) return std::nullopt;
  if (const auto found = library.members.find(name.text); found != library.members.end()) {
    for (const Member& member : found->second) {
      if (member.kind != kind) continue;
      if (kind == Kind::component && member.what == Member::What::question &&
          scope.component_type != engine::no_index &&
          program.questions[member.index].component_type != scope.component_type)
        continue;
      return Reading{member, &library};
    }
  }
  if (!by_kind || &library != scope.library) return std::nullopt;
  for (const BuiltinName& builtin : builtin_names()) {
    if (builtin.kind == kind && builtin.name == name.text)
      return Reading{{{}, kind, 0, {}}, nullptr, &builtin};
  }
  return std::nullopt;
}

// Of the kinds from `begin` to `end`, innermost first: own names, then imported ones.
std::vector<Reading> readings_in(const PolicyText& policy, const engine::Program& program,
                                 const Name& name, const Scope& scope, std::size_t begin,
                                 std::size_t end) {
  std::vector<Reading> readings;
  for (const Library* library : policy.libraries.visible(*scope.library)) {
    for (std::size_t kind = begin; kind < end; ++kind) {
      const auto reading = reading_in(program, *library, name, scope, kind);
      if (!reading) continue;
      readings.push_back(*reading);
      break;
    }
    if (library == scope.library && !readings.empty()) break;
  }
  return readings;
}

// A name that stands alone, as a step or choice of the type that its place wants.
Typed lower_expected_step(Lowering& lowering, const Name& name, std::optional<Type> expected) {
  if (!has_steps(expected)) return {};
  const Typed step = lower_step(lowering, name, *expected);
  if (step.ok()) record_step(lowering.policy, lowering.program, lowering.declared, name, *expected);
  return step;
}

// A name in a row: a word of the other side's list, or a field of a ticket or result.
Typed lower_record_name(Lowering& lowering, const Name& name, const Scope& scope,
                        std::optional<Type> expected) {
  if (const Typed step = lower_expected_step(lowering, name, expected); step.ok()) return step;
  for (const RecordSlot& slot : *scope.record) {
    if (slot.name == name.full())
      return {lowering.nodes.add(Op::record, slot.type, {}, slot.slot), slot.type};
  }
  return {};
}

// `question.choice` and `scale.step`.
Typed lower_qualified_step(Lowering& lowering, const Name& name, const Scope& scope) {
  const auto step_of = [&](Type type, Span declared) -> Typed {
    const Typed step = lower_step(lowering, {{}, name.text, name.span}, type);
    if (step.ok())
      record_step(lowering.policy, lowering.program, lowering.declared, name, type, declared);
    return step;
  };
  for (const Library* library : lowering.policy.libraries.visible(*scope.library)) {
    if (const auto type = library->types.find(name.qualifier);
        type != library->types.end() && type->second.what != NamedType::What::component_type) {
      const Base base = type->second.what == NamedType::What::scale ? Base::scale : Base::choice;
      const Typed step = step_of({base, type->second.index}, type->second.span);
      if (step.ok()) return step;
    }
    const auto members = library->members.find(name.qualifier);
    if (members == library->members.end()) continue;
    for (const Member& member : members->second) {
      if (member.what != Member::What::question && member.what != Member::What::field) continue;
      const Type type = member.what == Member::What::question
                            ? lowering.program.questions[member.index].type
                            : lowering.program.fields[member.index].type;
      if (!has_steps(type)) continue;
      const Typed step = step_of(type, member.span);
      if (step.ok()) return step;
    }
  }
  return {};
}

// A rating that a library declares stands for the built-in name of its kind.
Reading with_declared_rating(const engine::Program& program, const Reading& reading) {
  if (reading.builtin == nullptr) return reading;
  const Builtin builtin = reading.builtin->builtin;
  if (builtin == Builtin::rating && program.product_rating != engine::no_index)
    return {{Member::What::rating, Kind::product, program.product_rating, {}}};
  if (builtin == Builtin::inherent && program.inherent != engine::no_index)
    return {{Member::What::rating, Kind::risk, program.inherent, {}}};
  return reading;
}

void report_ambiguous(const PolicyText& policy, const Name& name,
                      const std::vector<Reading>& readings) {
  std::vector<std::pair<const Library*, Span>> declared;
  for (const Reading& reading : readings)
    declared.emplace_back(reading.library, reading.member.span);
  ambiguous(policy, name, declared,
            "say which: `" + readings.front().library->name + "." + name.text + "`");
}

Typed lower_builtin(Lowering& lowering, const BuiltinName& builtin, const Name& name,
                    const Scope& scope) {
  Type type{builtin.base, 0};
  if (builtin.base == Base::choice) {
    type.of = builtin.builtin == Builtin::state    ? lowering.program.state_enum
              : builtin.builtin == Builtin::tested ? lowering.program.tested_enum
              : builtin.builtin == Builtin::type   ? lowering.program.component_type_enum
                                                   : lowering.program.bands.enumeration;
    if (type.of == engine::no_index) {
      const std::string imported =
          import_for(lowering.policy, NameSpace::bands, "band", *scope.library);
      return fail_type(
          lowering.policy, name.span, "`band` needs bands",
          imported.empty() ? "declare them: `bands severity { low 0, high 50 }`" : imported);
    }
  }
  return {lowering.nodes.add(Op::builtin, type, {}, static_cast<std::uint32_t>(builtin.builtin),
                             static_cast<std::uint32_t>(builtin.kind)),
          type};
}

}  // namespace

Typed lower_step(Lowering& lowering, const Name& name, Type type) {
  const engine::EnumType& enumeration = lowering.program.enums[type.of];
  for (std::size_t i = 0; i < enumeration.steps.size(); ++i) {
    if (enumeration.steps[i].name != name.text) continue;
    const double value =
        type.base == Base::scale ? enumeration.steps[i].number : static_cast<double>(i);
    const Type of{type.base == Base::set ? Base::choice : type.base, type.of};
    return {lowering.nodes.number(of, value), of};
  }
  return {};
}

// The names of an item come first, whoever declares them; then own names win over imported ones, and
// the innermost kind comes first. What every product has gives way to what a library declares of a
// component.
std::vector<Reading> readings_of(const PolicyText& policy, const engine::Program& program,
                                 const Name& name, const Scope& scope) {
  for (std::size_t kind = 0; kind < scope.nearest; ++kind) {
    std::vector<Reading> readings = readings_in(policy, program, name, scope, kind, kind + 1);
    if (!readings.empty()) return readings;
  }
  const std::size_t all = scope.kinds.size();
  std::vector<Reading> readings = readings_in(policy, program, name, scope, scope.nearest, all);
  if (readings.size() != 1 || readings.front().builtin == nullptr) return readings;
  const auto kind =
      std::find(scope.kinds.begin(), scope.kinds.end(), readings.front().builtin->kind);
  std::vector<Reading> inner = readings_in(policy, program, name, scope, scope.nearest,
                                           static_cast<std::size_t>(kind - scope.kinds.begin()));
  return inner.empty() ? readings : inner;
}

Typed lower_name(Lowering& lowering, const Expr& expr, const Scope& scope,
                 std::optional<Type> expected, bool quiet) {
  const PolicyText& policy = lowering.policy;
  const Name& name = expr.name;
  if (scope.record != nullptr) {
    const Typed value = lower_record_name(lowering, name, scope, expected);
    if (!value.ok() && !quiet) report_unknown_name(lowering, expr, scope, expected);
    return value;
  }
  if (!name.qualifier.empty()) {
    const Typed step = lower_qualified_step(lowering, name, scope);
    if (step.ok()) return step;
  }
  const std::vector<Reading> readings = readings_of(policy, lowering.program, name, scope);
  if (readings.size() > 1) {
    report_ambiguous(policy, name, readings);
    return {};
  }
  const bool may_be_step = has_steps(expected) && name.qualifier.empty();
  Typed value;
  const Member* member = nullptr;  // where a library declares the value
  const Reading reading =
      readings.empty() ? Reading{} : with_declared_rating(lowering.program, readings.front());
  if (!readings.empty()) {
    if (reading.builtin == nullptr) member = &reading.member;
    // What a value is made of cannot be that value: beside `is` its own name is a choice.
    const bool itself = member != nullptr && member->what == Member::What::let &&
                        !lowering.lets.path.empty() && lowering.lets.path.back() == member->index;
    if (itself && may_be_step) {
      const Typed step = lower_expected_step(lowering, name, expected);
      if (step.ok()) return step;
    }
    value = member != nullptr ? lower_member(lowering, *member)
                              : lower_builtin(lowering, *reading.builtin, name, scope);
    if (!value.ok()) return value;
  }
  if (may_be_step) {
    const Typed step = lower_step(lowering, name, *expected);
    if (step.ok() && (!value.ok() || !unify(value.type, step.type)))
      return lower_expected_step(lowering, name, expected);
    if (step.ok()) {
      policy.report(Code::ambiguous_name, name.span,
                    "`" + name.text + "` is a " +
                        (expected->base == Base::scale
                             ? "step of " + show(lowering.program, *expected)
                             : "choice of `" + lowering.program.enums[expected->of].name + "`") +
                        " and the name of a value",
                    "rename one, or qualify it");
      return {};
    }
  }
  if (!value.ok() && !quiet) report_unknown_name(lowering, expr, scope, expected);
  if (member != nullptr) {
    policy.record_use(name,
                      member->what == Member::What::rating
                          ? policy.clause(lowering.declared.ratings[member->index].clause).name.span
                          : member->span);
  }
  return value;
}

}  // namespace riskd::dsl
