// The tree of the Common Weakness Enumeration: which weakness is a special case of which.
#pragma once

namespace riskd::engine {

// Whether CWE-`cwe` is a more specific case of CWE-`ancestor`, at any distance; not of itself. Numbers that
// the enumeration does not have are a case of nothing. From any thread.
//
// Source: the ChildOf relations of CWE's Research view (CWE-1000), in which a weakness may have several
// parents. The version is at the head of engine/cwe_parents.hpp.
bool is_more_specific(int cwe, int ancestor);

}  // namespace riskd::engine
