// Status maps and evidence: rows that judge what a tracker or a report says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"

namespace riskd::dsl {

struct Row {
  ClauseId clause = nothing;
  engine::NodeId when = engine::no_node;  // no_node: otherwise, or `absent`
};
using Rows = std::vector<Row>;  // of one block, which is read from the top

// By the name of a source: what a row of its evidence may ask.
using EvidenceSlots = std::map<std::string, std::vector<RecordSlot>>;

// Adds each closed list of words that a source has to the program, as an enumeration.
EvidenceSlots declare_evidence_slots(engine::Program& program);

// Each enters its blocks into the program, and gives the rows of every block, for check_rows().
std::vector<Rows> lower_status_maps(Lowering& lowering);
std::vector<Rows> lower_evidence(Lowering& lowering, const EvidenceSlots& slots_of);

}  // namespace riskd::dsl
