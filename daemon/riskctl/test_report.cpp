#include "daemon/riskctl/test_report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "daemon/wire/json.hpp"

namespace riskd::riskctl {

std::string place_of(const dsl::Compilation& policy, dsl::Span span) {
  const dsl::LineColumn at = policy.sources[span.file].locate(span.begin);
  return fmt::format("{}:{}:{}", policy.sources[span.file].name(), at.line, at.column);
}

Text failures_text(const dsl::Compilation& policy, const dsl::ScenarioRun& run) {
  Text all;
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    if (scenario.failures.empty()) continue;
    all += text("{}: {} ({})\n", Text("failed").in(Style::error), scenario.title,
                place_of(policy, scenario.span));
    for (const dsl::ScenarioFailure& failure : scenario.failures) {
      all += text("  {}: {}\n", place_of(policy, failure.span), failure.message);
      for (const std::string& detail : failure.details)
        all += text("      {}\n", Text(detail).in(Style::faint));
    }
  }
  return all;
}

std::string run_json(const dsl::Compilation& policy, const dsl::ScenarioRun& run,
                     const std::vector<dsl::CoverageItem>* covered) {
  std::string text = "{\"scenarios\":[";
  const char* comma = "";
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    text += fmt::format("{}{{\"title\":{},\"place\":{},\"passed\":{},\"failures\":[", comma,
                        wire::quote(scenario.title), wire::quote(place_of(policy, scenario.span)),
                        scenario.failures.empty());
    const char* inner = "";
    for (const dsl::ScenarioFailure& failure : scenario.failures) {
      text +=
          fmt::format("{}{{\"place\":{},\"message\":{},\"details\":[", inner,
                      wire::quote(place_of(policy, failure.span)), wire::quote(failure.message));
      const char* innermost = "";
      for (const std::string& detail : failure.details) {
        text += innermost + wire::quote(detail);
        innermost = ",";
      }
      text += "]}";
      inner = ",";
    }
    text += "]}";
    comma = ",";
  }
  text += "],\"uncovered-patterns\":[";
  comma = "";
  for (const std::string& pattern : run.uncovered_patterns) {
    text += comma + wire::quote(pattern);
    comma = ",";
  }
  text += "]";
  if (covered != nullptr) {
    text += ",\"coverage\":{";
    for (const dsl::CoverageTotal& total : dsl::coverage_totals(*covered))
      text += fmt::format("{}:{{\"reached\":{},\"all\":{}}},", wire::quote(total.name),
                          total.reached, total.all);
    text += "\"missed\":[";
    comma = "";
    for (const dsl::CoverageMiss& miss : dsl::coverage_misses(policy, *covered)) {
      text += fmt::format("{}{{\"place\":{},\"what\":{},\"source\":{}}}", comma,
                          wire::quote(place_of(policy, miss.span)), wire::quote(miss.what),
                          wire::quote(miss.source));
      comma = ",";
    }
    text += "]}";
  }
  return text + "}";
}

namespace {

std::string xml(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view three = text.substr(i, 3);
    if (three == "\xef\xbf\xbe" || three == "\xef\xbf\xbf") {  // U+FFFE, U+FFFF
      out += "\xef\xbf\xbd";
      i += 2;
      continue;
    }
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";  // a line break in an attribute would become a blank
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += "\xef\xbf\xbd";
        else
          out += c;
    }
  }
  return out;
}

std::string seconds(std::chrono::microseconds time) {
  return fmt::format("{:.6f}", static_cast<double>(time.count()) / 1e6);
}

}  // namespace

std::string run_junit(const dsl::Compilation& policy, const dsl::ScenarioRun& run) {
  struct Suite {
    std::string cases;
    std::size_t tests = 0, failures = 0;
    std::chrono::microseconds took{0};
  };
  std::map<std::uint32_t, Suite> suites;  // by file
  Suite all;
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    const std::string& file = policy.sources[scenario.span.file].name();
    const std::uint32_t line = policy.sources[scenario.span.file].locate(scenario.span.begin).line;
    std::string text = fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"", xml(file),
        xml(scenario.title), xml(file), line, seconds(scenario.took));
    if (scenario.failures.empty()) {
      text += "/>\n";
    } else {
      text += ">\n";
      for (const dsl::ScenarioFailure& failure : scenario.failures) {
        std::string body = place_of(policy, failure.span) + ": " + failure.message + "\n";
        for (const std::string& detail : failure.details) body += "    " + detail + "\n";
        text += fmt::format("      <failure message=\"{}\" type=\"expectation\">{}</failure>\n",
                            xml(failure.message), xml(body));
      }
      text += "    </testcase>\n";
    }
    for (Suite* suite : {&suites[scenario.span.file], &all}) {
      ++suite->tests;
      suite->failures += scenario.failures.empty() ? 0 : 1;
      suite->took += scenario.took;
    }
    suites[scenario.span.file].cases += text;
  }
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"riskctl test\" tests=\"{}\" "
      "failures=\"{}\" time=\"{}\">\n",
      all.tests, all.failures, seconds(all.took));
  for (const auto& [file, suite] : suites) {
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" "
        "time=\"{}\">\n{}  </testsuite>\n",
        xml(policy.sources[file].name()), suite.tests, suite.failures, seconds(suite.took),
        suite.cases);
  }
  return text + "</testsuites>\n";
}

}  // namespace riskd::riskctl
