#include "engine/program/node_read.hpp"

namespace riskd::engine {

NodeRead read_of(const Node& node) {
  switch (node.op) {
    case Op::question:
      return QuestionRead{node.a, false};
    case Op::answered:
      return QuestionRead{node.a, true};
    case Op::field:
      return FieldRead{node.a, false};
    case Op::field_answered:
      return FieldRead{node.a, true};
    case Op::let:
      return LetRead{node.a};
    case Op::attribute:
      return AttributeRead{node.a};
    case Op::rating:
      return RatingRead{node.a};
    case Op::builtin:
      return BuiltinRead{static_cast<Builtin>(node.a), static_cast<Kind>(node.b)};
    case Op::record:
      return RecordRead{node.a};
    case Op::today:
    case Op::age:
      return DayRead{};
    case Op::aggregate:
      return ListRead{static_cast<List>(node.b), false};
    case Op::print:
      if (static_cast<List>(node.a) == List::none) return Operation{};
      return ListRead{static_cast<List>(node.a), true};
    case Op::constant:
    case Op::constant_set:
    case Op::constant_text:
    case Op::logic_not:
    case Op::logic_and:
    case Op::logic_or:
    case Op::equal:
    case Op::text_equal:
    case Op::less:
    case Op::less_equal:
    case Op::includes_any:
    case Op::includes_all:
    case Op::texts_include:
    case Op::text_matches:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::negate:
    case Op::to_day:
    case Op::minimum:
    case Op::maximum:
    case Op::mean:
    case Op::square_root:
    case Op::choose:
    case Op::match:
    case Op::concat:
      return Operation{};
  }
  return Operation{};
}

Kind items_of(List list) {
  switch (list) {
    case List::product_components:
      return Kind::component;
    case List::product_risks:
    case List::component_risks:
    case List::weakness_risks:
    case List::countermeasure_risks:
      return Kind::risk;
    case List::risk_weaknesses:
    case List::countermeasure_weaknesses:
      return Kind::weakness;
    case List::risk_countermeasures:
    case List::weakness_countermeasures:
      return Kind::countermeasure;
    case List::product_undecided:
    case List::none:
      return Kind::run;
  }
  return Kind::run;
}

}  // namespace riskd::engine
