// The tree of the Common Weakness Enumeration: which weakness is a special case of which.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace riskd::engine {

// Whether CWE-`cwe` is a more specific case of CWE-`ancestor`, at any distance; not of itself. Numbers that
// the enumeration does not have are a case of nothing. From any thread.
//
// Source: the ChildOf relations of CWE's Research view (CWE-1000), in which a weakness may have several
// parents. The version is at the head of engine/program/cwe_parents.hpp.
bool is_more_specific(int cwe, int ancestor);

// What an id of the enumeration stands for.
enum class CweKind : std::uint8_t { unknown, weakness, category, view, deprecated };

CweKind kind_of_cwe(int cwe);

// The id of a weakness that is written most like `cwe`, which the enumeration does not have.
int nearest_weakness(int cwe);

// Those of `all` that are no ancestor of another one of them: what a finding with several is about. In their order.
std::vector<int> most_specific(std::span<const int> all);

}  // namespace riskd::engine
