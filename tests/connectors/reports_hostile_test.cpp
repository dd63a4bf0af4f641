// Reports that somebody made to do harm, or that broke on their way.
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/reports/readers.hpp"
#include "engine/base/limits.hpp"
#include "report_dump.hpp"

namespace riskd::connectors::reports_hostile_test {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string le(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

// A ZIP archive of stored files (APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16). It claims that each
// file is `claimed` times as long as it is.
std::string archive(const std::vector<std::pair<std::string, std::string>>& files,
                    std::uint64_t claimed = 1) {
  std::string bytes;
  std::string directory;
  for (const auto& file : files) {
    const std::string facts = le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) +
                              le(crc32(file.second), 4) + le(file.second.size(), 4) +
                              le(file.second.size() * claimed, 4) + le(file.first.size(), 2);
    directory += "PK\x01\x02" + le(20, 2) + facts + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 2) +
                 le(0, 4) + le(bytes.size(), 4) + file.first;
    bytes += "PK\x03\x04" + facts + le(0, 2) + file.first + file.second;
  }
  return bytes + directory + "PK\x05\x06" + le(0, 4) + le(files.size(), 2) + le(files.size(), 2) +
         le(directory.size(), 4) + le(bytes.size(), 4) + le(0, 2);
}

// How a report of the format begins: of JSON up to a value that the reader looks into, of XML with the root.
struct Beginning {
  std::string_view format;
  std::string_view text;
};
constexpr std::array json_beginnings{
    Beginning{"zap", "{\"site\": "}, Beginning{"sarif", "{\"runs\": "},
    Beginning{"cucumber", "[{\"elements\": "}, Beginning{"wapiti", "{\"vulnerabilities\": "},
    Beginning{"nuclei", "{\"meta\": "}};
