// Runs that cannot matter any more leave a suite.
#pragma once

#include "engine/facts/product.hpp"

namespace riskd::engine {

// Moves uploads out of `suite.runs`; what a part that comes later must know of their runs is in `suite.closed`. No
// statement about a test changes (statements_of). It keeps
//
//   - runs that a test still lists, with all their parts,
//   - of the others, of each component and each scope, the newest run that is complete and did not fail: no older
//     one can be what makes a test absent, for no test has a listing of that run either,
//   - the newest limits::suite_recent_uploads to arrive.
//
// Cost: the listings of all tests of the suite.
void close_runs(SuiteFacts& suite);

// Before an upload of `run` is added: if the run is closed, one upload without results stands for its earlier parts
// again, so that all of it was said at the instant of its first part.
void open_run(SuiteFacts& suite, const RunFact& run);

}  // namespace riskd::engine
