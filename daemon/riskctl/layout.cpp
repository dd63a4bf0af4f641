#include "daemon/riskctl/layout.hpp"

#include <algorithm>

namespace riskd::riskctl {
namespace {

constexpr std::size_t gap = 2;                 // blanks between two columns
constexpr std::size_t least_last_column = 20;  // narrower ones are not wrapped

Text blanks(std::size_t count) { return std::string(count, ' '); }

}  // namespace

Row heading(const std::vector<std::string_view>& names) {
  Row row;
  for (const std::string_view name : names) row.push_back(strong(name));
  return row;
}

Text table(const std::vector<Row>& rows, std::size_t width) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].width());
  }
  Text all;
  for (const Row& row : rows) {
    std::size_t end = row.size();
    while (end > 0 && row[end - 1].empty()) --end;  // no line ends in blanks
    std::size_t begin = 0;
    for (std::size_t i = 0; i < end; ++i) {
      const bool is_last = i + 1 == end;
      if (!is_last) {
        all += row[i];
        all += blanks(widths[i] - row[i].width() + gap);
        begin += widths[i] + gap;
      } else if (width >= begin + least_last_column) {
        all += row[i].wrapped(width, begin, begin);
      } else {
        all += row[i];
      }
    }
    all += Text::lines("\n");
  }
  return all;
}

Text joined(const std::vector<std::string>& texts, std::string_view separator) {
  Text all;
  for (const std::string& each : texts) {
    if (!all.empty()) all += separator;
    all += each;
  }
  return all;
}

Text wrapped_list(const Text& label, const std::vector<Text>& items, std::size_t width,
                  std::size_t indent) {
  Text all = text("{}:", label);
  std::size_t columns = all.width();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Text item = i + 1 < items.size() ? text("{},", items[i]) : items[i];
    if (columns + 1 + item.width() > width) {
      all += text("\n{}{}", blanks(indent), item.wrapped(width, indent, indent));
      columns = indent + item.width();
    } else {
      all += text(" {}", item.wrapped(width, indent, columns + 1));
      columns += 1 + item.width();
    }
  }
  return all;
}

Text beside(const Text& first, const Text& next, const Text& paragraph, std::size_t width) {
  const std::size_t margin = std::max(first.width(), next.width());
  const Text lines = paragraph.wrapped(width > margin ? width - margin : 1);
  std::string marked = TextParts::marked(first);
  for (const char c : TextParts::marked(lines)) {
    marked += c;
    if (c == '\n') marked += TextParts::marked(next);
  }
  return TextParts::made(std::move(marked));
}

Text counted(std::size_t count, std::string_view word, std::string_view plural) {
  if (count == 1) return text("1 {}", word);
  return plural.empty() ? text("{} {}s", count, word) : text("{} {}", count, plural);
}

Text size_words(double bytes) {
  std::string_view unit = "bytes";
  for (const std::string_view greater : {"KiB", "MiB", "GiB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = greater;
  }
  return text("{:.0f} {}", bytes, unit);
}

}  // namespace riskd::riskctl
