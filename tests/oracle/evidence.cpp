// What tests say, as "Evidence" of docs/language.md has it.
#include "engine/program/cwe_parents.hpp"
#include "tests/oracle/evaluator.hpp"

namespace riskd::oracle {
namespace {

bool names(const TestBinding& test, const std::string& source, const TestResult& result) {
  if (test.source != source) return false;
  if (source == "cucumber" && test.name.starts_with('@')) {
    return std::find(result.tags.begin(), result.tags.end(), test.name) != result.tags.end();
  }
  std::string tool;
  for (const auto& [name, text] : result.attributes) {
    if (name == "tool") tool = text;
  }
  if (!test.tool.empty() && !glob(lower(test.tool), lower(tool))) return false;
  const bool globs = test_source(source)->has_globs;
  const auto named = [&](const std::string& id) {
    return globs ? glob(test.name, id) : test.name == id;
  };
  for (const auto& [name, text] : result.attributes) {
    if (source == "junit" && name == "suite" && !text.empty() && named(text + "." + result.id))
      return true;
  }
  return named(result.id) || std::any_of(result.aliases.begin(), result.aliases.end(), named);
}

// A CWE and all that are below it: whoever has a parent in the set joins it, until nobody does.
std::set<int> below(int cwe) {
  std::set<int> found{cwe};
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (const auto& each : cwe_parents) {
      if (found.contains(each.parent)) found.insert(each.child);
    }
  }
  return found;
}

// The result that holds comes first. Two that are otherwise equal are ordered by what they say.
bool first_of(const Said& a, const Said& b) {
  if (a.at != b.at) return a.at > b.at;
  if (a.fact != b.fact) return a.fact > b.fact;
  if (a.part != b.part) return a.part > b.part;
  if (a.absent != b.absent) return b.absent;
  const auto says = [](const TestResult& r) {
    return std::tie(r.outcome, r.verdict, r.cwe, r.aliases, r.tags, r.attributes, r.title);
  };
  return says(a.result) < says(b.result);
}

}  // namespace

// Each test of a suite with all that was said of it; what a run covers and does not list is absent.
std::map<TestKey, std::vector<Said>> Evaluator::said_of_tests(const SuiteFacts& suite) const {
  const auto counts = [&](const Provenance& from) {
    return !suite.retired ||
           std::tie(suite.retired->at, suite.retired->seq) < std::tie(from.at, from.seq);
  };
  struct Run {
    std::string id, component;
    Instant at, renewed;
    std::uint64_t seq = 0;
    bool complete = true, failed = false, waits = false;
    std::vector<std::string> scopes;
    std::set<TestKey> listed;
    std::map<TestKey, TestResult> without;  // checks that it says it made, with no result
    std::uint64_t last = 0;                 // part of it to arrive
  };
  std::map<TestKey, std::vector<Said>> tests_said;
  std::vector<Run> runs;
  std::map<std::uint32_t, std::size_t> of_upload;  // the run that an upload is part of
  for (const auto& numbered : suite.runs) {
    const RunFacts& upload = numbered.second;
    const bool counting = counts(upload.from);
    auto run = std::find_if(runs.begin(), runs.end(), [&](const Run& each) {
      return !each.id.empty() && each.id == upload.run.run &&
             each.component == upload.run.component;
    });
    if (run == runs.end() || !counting)
      run = runs.insert(
          runs.end(),
          Run{upload.run.run, upload.run.component, {}, {}, 0, true, false, false, {}, {}, {}, {}});
    of_upload[numbered.first] = static_cast<std::size_t>(run - runs.begin());
    if (!counting) run->id.clear(), run->failed = true;
    if (run->seq == 0 || std::tie(upload.from.at, upload.from.seq) < std::tie(run->at, run->seq))
      run->at = upload.from.at, run->seq = upload.from.seq;
    run->renewed = std::max(run->renewed, upload.from.at);
    run->complete =
        run->complete && upload.run.complete.value_or(complete_by_default(upload.run.source));
    run->failed = run->failed || upload.run.failed;
    if (run->last <= upload.from.seq) run->last = upload.from.seq, run->waits = upload.run.more;
    run->scopes.insert(run->scopes.end(), upload.run.scopes.begin(), upload.run.scopes.end());
  }
  for (const KeptTest& test : suite.tests) {
    const TestKey key(test.key());
    for (const Listing& listing : test.listed) {
      const TestEntry entry = entry_of(test, listing);
      if (!counts(entry.from)) continue;
      if (entry.absent) {
        tests_said[key];
        runs[of_upload[entry.upload]].without[key] = entry.result;
        continue;
      }
      const Instant at = entry.from.at;
      Said said{entry.result, at, entry.run, false, entry.from.seq, at, at};
      const auto upload = of_upload.find(entry.upload);
      if (upload != of_upload.end()) {
        Run& run = runs[upload->second];
        said.at = run.at, said.fact = run.seq, said.renewed = run.renewed;
        run.listed.insert(key);
      }
      tests_said[key].push_back(said);
    }
  }
  for (auto& [key, all] : tests_said) {
    const std::vector<Said> listed = all;
    for (const Run& run : runs) {
      const auto is_before = [&](const Said& said) {
        return std::tie(said.at, said.fact) < std::tie(run.at, run.seq);
      };
      const bool earlier = std::any_of(listed.begin(), listed.end(), is_before);
      const bool site = key.scope.empty() || std::find(run.scopes.begin(), run.scopes.end(),
                                                       key.scope) != run.scopes.end();
      const auto without = run.without.find(key);
      if (run.failed || !run.complete || run.waits || !(earlier || without != run.without.end()) ||
          !site || run.listed.contains(key) || run.component != key.component)
        continue;
      // As the run before listed it last.
      const Said* last = nullptr;
      for (const Said& said : listed) {
        if (is_before(said) && (last == nullptr || first_of(said, *last))) last = &said;
      }
      all.push_back({last ? last->result : without->second, run.at, run.id, true, run.seq,
                     run.renewed, run.at});
    }
    std::stable_sort(all.begin(), all.end(), first_of);
  }
  return tests_said;
}

