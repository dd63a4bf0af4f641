// Reports that somebody made to do harm, or that broke on their way.
#include <catch2/catch.hpp>
#include <string>

#include "engine/limits.hpp"
#include "report_dump.hpp"

namespace riskd::connectors {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// The error that `text` gives, as dump() writes it, and nothing but an error.
std::string refused(std::string_view text, std::string_view format) {
  const Result<Report> report = read_text(text, "r", format);
  REQUIRE(!report);
  return dump(report);
}

}  // namespace

TEST_CASE("an external entity is refused before anything is fetched") {
  const std::string text =
      "<?xml version=\"1.0\"?>\n"
      "<!DOCTYPE testsuites [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n"
      "<testsuites><testsuite name=\"&x;\"/></testsuites>\n";
  CHECK(refused(text, "junit") ==
        "error unsupported\nr:2:22: a document type declaration is not read in a report\n");
  CHECK(refused(text, "") == refused(text, "junit"));
}

TEST_CASE("entities that multiply are refused before they do") {
  std::string text = "<!DOCTYPE OWASPZAPReport [<!ENTITY a0 \"lol\">";
  for (int i = 1; i < 10; ++i) {
    text += "<!ENTITY a" + std::to_string(i) + " \"" +
            repeat("&a" + std::to_string(i - 1) + ";", 10) + "\">";
  }
  text += "]><OWASPZAPReport version=\"&a9;\"/>";
  CHECK(refused(text, "zap").starts_with("error unsupported"));
  CHECK(refused("<testsuites name=\"&nbsp;\"/>", "junit").starts_with("error unsupported"));
}

