// The first steps: the names of a policy and their types, before any expression is looked at.
#pragma once

#include <optional>
#include <string>

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/names.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// What these steps share. Each enters what it declares into all three: into the program what it is, into
// its library its name, into the declarations where it stands. `policy.libraries` are the same libraries.
struct Declaring {
  const PolicyText& policy;
  Libraries& libraries;
  engine::Program& program;
  Declarations& declared;

  template <typename Visit>  // of a ClauseId and its Library&
  void each(ClauseKind kind, Visit visit) {
    each_declaration(policy.syntax, libraries, kind, visit);
  }
};

// A program that has the built-in enumerations and the files' names.
engine::Program empty_program(const Sources& sources);

// In this order. Reported: names that are taken, types that are none, what has nothing in it, what a
// policy can have once only. What is reported is not declared, unless it can be.
void declare_types(Declaring& declaring);     // scales, bands, component types
void declare_members(Declaring& declaring);   // questions, fields, attributes, lets, ratings
void declare_elements(Declaring& declaring);  // patterns, risks, weaknesses, countermeasures

// The type that is written; `owner` names the enumeration that its choices become. Nothing where it is
// wrong: that is reported.
std::optional<engine::Type> declare_type(Declaring& declaring, const TypeSyntax& type,
                                         const Library& library, const std::string& owner);

}  // namespace riskd::dsl
