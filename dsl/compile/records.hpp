// What trackers and reports tell, as rows judge it: what the lowering of rows leaves for the checks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dsl/compile/scope.hpp"
#include "dsl/syntax/syntax.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// A row of a status map or of evidence.
struct Row {
  ClauseId clause = nothing;
  engine::NodeId when = engine::no_node;  // no_node: otherwise, or `absent`
};
using Rows = std::vector<Row>;  // of one block, which is read from the top

// By the name of a source: what a row of its evidence may ask.
using EvidenceSlots = std::map<std::string, std::vector<RecordSlot>>;

}  // namespace riskd::dsl
