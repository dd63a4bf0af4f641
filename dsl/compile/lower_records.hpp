// Status maps and evidence: rows that judge what a tracker or a report says.
#pragma once

#include <vector>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/records.hpp"

namespace riskd::dsl {

// Adds each closed list of words that a source has to the program, as an enumeration.
EvidenceSlots declare_evidence_slots(engine::Program& program);

// Each enters its blocks into the program, and gives the rows of every block, for check_rows().
std::vector<Rows> lower_status_maps(Lowering& lowering);
std::vector<Rows> lower_evidence(Lowering& lowering, const EvidenceSlots& slots_of);

}  // namespace riskd::dsl
