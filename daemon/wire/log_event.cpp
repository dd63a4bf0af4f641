#include "daemon/wire/log_event.hpp"

#include <algorithm>

namespace riskd::wire {
namespace {

// Of ASCII: between fields, and between a key and its value. No message begins with one.
constexpr char before_key = '\x1e', before_value = '\x1f';

}  // namespace

LogEvent& LogEvent::add(std::string_view key, std::string_view value) {
  text_ += before_key;
  text_ += key;
  text_ += before_value;
  const std::size_t begin = text_.size();
  text_ += value;
  // What somebody sent cannot become a field.
  std::replace_if(
      text_.begin() + static_cast<std::ptrdiff_t>(begin), text_.end(),
      [](char c) { return c == before_key || c == before_value; }, '?');
  return *this;
}

std::optional<std::vector<LogEvent::Field>> LogEvent::read(std::string_view text) {
  if (!text.starts_with(before_key)) return std::nullopt;
  std::vector<Field> fields;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view field = text.substr(0, text.find(before_key));
    const std::size_t mark = field.find(before_value);
    if (mark == std::string_view::npos) return std::nullopt;
    fields.emplace_back(field.substr(0, mark), field.substr(mark + 1));
    text.remove_prefix(field.size());
  }
  return fields;
}

}  // namespace riskd::wire
