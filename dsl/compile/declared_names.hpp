// Which library declares a name: for a name that nothing has where it stands.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "dsl/compile/names.hpp"
#include "dsl/syntax/syntax.hpp"

namespace riskd::dsl {

// Of each name the libraries that declare it.
using DeclaredNames = std::map<std::pair<NameSpace, std::string>, std::set<std::string>>;

DeclaredNames declared_names(const Syntax& syntax);

}  // namespace riskd::dsl
