#include "daemon/console/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/wire/json.hpp"
#include "daemon/wire/log_event.hpp"

namespace riskd::console {
namespace {

using wire::LogEvent;

std::string_view name_of(LogPriority priority) {
  switch (priority) {
    case LogPriority::critical:
      return "critical";
    case LogPriority::error:
      return "error";
    case LogPriority::warning:
      return "warning";
    case LogPriority::info:
      return "info";
    case LogPriority::debug:
      return "debug";
  }
  return "";
}

bool is_bare(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

std::string pairs(const std::vector<LogEvent::Field>& fields, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < fields.size(); ++i) {
    const auto& [key, value] = fields[i];
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key,
                        is_bare(value) ? value : wire::quote(value));
  }
  return text;
}

// A message as it is, but for what acts on a terminal; a line below another one is behind a mark, so that nothing that somebody
// sent looks like a line of the log.
std::string plain(std::string_view message) {
  std::string text;
  for (bool is_first = true; is_first || !message.empty(); is_first = false) {
    const std::string_view line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    const std::string quoted = wire::quote(line);
    std::string shown = quoted.substr(1, quoted.size() - 2);
    for (std::size_t at = 0; (at = shown.find('\\', at)) != std::string::npos; ++at) {
      const bool is_of_text =
          at + 1 < shown.size() && (shown[at + 1] == '"' || shown[at + 1] == '\\');
      if (is_of_text) shown.erase(at, 1);
    }
    text += (is_first ? "" : "\n| ") + shown;
  }
  return text;
}

std::string text_line(LogPriority priority, Instant time, std::string_view message) {
  const auto fields = LogEvent::read(message);
  const std::string said =
      fields ? fmt::format("{} {}", fields->front().second, pairs(*fields, 1)) : plain(message);
  return fmt::format("{} {:<8} {}\n", to_string(time), name_of(priority), said);
}

std::vector<LogEvent::Field> all_fields(LogPriority priority, Instant time,
                                        std::string_view message) {
  std::vector<LogEvent::Field> fields{{"time", to_string(time)},
                                      {"level", std::string(name_of(priority))}};
  auto own = LogEvent::read(message);
  if (!own) own = std::vector<LogEvent::Field>{{"msg", std::string(message)}};
  fields.insert(fields.end(), own->begin(), own->end());
  return fields;
}

std::string json_line(const std::vector<LogEvent::Field>& fields) {
  std::string text = "{";
  for (const auto& [key, value] : fields)
    text +=
        fmt::format("{}{}: {}", text.size() > 1 ? ", " : "", wire::quote(key), wire::quote(value));
  return text + "}\n";
}

}  // namespace

std::string log_line(LogFormat format, LogPriority priority, Instant time, std::string_view message,
                     bool for_journal) {
  std::string line;
  switch (format) {
    case LogFormat::text:
      line = text_line(priority, time, message);
      break;
    case LogFormat::logfmt:
      line = pairs(all_fields(priority, time, message), 0) + "\n";
      break;
    case LogFormat::json:
      line = json_line(all_fields(priority, time, message));
      break;
  }
  return for_journal ? fmt::format("<{}>{}", static_cast<int>(priority), line) : line;
}

}  // namespace riskd::console