constexpr std::array xml_beginnings{
    Beginning{"junit", "<testsuites>"}, Beginning{"zap", "<OWASPZAPReport>"},
    Beginning{"fortify", "<FVDL>"},
    Beginning{"trx", "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'>"}};

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
  for (const auto make : reader_makers) {
    const std::string format(make()->format());
    CAPTURE(format);
    if (format == "nuclei")
      continue;  // writes an empty file where it finds nothing: reports_nuclei_test.cpp
    CHECK(refused("", format) == "error invalid\nr:1:1: the report is empty\n");
  }
  for (const char* text : {"", "\xef\xbb\xbf", " \r\n\t\n"}) {
    CHECK(refused(text, "").starts_with("error invalid\nr:1:1: an empty report does not tell"));
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

TEST_CASE("SARIF taxonomies of the wrong kind are stepped over") {
  for (const char* taxonomies : {"\"CWE\"", "[1, null, \"x\"]", "{\"taxa\": \"79\"}", "[[]]",
                                 "{\"taxa\": [{\"id\": {\"id\": 1}}]}"}) {
    CAPTURE(taxonomies);
    const auto report = read_text(
        std::string("{\"version\": \"2.1.0\", \"runs\": [{\"taxonomies\": ") + taxonomies +
            ", \"results\": [{\"taxa\": [{\"index\": 7, \"toolComponent\": {\"index\": "
            "0}}, {\"index\": -1, \"toolComponent\": {\"index\": -1}}]}]}]}",
        "r", "sarif");
    REQUIRE(report);
    CHECK(report->results.front().cwe.empty());
  }
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

TEST_CASE("an archive's files are taken by their whole names, whatever else is in it") {
  const std::string scan = "<FVDL></FVDL>";
  const std::string found = "<FVDL><Vulnerabilities><Vulnerability/></Vulnerabilities></FVDL>";
  const auto one = read_text(
      archive({{"../audit.fvdl", scan}, {"/audit.fvdl", scan}, {"audit.fvdl", found}}), "r");
  REQUIRE(one);
  CHECK(one->results.size() == 1);
  for (const char* name : {"../audit.fvdl", "/etc/audit.fvdl", "x/audit.fvdl", "AUDIT.FVDL"}) {
    CAPTURE(name);
    CHECK(refused(archive({{name, scan}}), "fortify").starts_with("error unsupported"));
  }
  CHECK(refused(archive({{"audit.fvdl", scan}, {"audit.fvdl", found}}), "fortify") ==
        "error invalid\nr: the archive holds more than one `audit.fvdl`\n");
}

TEST_CASE("an archive that unpacks to too much is refused before it does") {
  const std::string scan = "<FVDL>" + std::string(1000, ' ') + "</FVDL>";
  CHECK(refused(archive({{"audit.fvdl", scan}}, 1'000'000), "fortify") ==
        "error too_large\nr: `audit.fvdl` in the archive has more than 512 MiB\n");
  CHECK(refused(archive({{"audit.fvdl", scan}}, 2), "fortify").starts_with("error invalid"));
  CHECK(refused(repeat("PK\x03\x04PK\x01\x02", 100'001), "fortify") ==
        "error too_large\nr: the archive has more than 100000 files\n");
}

TEST_CASE("entities, nesting and cut-off files are refused inside an archive too") {
  const std::string scan = "<FVDL></FVDL>";
  CHECK(refused(archive({{"audit.fvdl", "<!DOCTYPE FVDL [<!ENTITY a 'b'>]>" + scan}}), "fortify")
            .starts_with("error unsupported\nr/audit.fvdl:1:"));
  CHECK(refused(archive({{"audit.xml", "<!DOCTYPE Audit>"}, {"audit.fvdl", scan}}), "fortify")
            .starts_with("error unsupported\nr/audit.xml:1:"));
  CHECK(refused(archive({{"audit.fvdl", repeat("<FVDL>", limits::report_depth + 10)}}), "fortify")
            .starts_with("error too_large\nr/audit.fvdl:1:"));
  CHECK(refused(archive({{"audit.fvdl", "<FVDL>"}}), "fortify") ==
        "error invalid\nr/audit.fvdl:1:7: the report is cut off\n");
  const std::string whole = archive({{"audit.fvdl", scan}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(!read_text(std::string_view(whole).substr(0, size), "r", "fortify"));
  }
}

TEST_CASE("the tests of harmful reports know each format that is read") {
  std::set<std::string_view> here;
  for (const Beginning& each : json_beginnings) here.insert(each.format);
  for (const Beginning& each : xml_beginnings) here.insert(each.format);
  std::set<std::string_view> read;
  for (const auto make : reader_makers) read.insert(make()->format());
  CHECK(here == read);
}

TEST_CASE("harmful JSON is refused in each JSON format") {
  for (const Beginning& each : json_beginnings) {
    CAPTURE(each.format);
    const std::string begin(each.text);
    CHECK(refused(begin + repeat("[", limits::report_depth + 10), each.format)
              .starts_with("error too_large\nr:1:"));
    CHECK(refused(begin + "1e999999}", each.format).starts_with("error invalid\nr:1:"));
    CHECK(refused(begin + "\"\xff and more text\"}", each.format).ends_with(": invalid UTF-8\n"));
    CHECK(refused(begin, each.format).ends_with(": the report is cut off\n"));
    std::string wide = "\xff\xfe";
    for (const char c : begin) wide += std::string(1, c) + '\0';
    CHECK(refused(wide, each.format).starts_with("error"));  // JSON is UTF-8: RFC 8259, section 8.1
  }
  CHECK(refused("{\"meta\": " + repeat("[", limits::report_depth + 10), "cucumber")
            .starts_with("error too_large\nr:1:"));
}

TEST_CASE("harmful XML is refused in each XML format") {
  for (const Beginning& each : xml_beginnings) {
    CAPTURE(each.format);
    const std::string begin(each.text);
    CHECK(refused("<!DOCTYPE x [<!ENTITY a 'b'>]>" + begin, each.format)
              .starts_with("error unsupported\nr:1:"));
    CHECK(refused(begin + repeat("<x>", limits::report_depth + 10), each.format)
              .starts_with("error too_large\nr:1:"));
    CHECK(refused(begin + "<x y='\xff'/>", each.format).ends_with(": invalid UTF-8\n"));
    CHECK(refused(begin + "<x></y>", each.format).starts_with("error invalid\nr:1:"));
    CHECK(refused(begin, each.format).ends_with(": the report is cut off\n"));
  }
}

TEST_CASE("numbers that fit no integer are no place, no index and no weakness") {
  const std::string huge = "99999999999999999999999999";
  const auto sarif =
      read_text("{\"version\": \"2.1.0\", \"runs\": [{\"results\": [{\"ruleIndex\": " + huge +
                    ", \"properties\": {\"cwe\": \"" + huge + "\"}}]}]}",
                "r", "sarif");
  REQUIRE(sarif);
  CHECK(sarif->results.front().id == "(no name)");
  CHECK(sarif->results.front().cwe.empty());
  const auto zap = read_text(
      "{\"site\": {\"alerts\": {\"cweid\": " + huge + ", \"riskcode\": -7, \"confidence\": 9}}}",
      "r", "zap");
  REQUIRE(zap);
  CHECK(zap->results.front().cwe.empty());
  CHECK(zap->results.front().severity.empty());
}

TEST_CASE("the encodings that tools declare and expat does not know are read") {
  const auto name_in = [](const std::string& encoding, const std::string& name) {
    const auto report = read_text("<?xml version='1.0' encoding='" + encoding +
                                      "'?><testsuite><testcase name='" + name + "'/></testsuite>",
                                  "r", "junit");
    return report ? report->results.front().id : dump(report);
  };
  CHECK(name_in("utf8", "caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(name_in("windows-1252", "5 \x80") == "5 \xe2\x82\xac");
  CHECK(name_in("ISO-8859-15", "5 \xa4") == "5 \xe2\x82\xac");
  CHECK(name_in("latin1", "caf\xe9") == "caf\xc3\xa9");
  CHECK(name_in("utf8", "caf\xe9").starts_with("error invalid"));
  CHECK(name_in("windows-1252", "\x81").starts_with("error invalid"));
  CHECK(name_in("utf-16", "caf\xc3\xa9") == "caf\xc3\xa9");  // it is not: .NET says so of all
  CHECK(name_in("utf-7", "a").starts_with("error unsupported"));
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

}  // namespace riskd::connectors::reports_hostile_test
