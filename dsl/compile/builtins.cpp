// The names that every model has (docs/language.md, "Built-in names").
#include "dsl/compile/builtins.hpp"

#include <algorithm>

namespace riskd::dsl {
using engine::Base;
using engine::Builtin;
using engine::Kind;
using engine::List;

const std::vector<BuiltinName>& builtin_names() {
  static const std::vector<BuiltinName> names{
      {Kind::product, "id", Builtin::id, Base::text},
      {Kind::product, "title", Builtin::title, Base::text},
      {Kind::product, "approved", Builtin::approved, Base::truth},
      {Kind::product, "rating", Builtin::rating, Base::number},
      {Kind::product, "band", Builtin::band, Base::choice},
      {Kind::component, "id", Builtin::id, Base::text},
      {Kind::component, "title", Builtin::title, Base::text},
      {Kind::component, "type", Builtin::type, Base::choice},
      {Kind::risk, "id", Builtin::id, Base::text},
      {Kind::risk, "title", Builtin::title, Base::text},
      {Kind::risk, "component", Builtin::component, Base::text},
      {Kind::risk, "approved", Builtin::approved, Base::truth},
      {Kind::risk, "inherent", Builtin::inherent, Base::number},
      {Kind::risk, "current", Builtin::current, Base::number},
      {Kind::risk, "projected", Builtin::projected, Base::number},
      {Kind::risk, "band", Builtin::band, Base::choice},
      {Kind::risk, "accepted-until", Builtin::accepted_until, Base::date},
      {Kind::risk, "accepted-inherent", Builtin::accepted_inherent, Base::number},
      {Kind::risk, "reason", Builtin::reason, Base::text},
      {Kind::weakness, "id", Builtin::id, Base::text},
      {Kind::weakness, "title", Builtin::title, Base::text},
      {Kind::weakness, "cwe", Builtin::cwe, Base::number},
      {Kind::weakness, "approved", Builtin::approved, Base::truth},
      {Kind::weakness, "tested", Builtin::tested, Base::choice},
      {Kind::weakness, "failing-tests", Builtin::failing_tests, Base::texts},
      {Kind::weakness, "failures", Builtin::failures, Base::text},
      {Kind::weakness, "run", Builtin::run, Base::text},
      {Kind::countermeasure, "id", Builtin::id, Base::text},
      {Kind::countermeasure, "title", Builtin::title, Base::text},
      {Kind::countermeasure, "state", Builtin::state, Base::choice},
      {Kind::countermeasure, "reason", Builtin::reason, Base::text},
      {Kind::countermeasure, "mitigates", Builtin::mitigates, Base::percent},
      {Kind::countermeasure, "guide", Builtin::guide, Base::text},
      {Kind::countermeasure, "standards", Builtin::standards, Base::texts},
      {Kind::countermeasure, "tested", Builtin::tested, Base::choice},
      {Kind::countermeasure, "approved", Builtin::approved, Base::truth},
      {Kind::run, "name", Builtin::run_name, Base::text},
      {Kind::run, "at", Builtin::run_at, Base::text},
      {Kind::run, "url", Builtin::run_url, Base::text},
  };
  return names;
}

const std::vector<ListName>& list_names() {
  static const std::vector<ListName> names{
      {Kind::product, "components", List::product_components, Kind::component},
      {Kind::product, "risks", List::product_risks, Kind::risk},
      {Kind::product, "undecided", List::product_undecided, Kind::run},
      {Kind::component, "risks", List::component_risks, Kind::risk},
      {Kind::risk, "weaknesses", List::risk_weaknesses, Kind::weakness},
      {Kind::risk, "countermeasures", List::risk_countermeasures, Kind::countermeasure},
      {Kind::weakness, "risks", List::weakness_risks, Kind::risk},
      {Kind::weakness, "countermeasures", List::weakness_countermeasures, Kind::countermeasure},
      {Kind::countermeasure, "risks", List::countermeasure_risks, Kind::risk},
      {Kind::countermeasure, "weaknesses", List::countermeasure_weaknesses, Kind::weakness},
  };
  return names;
}

const std::vector<FunctionName>& function_names() {
  using engine::Aggregate;
  using engine::Op;
  static const std::vector<FunctionName> all{
      {"any",
       Aggregate::any,
       {},
       "one item of the list has the condition",
       "for at least one of the *, ",
       ""},
      {"all",
       Aggregate::all,
       {},
       "every item of the list has the condition",
       "for all of the *, ",
       ""},
      {"count",
       Aggregate::count,
       {},
       "how many items have the condition",
       "the number of * for which ",
       ""},
      {"sum",
       Aggregate::sum,
       {},
       "the values of all items together",
       "the sum, over the *, of ",
       ""},
      {"product",
       Aggregate::product,
       {},
       "the values of all items multiplied",
       "the product, over the *, of ",
       ""},
      {"max", Aggregate::max, Op::maximum, "the largest value", "the greatest, over the *, of ",
       "the greatest of "},
      {"min", Aggregate::min, Op::minimum, "the smallest value", "the least, over the *, of ",
       "the least of "},
      {"mean", Aggregate::mean, Op::mean, "the mean of the values", "the mean, over the *, of ",
       "the mean of "},
      {"sqrt", {}, Op::square_root, "the square root", "", "the square root of "},
      {"age", {}, Op::age, "the time since a date", "", "the age of "}};
  return all;
}

const FunctionName* function_named(std::string_view name) {
  for (const FunctionName& each : function_names()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::product:
      return "product";
    case Kind::component:
      return "component";
    case Kind::risk:
      return "risk";
    case Kind::weakness:
      return "weakness";
    case Kind::countermeasure:
      return "countermeasure";
    case Kind::run:
      return "run";
  }
  return "";
}

}  // namespace riskd::dsl
