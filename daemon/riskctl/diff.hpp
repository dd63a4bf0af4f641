// The difference of two texts, as `diff -u` shows it.
#pragma once

#include <string>
#include <string_view>

namespace riskd::riskctl {

// Empty where the texts are the same. Lines are compared whole; three lines of context.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace riskd::riskctl
