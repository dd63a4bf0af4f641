#include "engine/evaluate/verdicts.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "engine/evaluate/values.hpp"

namespace riskd::engine {

namespace {

std::string_view attribute_of(const TestResult& result, std::string_view name) {
  for (const auto& [each, value] : result.attributes) {
    if (each == name) return value;
  }
  return {};
}

void read_attribute(Record& record, std::uint32_t slot, const SourceField& field,
                    const std::string& value) {
  switch (field.type) {
    case FieldType::number:
      record.numbers[slot] = std::strtod(value.c_str(), nullptr);
      return;
    case FieldType::truth:
      record.truths[slot] = value == "true" || value == "yes";
      return;
    case FieldType::text:
    case FieldType::texts:
    case FieldType::word:
      record.texts[slot] = value;
      return;
  }
}

std::vector<std::string> cwe_texts(const std::vector<int>& numbers) {
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const int number : numbers) texts.push_back("CWE-" + std::to_string(number));
  return texts;
}

Record record_of(const TestSource& source, const TestResult& result) {
  Record record;
  for (std::uint32_t slot = 0; slot < source.fields.size(); ++slot) {
    const SourceField& field = source.fields[slot];
    switch (field.origin) {
      case FieldOrigin::attribute:
        if (const std::string_view value = attribute_of(result, field.name); !value.empty())
          read_attribute(record, slot, field, std::string(value));
        break;
      case FieldOrigin::outcome:
        record.texts[slot] = to_string(result.outcome);
        break;
      case FieldOrigin::tags:
        record.lists[slot] = result.tags;
        break;
      case FieldOrigin::cwe:
        record.lists[slot] = cwe_texts(result.cwe);
        break;
      case FieldOrigin::locations:
        record.lists[slot] =
            result.details ? result.details->locations : std::vector<std::string>();
        break;
    }
  }
  return record;
}

}  // namespace

Verdicts::Verdicts(const Basis& basis, Values& values) : basis_(basis), values_(values) {}

void Verdicts::count_row(const Evidence& evidence, const EvidenceRow& row) const {
  if (basis_.trace == nullptr) return;
  ++basis_.trace->evidence[{static_cast<std::uint32_t>(&evidence - basis_.program.evidence.data()),
                            static_cast<std::uint32_t>(&row - evidence.rows.data())}];
}

Verdict Verdicts::judge(const Evidence* evidence, const std::string& source,
                        const Statement& said) const {
  const TestContent& content = *said.listing->content;
  if (said.absent) {
    // Without an evidence block, what a complete run no longer finds is gone; what none ever found
    // says nothing.
    const bool was_found = content.outcome != TestOutcome::absent;
    Verdict verdict = evidence == nullptr && was_found ? Verdict::passed : Verdict::ignored;
    if (evidence != nullptr) {
      for (const EvidenceRow& row : evidence->rows) {
        if (!row.absent) continue;
        verdict = row.verdict;
        count_row(*evidence, row);
      }
    }
    return verdict;
  }
  if (content.verdict) {
    return content.outcome == TestOutcome::failed   ? Verdict::failed
           : content.outcome == TestOutcome::passed ? Verdict::passed
                                                    : Verdict::ignored;
  }
  const TestSource* known = test_source(source);
  if (evidence == nullptr || known == nullptr) return Verdict::ignored;
  const Record record = record_of(*known, said.test->result(*said.listing));
  Context context;
  context.record = &record;
  for (const EvidenceRow& row : evidence->rows) {
    if (row.absent || !values_.holds(row.when, context, true)) continue;
    count_row(*evidence, row);
    return row.verdict;
  }
  return Verdict::ignored;
}

namespace {

// What a suite said of a test, what holds first, until `takes` gives false. Where no upload is kept the
// listings stand in that order.
template <typename Takes>
void each_statement(const SuiteFacts& suite, const Runs& runs, const KeptTest& test,
                    const Takes& takes) {
  if (suite.runs.empty() && !suite.retired) {
    for (auto each = test.listed.rbegin(); each != test.listed.rend(); ++each) {
      const Provenance& from = each->said->from;
      const Statement said{&test, &*each, from.at, from.seq, from.at, each->said->run, false};
      if (!each->absent() && !takes(said)) return;
    }
    return;
  }
  for (const Statement& each : statements_of(suite, runs, test)) {
    if (!takes(each)) return;
  }
}

}  // namespace

std::optional<BoundResult> Verdicts::holding(const std::string& suite_name, const SuiteFacts& suite,
                                             const Runs& runs, const KeptTest& test) const {
  const Evidence* evidence = basis_.program.evidence_of(suite.source);
  std::optional<Statement> holding;
  Verdict verdict = Verdict::ignored;
  each_statement(suite, runs, test, [&](const Statement& each) {
    if (holding && !each.is_beside(*holding)) return false;
    const Verdict judged = judge(evidence, suite.source, each);
    if (judged > verdict) {
      verdict = judged;
      holding = each;
    }
    return true;
  });
  if (!holding) return std::nullopt;
  return BoundResult{verdict,           false,       holding->absent,  test.name,
                     *holding->listing, holding->at, holding->renewed, std::string(holding->run),
                     suite_name,        suite.source};
}

std::optional<Instant> Verdicts::stale_from(const BoundResult& result) const {
  const Evidence* evidence = basis_.program.evidence_of(result.source);
  if (result.verdict != Verdict::passed || evidence == nullptr || evidence->stale_after <= 0)
    return std::nullopt;
  return Instant{result.renewed.ms + static_cast<std::int64_t>(evidence->stale_after * 1000) + 1};
}

}  // namespace riskd::engine
