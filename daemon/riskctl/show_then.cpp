#include "daemon/riskctl/show_then.hpp"

#include <string>
#include <utility>
#include <vector>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::size_t hash_digits = 12;
constexpr std::size_t most_differences = 10;

Text shown_differences(const json::value& then) {
  const json::array& differences = list_at(then, "differs");
  if (differences.empty()) return {};
  const json::value& record = member_of(then, "record");
  Text all = text(
      "{} of the record ({}, fact {}, policy revision {}) {} not what riskd computes:\n",
      counted(differences.size(), "value"), moment_words(text_at(record, "at")),
      text_at(record, "seq"), text_at(record, "revision"), differences.size() == 1 ? "is" : "are");
  std::vector<Row> rows;
  for (const json::value& each : differences) {
    if (rows.size() == most_differences) break;
    const std::string element = text_at(each, "element");
    rows.push_back({text("  {}", element.empty() ? text_at(each, "value")
                                                 : element + " " + text_at(each, "value")),
                    text("recorded {}", value_words(member_of(each, "recorded"))),
                    text("computed {}", value_words(member_of(each, "computed")))});
  }
  all += table(rows, terminal_width());
  if (differences.size() > rows.size())
    all += text("  and {} more; --json has them all\n", differences.size() - rows.size());
  return all;
}

}  // namespace

Text shown_then(const json::value& then) {
  const std::string hash = text_at(then, "policy").substr(0, hash_digits);
  const Text rules =
      text("policy revision {} ({}), in force since {}", strong(text_at(then, "revision")), hash,
           moment_words(text_at(then, "since")));
  const Text line =
      text("{} {}, under {}", truth_at(then, "to-come") ? "today's facts at" : "as of",
           moment_words(text_at(then, "at")), rules);
  return text("{}\n{}", line.wrapped(terminal_width(), 2), shown_differences(then));
}

}  // namespace riskd::riskctl
