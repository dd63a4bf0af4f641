// Test results: what they mean by the evidence blocks, and which elements they reach.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/cwe.hpp"
#include "engine/evaluator.hpp"

namespace riskd::engine {

bool glob_matches(std::string_view pattern, std::string_view text) {
  // Two pointers; after a mismatch the last `*` takes one character more.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace {

bool names(const TestBinding& test, const std::string& source, const TestResult& result) {
  if (test.source != source) return false;
  if (source == "junit") {
    return glob_matches(test.name, result.id) ||
           std::any_of(result.aliases.begin(), result.aliases.end(),
                       [&](const std::string& alias) { return glob_matches(test.name, alias); });
  }
  if (test.name == result.id || (source == "cucumber" && test.name == result.title)) return true;
  const auto listed = [&](const std::vector<std::string>& all) {
    return std::find(all.begin(), all.end(), test.name) != all.end();
  };
  return listed(result.aliases) || (source == "cucumber" && listed(result.tags));
}

Record record_of(const std::string& source, const TestEntry& entry) {
  static constexpr std::array<std::pair<std::string_view, EvidenceSlot>, 12> slots{
      {{"class", EvidenceSlot::test_class},
       {"name", EvidenceSlot::name},
       {"suite", EvidenceSlot::suite},
       {"feature", EvidenceSlot::feature},
       {"risk", EvidenceSlot::risk},
       {"confidence", EvidenceSlot::confidence},
       {"alert", EvidenceSlot::alert},
       {"severity", EvidenceSlot::severity},
       {"category", EvidenceSlot::category},
       {"level", EvidenceSlot::level},
       {"kind", EvidenceSlot::kind},
       {"rule", EvidenceSlot::rule}}};
  static constexpr std::array<std::string_view, 4> outcomes{"passed", "failed", "skipped", "error"};
  Record record;
  const TestResult& result = entry.result;
  record.texts[static_cast<std::uint32_t>(EvidenceSlot::outcome)] =
      outcomes[static_cast<std::size_t>(result.outcome)];
  for (const auto& [name, value] : result.attributes) {
    for (const auto& [slot_name, slot] : slots) {
      if (slot_name != name) continue;
      record.texts[static_cast<std::uint32_t>(slot)] = value;
      if (source == "fortify" && slot == EvidenceSlot::confidence) {
        record.numbers[static_cast<std::uint32_t>(slot)] = std::strtod(value.c_str(), nullptr);
      }
    }
    if (name == "suppressed")
      record.truths[static_cast<std::uint32_t>(EvidenceSlot::suppressed)] =
          value == "true" || value == "yes";
  }
  record.lists[static_cast<std::uint32_t>(EvidenceSlot::tags)] = result.tags;
  std::vector<std::string> cwe;
  for (const int number : result.cwe) cwe.push_back("CWE-" + std::to_string(number));
  record.lists[static_cast<std::uint32_t>(EvidenceSlot::cwe)] = std::move(cwe);
  return record;
}

}  // namespace

void Evaluator::count_row(const Evidence& evidence, const EvidenceRow& row) {
  if (trace_ == nullptr) return;
  ++trace_->evidence[{static_cast<std::uint32_t>(&evidence - program_.evidence.data()),
                      static_cast<std::uint32_t>(&row - evidence.rows.data())}];
}

Verdict Evaluator::judge(const Evidence* evidence, const std::string& source,
                         const TestEntry& entry, bool& stale) {
  Verdict verdict = Verdict::ignored;
  if (entry.absent) {
    // Without an evidence block, what a complete run no longer finds is gone.
    verdict = evidence == nullptr ? Verdict::passed : Verdict::ignored;
    if (evidence != nullptr) {
      for (const EvidenceRow& row : evidence->rows) {
        if (!row.absent) continue;
        verdict = row.verdict;
        count_row(*evidence, row);
      }
    }
  } else if (entry.result.verdict) {
    if (entry.result.outcome == TestOutcome::failed) verdict = Verdict::failed;
    if (entry.result.outcome == TestOutcome::passed) verdict = Verdict::passed;
  } else if (evidence != nullptr) {
    const Record record = record_of(source, entry);
    Context context;
    context.record = &record;
    for (const EvidenceRow& row : evidence->rows) {
      if (row.absent || !holds(row.when, context, true)) continue;
      verdict = row.verdict;
      count_row(*evidence, row);
      break;
    }
  }
  stale = false;
  if (verdict == Verdict::passed && evidence != nullptr && evidence->stale_after > 0) {
    const Instant end{entry.from.at.ms + static_cast<std::int64_t>(evidence->stale_after * 1000)};
    stale = now_ > end;
    if (!stale) changes_at(Instant{end.ms + 1});
  }
  return verdict;
}

void Evaluator::bind_results() {
  for (const auto& suite_entry : product_.suites) {
    const std::string& suite_name = suite_entry.first;
    const SuiteFacts& suite = suite_entry.second;
    const Evidence* evidence = program_.evidence_of(suite.source);
    auto& tests = entries_[suite_name] = entries_by_test(suite);
    for (const auto& tested : tests) {
      const TestKey& key = tested.first;
      const std::vector<TestEntry>& entries = tested.second;
      BoundResult bound;
      bound.suite = suite_name;
      bound.source = suite.source;
      // The newest entries that say something; of several at one time the worst.
      for (std::size_t i = 0; i < entries.size() && bound.entry == nullptr;) {
        std::size_t j = i;
        for (; j < entries.size() && entries[j].from.at == entries[i].from.at &&
               entries[j].run == entries[i].run;
             ++j) {
          bool stale = false;
          const Verdict verdict = judge(evidence, suite.source, entries[j], stale);
          if (verdict == Verdict::ignored ||
              (bound.entry != nullptr && bound.verdict == Verdict::failed))
            continue;
          if (bound.entry != nullptr && verdict == bound.verdict) continue;
          bound.verdict = verdict;
          bound.stale = stale;
          bound.entry = &entries[j];
        }
        i = j;
      }
      if (bound.entry == nullptr) continue;
      const TestResult& result = bound.entry->result;
      const auto is_false_positive = [&](const std::string& component) {
        const std::string prefix = component.empty() ? "" : component + "/";
        const auto decided = [&](const std::string& id) {
          return decision(prefix + suite.source + ":" + id, "false-positive") != nullptr;
        };
        return decided(result.id) ||
               std::any_of(result.aliases.begin(), result.aliases.end(), decided);
      };
      if (is_false_positive("") || (!key.component.empty() && is_false_positive(key.component)))
        continue;
      bool named = false;
      bool reached = false;
      const auto visit = [&](const auto& by_name) {
        for (const auto& scope : scopes_) {
          if (!key.component.empty() && scope->id != key.component) continue;
          const bool ignored =
              key.component.empty() && !scope->id.empty() && is_false_positive(scope->id);
          by_name(*scope, ignored);
        }
      };
      visit([&](ScopeInstance& scope, bool ignored) {
        const auto each = [&](auto& instances, const auto& definitions) {
          for (auto& [index, instance] : instances) {
            const auto& bindings = definitions[index].tests;
            if (!std::any_of(bindings.begin(), bindings.end(), [&](const TestBinding& test) {
                  return names(test, suite.source, result);
                }))
              continue;
            named = reached = true;
            if (!ignored) instance->tests.results.push_back(bound);
          }
        };
        each(scope.weaknesses, program_.weaknesses);
        each(scope.countermeasures, program_.countermeasures);
      });
      if (!named) {
        visit([&](ScopeInstance& scope, bool ignored) {
          for (auto& [index, instance] : scope.weaknesses) {
            const int cwe = program_.weaknesses[index].cwe;
            const bool below = program_.weaknesses[index].cwe_descendants;
            const auto is_it = [&](int found) {
              return found == cwe || (below && is_more_specific(found, cwe));
            };
            if (cwe == 0 || std::none_of(result.cwe.begin(), result.cwe.end(), is_it)) continue;
            reached = true;
            if (!ignored) instance->tests.results.push_back(bound);
          }
        });
      }
      if (!reached) {
        std::string hint = "test " + suite.source + " ";
        hint += suite.source == "zap" ? result.id : "\"" + result.id + "\"";
        unmatched_.push_back({suite_name, suite.source,
                              key.component.empty() ? result.id : key.component + "/" + result.id,
                              sanitize_outside(result.title, 200), result.cwe, hint});
      }
    }
  }
  for (WeaknessInstance& weakness : weakness_store_) settle(weakness.tests);
  for (CountermeasureInstance& countermeasure : countermeasure_store_) settle(countermeasure.tests);
}

void Evaluator::settle(TestedElement& element) {
  const auto rank = [](const BoundResult& result) {
    if (result.verdict == Verdict::failed) return Tested::failed;
    return result.stale ? Tested::stale : Tested::passed;
  };
  for (const BoundResult& result : element.results)
    element.tested = std::max(element.tested, rank(result));
  for (const BoundResult& result : element.results) {
    if (rank(result) != element.tested) continue;
    if (element.deciding == nullptr ||
        std::tie(element.deciding->entry->from.at, element.deciding->entry->run) <
            std::tie(result.entry->from.at, result.entry->run)) {
      element.deciding = &result;
    }
  }
}

}  // namespace riskd::engine
