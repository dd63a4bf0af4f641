// A policy's identity.
#pragma once

#include <string>

#include "engine/program/program.hpp"

namespace riskd::dsl {

// SHA-256 (FIPS 180-4) over what the program means, 32 hexadecimal digits of it. Comments, layout and
// places do not change it; what the rules say does.
std::string content_hash(const engine::Program& program);

}  // namespace riskd::dsl
