// Names in expressions: first a choice or step of the other side's type, then a value.
#include <algorithm>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Builtin;
using engine::Kind;
using engine::Op;
using engine::Type;

Typed Compiler::lower_step(const Name& name, Type type) {
  const engine::EnumType& enumeration = program_.enums[type.of];
  for (std::size_t i = 0; i < enumeration.steps.size(); ++i) {
    if (enumeration.steps[i].name != name.text) continue;
    const double value =
        type.base == Base::scale ? enumeration.steps[i].number : static_cast<double>(i);
    const Type of{type.base == Base::set ? Base::choice : type.base, type.of};
    return {nodes_.number(of, value), of};
  }
  return {};
}

Typed Compiler::lower_member(const Member& member) {
  switch (member.what) {
    case Member::What::question: {
      const Type type = program_.questions[member.index].type;
      return {nodes_.add(Op::question, type, {}, member.index), type};
    }
    case Member::What::field: {
      const Type type = program_.fields[member.index].type;
      return {nodes_.add(Op::field, type, {}, member.index), type};
    }
    case Member::What::attribute: {
      const Type type = program_.attributes[member.index].type;
      return {nodes_.add(Op::attribute, type, {}, member.index), type};
    }
    case Member::What::let: {
      const Typed value = let_value(member.index);
      if (!value.ok()) return {};
      return {nodes_.add(Op::let, value.type, {}, member.index), value.type};
    }
    case Member::What::rating: {
      const Type type{Base::number, 0};
      return {nodes_.add(Op::rating, type, {}, member.index), type};
    }
  }
  return {};
}

