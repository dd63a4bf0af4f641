// A security tool's report, as riskd reads it: one normalised result for each thing that the tool
// judged. Readers carry what the report says and decide nothing; what a result means for a weakness
// is the policy's `evidence` block.
#pragma once

#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

enum class Outcome { passed, failed, skipped, error };
std::string_view to_string(Outcome outcome);

// One judgement: of JUnit a test case, of ZAP an alert of a site with its instances beneath.
struct ReportResult {
  std::string id;  // what a rule's `test` clause names: JUnit `class.name`, ZAP's plugin id
  std::vector<std::string> aliases;  // other ids that a `test` clause may use: ZAP's alertRef
  std::string title;                 // for people; one line
  Outcome outcome = Outcome::passed;
  std::string severity;    // in the tool's own words, lower case; empty where it has none
  std::string confidence;  // likewise
  std::vector<int> cwe;    // ascending, without 0 and -1
  std::vector<std::string> tags;
  std::vector<std::string> locations;  // at most limits::report_locations
  bool suppressed = false;
  // What the check ran against, or where it stands: ZAP's site, JUnit's suites ("outer.inner"). Else empty.
  std::string scope;
  // Why it failed, for people: one line of at most limits::report_message_bytes. Only of results
  // that failed or were an error.
  std::string message;
  std::string url;  // on the web, where the tool explains the rule; empty where it gives none

  // What an evidence row may ask of this source, beside `outcome` and `cwe`, for example
  // {"class", "shop.LoginTest"}, {"risk", "medium"}. Values are lower-case words with `-` for
  // blanks where the tool has a closed list ("false-positive"), and text as written otherwise.
  std::vector<std::pair<std::string, std::string>> attributes;
};

// A check that a tool says it made, whether or not it found anything.
struct ReportCheck {
  std::string id;        // the id that a result of this check has
  std::vector<int> cwe;  // ascending
  std::string tool{};    // its name; empty where the report has none
};

struct Report {
  std::string format;    // "junit", "zap": the name of the reader, and the `evidence` block's
  std::string producer;  // the tool and its version as the report gives them; may be empty
  std::optional<Instant> generated;   // where the report gives its time with a zone
  std::vector<ReportResult> results;  // in the report's order
  std::vector<std::string>
      scopes;  // every site or suite the report names, also those without results
  // SARIF: the enabled rules of runs that succeeded; Nuclei: templates that did not match. At most
  // limits::report_results; empty where a format lists none.
  std::vector<ReportCheck> checks;
  // Ids for which the tool did not look: SARIF's rules that were switched off, Nuclei's templates that met an error.
  std::vector<std::string> switched_off;
  // The tool looked at nothing: SARIF without runs. Such a report does not cover what it does not list.
  bool looked_at_nothing = false;
  bool failed = false;  // the report itself says that the run did not complete
};

// Whether a check that the report does not list counts as absent, where the upload does not say otherwise: true of a
// format whose row in engine/vocabulary/vocabulary.hpp has `covers_absent`, unless the report looked at nothing.
bool covers_absent(const Report& report);

// The first attribute of a result that engine/vocabulary/vocabulary.hpp does not have for the report's format, or whose value is no
// word of its list, as "level = dreadful"; nullopt where all are known. A reader that lets one through has a bug: no
// rule could ask for it.
std::optional<std::string> unknown_word(const Report& report);

// Reads one format. Stateless; may be used from any thread.
class ReportReader {
 public:
  virtual ~ReportReader() = default;

  // "junit", "zap", …
  virtual std::string_view format() const = 0;

  // Whether a report that begins with `head` (at most 64 KiB, a byte order mark removed) is of this
  // format. Cheap; never throws.
  virtual bool recognises(std::string_view head) const = 0;

  // Reads a whole report. `name` is used in error places only ("zap.xml:12:3").
  //   invalid      cut off, not well-formed, invalid UTF-8, a number out of range
  //   too_large    a limit of engine/base/limits.hpp was passed
  //   unsupported  a document type declaration or entity, or a version that is not read
  virtual Result<Report> read(std::istream& input, const std::string& name) const = 0;
};

// All readers that this build has, in the order in which they are asked to recognise a report.
const std::vector<std::unique_ptr<ReportReader>>& report_readers();

// The reader called `format`; nullptr where there is none.
const ReportReader* find_reader(std::string_view format);

// Reads a report by the reader called `format`, or where that is empty by the first reader that
// recognises it. Gzip and a ZIP archive of one file are unpacked first, UTF-16 is converted to UTF-8.
// Error::unsupported names the formats that are read.
Result<Report> read_report(std::istream& input, const std::string& name, std::string_view format);

}  // namespace riskd::connectors
