// Lines of the log: what each format makes of a message, and that nothing that somebody sent can look like another line.
#include "daemon/console/log_line.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "daemon/wire/log_event.hpp"

namespace riskd::console::log_line_test {
namespace {

constexpr Instant noon{1'796'040'000'123};

std::string line(LogFormat format, const std::string& message) {
  return log_line(format, LogPriority::warning, noon, message, false);
}

}  // namespace

TEST_CASE("a message is a line in each format") {
  CHECK(line(LogFormat::text, "the disk is full") ==
        "2026-11-30T12:00:00.123Z warning  the disk is full\n");
  CHECK(line(LogFormat::logfmt, "the disk is full") ==
        "time=2026-11-30T12:00:00.123Z level=warning msg=\"the disk is full\"\n");
  CHECK(line(LogFormat::json, "it says \"no\"") ==
        R"({"time": "2026-11-30T12:00:00.123Z", "level": "warning", "msg": "it says \"no\""})"
        "\n");
  CHECK(log_line(LogFormat::logfmt, LogPriority::error, noon, "x", true) ==
        "<3>time=2026-11-30T12:00:00.123Z level=error msg=x\n");
}

TEST_CASE("an event has its fields") {
  const std::string event =
      wire::LogEvent("refused").add("who", "token:ci").add("path", "/v1/a b").add("why", "").text();
  CHECK(line(LogFormat::text, event) ==
        "2026-11-30T12:00:00.123Z warning  refused who=token:ci path=\"/v1/a b\" why=\"\"\n");
  CHECK(line(LogFormat::logfmt, event) ==
        "time=2026-11-30T12:00:00.123Z level=warning event=refused who=token:ci path=\"/v1/a b\" "
        "why=\"\"\n");
  CHECK(
      line(LogFormat::json, event) ==
      R"({"time": "2026-11-30T12:00:00.123Z", "level": "warning", "event": "refused", "who": "token:ci", "path": "/v1/a b", "why": ""})"
      "\n");
}

TEST_CASE("what somebody sent is no line, no field and no escape sequence") {
  const std::string bad =
      "a\nlevel=info msg=\"fine\"\r\x1b[2J\u202e\x1e\x1fwho\x1f"
      "admin\x9b";
  for (const std::string& message :
       {"tracker says: " + bad, wire::LogEvent("access").add("path", bad).text()}) {
    for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
      const std::string written = line(format, message);
      CHECK(std::count(written.begin(), written.end(), '\n') == 1);
      CHECK(written.find(" who=") == std::string::npos);
      CHECK(written.find("\"who\":") == std::string::npos);
    }
    for (const LogFormat format : {LogFormat::text, LogFormat::logfmt, LogFormat::json}) {
      const std::string written = line(format, message);
      for (const char c : written) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
      CHECK(written.find("\u202e") == std::string::npos);
    }
  }
  CHECK(line(LogFormat::text, "two\nlines \\ \"quoted\"") ==
        "2026-11-30T12:00:00.123Z warning  two\n| lines \\ \"quoted\"\n");
}

}  // namespace riskd::console::log_line_test
