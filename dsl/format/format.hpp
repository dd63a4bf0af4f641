// The one layout of rule files: what `riskctl fmt` and editors write.
#pragma once

#include <optional>
#include <string>

#include "dsl/text/source.hpp"

namespace riskd::dsl {

// The file in its one layout; nullopt where its syntax has errors: such a file is left alone.
//
// Only blanks, line breaks, the indentation of long texts and optional commas change: the same words in
// the same order, every comment kept, so the model is the same. Groups of lines stay apart where an empty
// line set them apart. format(format(x)) is format(x).
std::optional<std::string> format(const SourceFile& file);

}  // namespace riskd::dsl
