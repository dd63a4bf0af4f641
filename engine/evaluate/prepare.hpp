// The last step of compilation: what evaluations of a program share.
#pragma once

#include "engine/program/program.hpp"

namespace riskd::engine {

// Makes Program::bare_names and Program::dependencies of all else in the program. From now on nothing may change it.
Policy prepared(Program program);

}  // namespace riskd::engine
