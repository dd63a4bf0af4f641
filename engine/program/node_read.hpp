// What a node names of the policy, beside its kids. A visitor says what each kind of reading means to it, so a new
// kind does not compile until every visitor says so.
#pragma once

#include <cstdint>
#include <variant>

#include "engine/program/node.hpp"

namespace riskd::engine {

struct QuestionRead {
  std::uint32_t question = 0;
  bool answered_only = false;  // whether somebody answered it, and not what
};
struct FieldRead {
  std::uint32_t field = 0;
  bool answered_only = false;
};
struct LetRead {
  std::uint32_t let = 0;
};
struct AttributeRead {
  std::uint32_t attribute = 0;
};
struct RatingRead {
  std::uint32_t rating = 0;
};
struct BuiltinRead {
  Builtin builtin = Builtin::id;
  Kind kind = Kind::product;
};
struct RecordRead {
  std::uint32_t slot = 0;
};
struct ListRead {  // the kids are asked of each item
  List list = List::none;
  bool is_printed = false;  // its items are, one after the other
};
struct DayRead {};    // today
struct Operation {};  // only its kids

using NodeRead = std::variant<Operation, QuestionRead, FieldRead, LetRead, AttributeRead,
                              RatingRead, BuiltinRead, RecordRead, ListRead, DayRead>;
NodeRead read_of(const Node& node);

// What the items of a list are; of no list, and of undecided patterns, none: Kind::run.
Kind items_of(List list);

}  // namespace riskd::engine
