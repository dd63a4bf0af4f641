// Texts beside and below each other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/riskctl/text.hpp"

namespace riskd::riskctl {

using Row = std::vector<Text>;

// A row that stands over others.
Row heading(const std::vector<std::string_view>& names);

// Rows in columns that are as wide as they must be. Where a row would be wider than `width`, its last
// cell is wrapped; 0: nothing is.
Text table(const std::vector<Row>& rows, std::size_t width = 0);

// "a, b, c".
Text joined(const std::vector<std::string>& texts, std::string_view separator = ", ");

// "label: a, b, c" in lines of `width` columns, without a line break at the end: a line begins with an
// item, `indent` blanks before it.
Text wrapped_list(const Text& label, const std::vector<Text>& items, std::size_t width,
                  std::size_t indent);

// A paragraph beside a margin, in lines of `width` columns: `first` stands before its first line, `next`
// before the others. No line break at the end.
Text beside(const Text& first, const Text& next, const Text& paragraph, std::size_t width);

// "1 risk", "2 risks"; without `plural` an "s" makes it.
Text counted(std::size_t count, std::string_view word, std::string_view plural = {});

// "148 KiB".
Text size_words(double bytes);

}  // namespace riskd::riskctl