std::optional<Compiler::Reading> Compiler::reading_in(const Library& library, const Name& name,
                                                      const Scope& scope, std::size_t at) const {
  const Kind kind = scope.kinds[at];
  const bool plain = name.qualifier.empty() && scope.reads_plainly(at);
  const bool by_kind = plain || name.qualifier == to_string(kind);
  if (!by_kind && (name.qualifier != library.name || !scope.reads_plainly(at))) return std::nullopt;
  if (const auto found = library.members.find(name.text); found != library.members.end()) {
    for (const Member& member : found->second) {
      if (member.kind != kind) continue;
      if (kind == Kind::component && member.what == Member::What::question &&
          scope.component_type != engine::no_index &&
          program_.questions[member.index].component_type != scope.component_type)
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
std::vector<Compiler::Reading> Compiler::readings_in(const Name& name, const Scope& scope,
                                                     std::size_t begin, std::size_t end) const {
  std::vector<Reading> readings;
  for (const Library* library : policy_.libraries.visible(*scope.library)) {
    for (std::size_t kind = begin; kind < end; ++kind) {
      const auto reading = reading_in(*library, name, scope, kind);
      if (!reading) continue;
      readings.push_back(*reading);
      break;
    }
    if (library == scope.library && !readings.empty()) break;
  }
  return readings;
}

// The names of an item come first, whoever declares them; then own names win over imported ones, and
// the innermost kind comes first. What every product has gives way to what a library declares of a
// component.
std::vector<Compiler::Reading> Compiler::readings_of(const Name& name, const Scope& scope) const {
  for (std::size_t kind = 0; kind < scope.nearest; ++kind) {
    std::vector<Reading> readings = readings_in(name, scope, kind, kind + 1);
    if (!readings.empty()) return readings;
  }
  const std::size_t all = scope.kinds.size();
  std::vector<Reading> readings = readings_in(name, scope, scope.nearest, all);
  if (readings.size() != 1 || readings.front().builtin == nullptr) return readings;
  const auto kind =
      std::find(scope.kinds.begin(), scope.kinds.end(), readings.front().builtin->kind);
  std::vector<Reading> inner =
      readings_in(name, scope, scope.nearest, static_cast<std::size_t>(kind - scope.kinds.begin()));
  return inner.empty() ? readings : inner;
}

Typed Compiler::lower_name(const Expr& expr, const Scope& scope, std::optional<Type> expected,
                           bool quiet) {
  const Name& name = expr.name;
  if (scope.record != nullptr) {
    if (has_steps(expected)) {
      if (const Typed step = lower_step(name, *expected); step.ok()) {
        record_step(name, *expected);
        return step;
      }
    }
    for (const RecordSlot& slot : *scope.record) {
      if (slot.name == name.full())
        return {nodes_.add(Op::record, slot.type, {}, slot.slot), slot.type};
    }
    if (!quiet) unknown_name(expr, scope, expected);
    return {};
  }

  // `question.choice` and `scale.step`.
  if (!name.qualifier.empty()) {
    for (const Library* library : policy_.libraries.visible(*scope.library)) {
      if (const auto type = library->types.find(name.qualifier);
          type != library->types.end() && type->second.what != NamedType::What::component_type) {
        const Base base = type->second.what == NamedType::What::scale ? Base::scale : Base::choice;
        if (const Typed step = lower_step({{}, name.text, name.span}, {base, type->second.index});
            step.ok()) {
          record_step(name, {base, type->second.index}, type->second.span);
          return step;
        }
      }
      if (const auto members = library->members.find(name.qualifier);
          members != library->members.end()) {
        for (const Member& member : members->second) {
          if (member.what != Member::What::question && member.what != Member::What::field) continue;
          const Type type = member.what == Member::What::question
                                ? program_.questions[member.index].type
                                : program_.fields[member.index].type;
          if (!has_steps(type)) continue;
          if (const Typed step = lower_step({{}, name.text, name.span}, type); step.ok()) {
            record_step(name, type, member.span);
            return step;
          }
        }
      }
    }
  }

  std::vector<Reading> readings = readings_of(name, scope);
  // A rating that a library declares stands for the built-in name of its kind.
  if (readings.size() == 1 && readings.front().builtin != nullptr) {
    const Builtin builtin = readings.front().builtin->builtin;
    if (builtin == Builtin::rating && program_.product_rating != engine::no_index) {
      readings.front() = {{Member::What::rating, Kind::product, program_.product_rating, {}}};
    } else if (builtin == Builtin::inherent && program_.inherent != engine::no_index) {
      readings.front() = {{Member::What::rating, Kind::risk, program_.inherent, {}}};
    }
  }
  if (readings.size() > 1) {
    Diagnostic& shown =
        policy_.report(Code::ambiguous_name, name.span, "`" + name.full() + "` is ambiguous",
                       "say which: `" + readings.front().library->name + "." + name.text + "`");
    for (const Reading& reading : readings) {
      shown.related.push_back(
          {reading.member.span, "declared in library `" + reading.library->name + "`"});
    }
    return {};
  }

  Typed value;
  if (!readings.empty()) {
    const Reading& reading = readings.front();
    // What a value is made of cannot be that value: beside `is` its own name is a choice.
    const bool itself = reading.builtin == nullptr && reading.member.what == Member::What::let &&
                        !let_path_.empty() && let_path_.back() == reading.member.index;
    if (itself && has_steps(expected) && name.qualifier.empty()) {
      if (const Typed step = lower_step(name, *expected); step.ok()) {
        record_step(name, *expected);
        return step;
      }
    }
    if (reading.builtin == nullptr) {
      value = lower_member(reading.member);
    } else {
      const BuiltinName& builtin = *reading.builtin;
      Type type{builtin.base, 0};
      if (builtin.base == Base::choice) {
        type.of = builtin.builtin == Builtin::state    ? program_.state_enum
                  : builtin.builtin == Builtin::tested ? program_.tested_enum
                  : builtin.builtin == Builtin::type   ? program_.component_type_enum
                                                       : program_.bands.enumeration;
        if (type.of == engine::no_index) {
          const std::string imported =
              import_for(policy_, NameSpace::bands, "band", *scope.library);
          return fail_type(
              policy_, name.span, "`band` needs bands",
              imported.empty() ? "declare them: `bands severity { low 0, high 50 }`" : imported);
        }
      }
      value = {nodes_.add(Op::builtin, type, {}, static_cast<std::uint32_t>(builtin.builtin),
                          static_cast<std::uint32_t>(builtin.kind)),
               type};
    }
    if (!value.ok()) return value;
  }

  if (has_steps(expected) && name.qualifier.empty()) {
    const Typed step = lower_step(name, *expected);
    if (step.ok()) {
      const bool fits = value.ok() && unify(value.type, step.type).has_value();
      if (!fits) {
        record_step(name, *expected);
        return step;
      }
      policy_.report(Code::ambiguous_name, name.span,
                     "`" + name.text + "` is a " +
                         (expected->base == Base::scale
                              ? "step of " + show(program_, *expected)
                              : "choice of `" + program_.enums[expected->of].name + "`") +
                         " and the name of a value",
                     "rename one, or qualify it");
      return {};
    }
  }
  if (!value.ok() && !quiet) unknown_name(expr, scope, expected);
  if (value.ok() && readings.front().builtin == nullptr) {
    const Member& member = readings.front().member;
    policy_.record_use(name, member.what == Member::What::rating
                                 ? policy_.clause(rating_clauses_[member.index]).name.span
                                 : member.span);
  }
  return value;
}

}  // namespace riskd::dsl
