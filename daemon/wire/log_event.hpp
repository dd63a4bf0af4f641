// What happened, as the log has it: a name, and what belongs to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace riskd::wire {

// Made where something happens, and given to the logger as the text of its message: `spdlog::warn("{}", event.text())`. The
// one who writes the line (console/log_line.hpp) reads it again, and writes it in the format that the configuration asks for.
class LogEvent {
 public:
  using Field = std::pair<std::string, std::string>;

  explicit LogEvent(std::string_view name) { add("event", name); }
  LogEvent& add(std::string_view key, std::string_view value);
  std::string text() const { return text_; }

  // Its fields, the first of them `event`; nullopt where the text is a message of another kind.
  static std::optional<std::vector<Field>> read(std::string_view text);

 private:
  std::string text_;
};

}  // namespace riskd::wire