Verdict Evaluator::judge(const std::string& source, const Said& said) const {
  static const std::vector<std::string> outcomes{"passed", "failed", "skipped", "error", "absent"};
  const Evidence* evidence = program.evidence_of(source);
  const TestResult& result = said.result;
  if (!said.absent && result.verdict) {
    return result.outcome == TestOutcome::passed   ? Verdict::passed
           : result.outcome == TestOutcome::failed ? Verdict::failed
                                                   : Verdict::ignored;
  }
  // Of a source without a block counts that a test which once was listed is listed no more.
  if (evidence == nullptr)
    return said.absent && result.outcome != TestOutcome::absent ? Verdict::passed
                                                                : Verdict::ignored;
  Record record;
  const auto fields = test_source(source)->fields;
  for (std::uint32_t slot = 0; slot < fields.size(); ++slot) {
    const std::string_view field = fields[slot].name;
    if (field == "outcome") record.texts[slot] = outcomes[static_cast<std::size_t>(result.outcome)];
    if (field == "tags") record.lists[slot] = result.tags;
    if (field == "locations" && result.details) record.lists[slot] = result.details->locations;
    for (const int cwe : result.cwe) {
      if (field == "cwe") record.lists[slot].push_back("CWE-" + std::to_string(cwe));
    }
    for (const auto& [name, text] : result.attributes) {
      if (name == field && !text.empty()) record.texts[slot] = text;
    }
  }
  At at;
  at.record = &record;
  for (const EvidenceRow& row : evidence->rows) {
    if (row.absent ? said.absent
                   : row.when == no_node || (!said.absent && truth_of(row.when, at).yes()))
      return row.verdict;
  }
  return Verdict::ignored;
}

void Evaluator::run_tests() {
  for (const auto& [name, suite] : product.suites) {
    for (const auto& [key, all] : said_of_tests(suite)) bind(suite.source, all);
  }
}

// Brings one test's outcome to the elements that it is about: what the entry that holds names. The
// newest that is not ignored holds; of those that were said at once, the worst.
void Evaluator::bind(const std::string& source, const std::vector<Said>& all) {
  const Said* holds = nullptr;
  Verdict verdict = Verdict::ignored;
  for (const Said& said : all) {
    if (holds && std::tie(said.at, said.fact) < std::tie(holds->at, holds->fact)) break;
    if (const Verdict each = judge(source, said); each > verdict) verdict = each, holds = &said;
  }
  if (!holds) return;
  const TestResult& result = holds->result;
  std::vector<Element> about;
  const auto named = [&](const auto& elements, const auto& table) {
    for (const auto& [id, element] : elements) {
      const auto& bindings = table[element.index].tests;
      const bool here = result.component.empty() || result.component == element.part->id;
      if (here && std::any_of(bindings.begin(), bindings.end(),
                              [&](const auto& test) { return names(test, source, result); }))
        about.push_back(element);
    }
  };
  named(weaknesses, program.weaknesses);
  named(countermeasures, program.countermeasures);
  if (about.empty()) {
    // Of several CWEs those that have no special case among the others.
    std::vector<int> most_special;
    for (const int each : result.cwe) {
      std::set<int> cases = below(each);
      cases.erase(each);
      if (std::none_of(result.cwe.begin(), result.cwe.end(),
                       [&](int other) { return cases.contains(other); }))
        most_special.push_back(each);
    }
    for (const auto& [id, element] : weaknesses) {
      const int cwe = program.weaknesses[element.index].cwe;
      const bool here = result.component.empty() || result.component == element.part->id;
      std::set<int> meant{cwe};
      const CweMatch match = program.weaknesses[element.index].cwe_match;
      if (match == CweMatch::never) continue;
      if (match == CweMatch::descendants) meant = below(cwe);
      const auto is_meant = [&](int found) { return meant.contains(found); };
      if (cwe != 0 && here && std::any_of(most_special.begin(), most_special.end(), is_meant))
        about.push_back(element);
    }
  }
  const Evidence* evidence = program.evidence_of(source);
  const double stale_after = evidence ? evidence->stale_after : 0;
  if (verdict == Verdict::untested) return;  // neither there nor not
  for (const Element& element : about) {
    std::vector<std::string> ids = result.aliases;
    ids.push_back(result.id);
    if (std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
          return is_false_positive(source + ":" + id) ||
                 is_false_positive(element.part->id + "/" + source + ":" + id);
        })) {
      continue;
    }
    Tests& outcome = tests[element.id];
    const bool old =
        stale_after > 0 && static_cast<double>(now.ms - holds->renewed.ms) >= stale_after * 1000;
    if (verdict == Verdict::failed) {
      outcome.newest_failed = std::max(outcome.newest_failed, holds->at);
      for (const std::string& each : ids) {
        outcome.failing.insert(source + ":" + each);
        outcome.failing.insert(element.part->id + "/" + source + ":" + each);
      }
    }
    (verdict == Verdict::failed ? outcome.failed : old ? outcome.stale : outcome.passed) = true;
  }
}

Tested Evaluator::tested(const std::string& element) const {
  const auto it = tests.find(element);
  if (it == tests.end()) return Tested::untested;
  if (it->second.failed) return Tested::failed;
  return it->second.passed ? Tested::passed : Tested::stale;
}

}  // namespace riskd::oracle