TEST_CASE("nesting deeper than the limit is refused, nesting up to it is read") {
  const auto suites = [](std::size_t count) {
    return repeat("<testsuite name='s'>", count) + repeat("</testsuite>", count);
  };
  CHECK(read_text(suites(limits::report_depth), "r", "junit"));
  CHECK(refused(suites(limits::report_depth + 1), "junit") ==
        "error too_large\nr:1:1281: elements are nested more than 64 deep\n");
  CHECK(refused(repeat("<testsuite>", 200'000), "junit").starts_with("error too_large"));
  const auto sites = [](std::size_t count) {
    return "{\"site\":" + repeat("[", count) + repeat("]", count) + "}";
  };
  CHECK(read_text(sites(limits::report_depth - 1), "r", "zap"));
  CHECK(refused(sites(limits::report_depth), "zap").starts_with("error too_large\nr:1:"));
  CHECK(refused("{\"site\":" + repeat("[", 200'000), "zap").starts_with("error too_large"));
}

TEST_CASE("bytes that are not UTF-8 are refused where they stand") {
  CHECK(refused("<testsuite>\n<testcase name=\"a\xff\"/></testsuite>", "junit") ==
        "error invalid\nr:2:18: invalid UTF-8\n");
  CHECK(refused("<testsuite name='\xed\xa0\x80'/>", "junit").starts_with("error invalid"));
  CHECK(refused("{\"site\": [],\n \"@version\": \"\xc0\xaf\", \"x\": \"long enough\"}", "zap")
            .starts_with("error invalid\nr:2:"));
  CHECK(refused("{\"site\": [], \"@version\": \"\xff\", \"x\": \"long enough\"}", "zap")
            .ends_with(": invalid UTF-8\n"));
}

TEST_CASE("a byte order mark and other encodings that XML knows are read") {
  const std::string json = "{\"@programName\": \"ZAP\", \"site\": []}";
  CHECK(dump(read_text("\xef\xbb\xbf" + json)) == dump(read_text(json)));
  CHECK(read_text("\xef\xbb\xbf<testsuite/>"));
  const auto latin = read_text(
      "<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase "
      "name='caf\xe9'/></testsuite>");
  REQUIRE(latin);
  CHECK(latin->results.front().id == "caf\xc3\xa9");
  std::string wide = "\xff\xfe";
  for (const char c : std::string("<testsuite name='wide'><testcase name='a'/></testsuite>")) {
    wide += c;
    wide += '\0';
  }
  const auto utf16 = read_text(wide);
  REQUIRE(utf16);
  CHECK(utf16->results.size() == 1);
  CHECK(refused("<?xml version='1.0' encoding='EBCDIC-x'?><testsuite/>", "junit")
            .starts_with("error unsupported"));
}

TEST_CASE("an empty report, and one of nothing but blanks, are refused") {
  for (const char* format : {"", "junit", "zap"}) {
    CAPTURE(format);
    CHECK(refused("", format) == "error invalid\nr:1:1: the report is empty\n");
  }
  CHECK(refused(" \n ", "junit") == "error invalid\nr:2:2: the report is cut off\n");
  CHECK(refused(" \n ", "zap") == "error invalid\nr:2:2: the report is cut off\n");
}

TEST_CASE("a huge attribute is clipped, and one beyond the limit for tags is refused") {
  const std::string many(1u << 20, 'x');
  const auto clipped = read_text("<testsuite><testcase name='" + many + "'/></testsuite>");
  REQUIRE(clipped);
  CHECK(clipped->results.front().title.size() == limits::report_field_bytes);
  const std::string text = "<testsuite>\n<testcase name='" + repeat(many, 10) + "'/></testsuite>";
  CHECK(refused(text, "junit") == "error too_large\nr:2:1: a tag has more than 8 MiB\n");
}

TEST_CASE("a huge JSON string is clipped at a whole character, a huge name is refused") {
  const std::string wide = repeat("\xc3\xa9", limits::report_field_bytes);
  const auto clipped = read_text("{\"@programName\": \"ZAP\", \"@version\": \"x" + wide +
                                 "\", \"site\": {\"@name\": \"s\"}}");
  REQUIRE(clipped);
  CHECK(clipped->producer.size() == 4 + limits::report_field_bytes - 1);
  CHECK(refused("{\"" + wide + "\": 1}", "zap") ==
        "error too_large\nr:1:131075: a member's name has more than 64 KiB\n");
}

TEST_CASE("JSON that goes wrong is refused where it does") {
  CHECK(refused("{\"site\": [],\n  \"x\": tru }", "zap").starts_with("error invalid\nr:2:"));
  CHECK(refused("{\"site\": []} {}", "zap") ==
        "error invalid\nr:1:14: more text follows the end of the report\n");
  CHECK(refused("{\"site\": [], \"x\": 1e999}", "zap").starts_with("error invalid\nr:1:"));
  CHECK(refused("{\"site\": [\"\\ud800\"]}", "zap").starts_with("error invalid\nr:1:"));
  CHECK(refused("[1]", "zap").starts_with("error invalid\nr:1:"));
  CHECK(refused("{\"@version\": \"2.7.0\"}", "zap") ==
        "error invalid\nr:1:21: expected the member `site`, found none\n");
}

TEST_CASE("a small report that would become a huge one in memory is refused") {
  const std::string name(limits::report_field_bytes, 'n');
  CHECK(refused("<testsuite name='" + name + "'>" + repeat("<testcase name='a'/>", 20'000), "junit")
            .starts_with("error too_large"));
  CHECK(refused("{\"site\": {\"@name\": \"" + name + "\", \"alerts\": [{}" +
                    repeat(", {}", 20'000) + "]}}",
                "zap")
            .starts_with("error too_large"));
  CHECK(
      refused("{\"version\": \"2.1.0\", \"runs\": {\"tool\": {\"driver\": {\"rules\": {\"id\": \"" +
                  name + "\"}}}, \"results\": [{}" + repeat(", {\"ruleIndex\": 0}", 20'000) + "]}}",
              "sarif")
          .starts_with("error too_large"));
}

TEST_CASE("a SARIF run that describes its tool twice is read") {
  const std::string tool = "{\"driver\": {\"rules\": [{\"id\": \"a\"}, {\"id\": \"b\"}]}}";
  const auto report = read_text("{\"version\": \"2.1.0\", \"runs\": {\"tool\": " + tool +
                                    ", \"results\": {\"ruleId\": \"a\"}, \"tool\": " + tool +
                                    ", \"results\": {\"ruleId\": \"b\"}}}",
                                "r", "sarif");
  REQUIRE(report);
  CHECK(report->results.size() == 2);
}

TEST_CASE("an archive whose bytes were changed is refused, or reads as one") {
  std::string bytes = file_text(golden_folder() / "fortify_audited.fpr");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char was = bytes[i];
    bytes[i] = static_cast<char>(was ^ 0x55);
    const auto report = read_text(bytes, "changed.fpr", "fortify");
    if (report) CHECK(report->format == "fortify");
    bytes[i] = was;
  }
  CHECK(refused("PK\x03\x04 and nothing more", "fortify") ==
        "error invalid\nr: the archive is cut off or damaged\n");
}

TEST_CASE("a format that is not read is named with those that are") {
  const auto named = read_text("<a/>", "r", "nunit");
  REQUIRE(!named);
  CHECK(named.error().code == ErrorCode::unsupported);
  CHECK(named.error().message.starts_with("`nunit` is no format that is read: `junit`, `zap`"));
  const auto unknown = read_text("<a/>", "r");
  REQUIRE(!unknown);
  CHECK(unknown.error().code == ErrorCode::unsupported);
  CHECK(refused("<a/>", "junit") ==
        "error invalid\nr:1:1: expected `testsuites` or `testsuite` as root, found `a`\n");
}

}  // namespace riskd::connectors
