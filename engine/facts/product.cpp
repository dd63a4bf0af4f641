#include "engine/facts/product.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/base/limits.hpp"
#include "engine/facts/clock.hpp"
#include "engine/facts/close_runs.hpp"
#include "engine/facts/rename.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::engine {

bool is_older(const Provenance& a, const Provenance& b) {
  return std::tie(a.at, a.seq) < std::tie(b.at, b.seq);
}

std::string aspect_of(const DecisionFact& decision) {
  switch (decision.state) {
    case DecisionState::accepted:
      return "accepted";
    case DecisionState::false_positive:
      return "false-positive";
    case DecisionState::set:
      return "set:" + decision.attribute;
    case DecisionState::required:
    case DecisionState::recommended:
    case DecisionState::rejected:
    case DecisionState::not_applicable:
    case DecisionState::implemented:
    case DecisionState::not_implemented:
      return "state";
  }
  return "state";
}

namespace {

bool older(const Provenance& a, const Provenance& b) { return is_older(a, b); }

template <typename T>
void set_newest(Stamped<T>& slot, T value, const Provenance& from) {
  if (slot.from.seq != 0 && older(from, slot.from)) return;
  slot = {std::move(value), from};
}

template <typename T>
void set_newest(std::optional<Stamped<T>>& slot, T value, const Provenance& from) {
  if (slot && older(from, slot->from)) return;
  slot = Stamped<T>{std::move(value), from};
}

void set_all(RawMap& map, std::vector<std::pair<std::string, RawValue>>& values,
             const Provenance& from) {
  for (auto& [name, value] : values) set_newest(map[name], std::move(value), from);
}

// The fact that said it, where that is no part of a run; 0 where it may be.
std::uint64_t fact_of(const Saying& said) { return said.run.empty() ? said.from.seq : 0; }

TestKeyView key_of(const TestResult& result) { return {result.component, result.id, result.scope}; }

// What holds more: the later time, then the greater run id, then of facts that belong to no run the later
// one, then what is listed before what is absent. Listings that are alike so far have an order of their
// content alone, so that the order of a report's entries does not show.
bool holds_before(const KeptTest& test, const Listing& a, const Listing& b) {
  const auto moment =
      std::make_tuple(b.said->from.at, std::string_view(b.said->run), fact_of(*b.said), a.absent());
  const auto other =
      std::make_tuple(a.said->from.at, std::string_view(a.said->run), fact_of(*a.said), b.absent());
  if (moment != other) return moment < other;
  if (a.content == b.content) return false;
  const auto content = [](const TestResult& each) {
    return std::tie(each.outcome, each.verdict, each.cwe, each.aliases, each.tags, each.attributes,
                    each.title);
  };
  return content(test.result(a)) < content(test.result(b));
}

// The oldest absence, where there are too many.
void forget_absence(std::vector<Listing>& listed) {
  const auto is_absent = [](const Listing& each) { return each.absent(); };
  const auto count = std::count_if(listed.begin(), listed.end(), is_absent);
  if (static_cast<std::size_t>(count) <= limits::test_absences) return;
  listed.erase(std::find_if(listed.begin(), listed.end(), is_absent));
}

// The content of a listing of the test that says the same, the newest first; otherwise that itself.
Shared<TestContent> known_content(const KeptTest& test, Shared<TestContent> content,
                                  SharedContents* others) {
  const auto same = std::find_if(test.listed.rbegin(), test.listed.rend(),
                                 [&](const Listing& each) { return *each.content == *content; });
  if (same != test.listed.rend()) return same->content;
  return others == nullptr ? content : others->find_or_add(std::move(content));
}

// Takes what is kept out of the fact.
struct Folding {
  Product& product;
  const Provenance& from;

  void operator()(ProductFact& fact) const {
    if (fact.title) set_newest(product.title, std::move(*fact.title), from);
    set_newest(product.removed, fact.removed, from);
  }
  void operator()(AnswersFact& fact) const {
    set_all(fact.component.empty() ? product.answers : product.components[fact.component].answers,
            fact.answers, from);
  }
  void operator()(FieldsFact& fact) const {
    set_all(fact.component.empty() ? product.fields : product.components[fact.component].fields,
            fact.fields, from);
  }
  void operator()(ComponentFact& fact) const {
    if (!fact.was.empty()) rename_component(product, fact.was, fact.id);
    ComponentFacts& component = product.components[fact.id];
    component.declared = true;
    if (!fact.type.empty()) set_newest(component.type, std::move(fact.type), from);
    set_newest(component.removed, fact.removed, from);
    set_all(component.answers, fact.answers, from);
    set_all(component.fields, fact.fields, from);
  }
  void operator()(DecisionFact& fact) const {
    auto& slot = product.decisions[{fact.element, aspect_of(fact)}];
    set_newest(slot, std::move(fact), from);
  }
  void operator()(ApproveFact& fact) const {
    std::sort(fact.elements.begin(), fact.elements.end());
    set_newest(product.approval, std::move(fact), from);
  }
  void operator()(TicketFact& fact) const {
    auto& seen = product.tickets[{fact.ticket, fact.element}].seen;
    const auto after = std::find_if(seen.rbegin(), seen.rend(),
                                    [&](const auto& each) { return !older(from, each.from); });
    seen.insert(after.base(), {std::move(fact), from});
    forget_oldest(seen);
  }
  void operator()(ToldFact& fact) const {
    TicketFacts& ticket = product.tickets[{fact.ticket, fact.element}];
    if (fact.watched.starts_with("link:")) {
      ticket.links.insert(std::move(fact.watched));
    } else {
      auto& told = fact.departed ? ticket.told_departed : ticket.told;
      set_newest(told, std::move(fact), from);
    }
  }
  void operator()(ResultFact& fact) const {
    SuiteFacts& suite = product.suites[fact.suite];
    set_source(suite, fact.source);
    ++suite.singles;
    KeptTest& test = suite.tests.change(key_of(fact.result));
    Saying said;
    said.from = from;
    add_listing(test, {known_content(test, content_of(fact.result), nullptr),
                       make_shared_value<Saying>(std::move(said))});
  }
  void operator()(RunFact& fact) const {
    SuiteFacts& suite = product.suites[fact.suite];
    set_source(suite, fact.source);
    const std::uint32_t uploads_before = suite.next_upload;
    open_run(suite, fact);
    const std::uint32_t upload = suite.next_upload++;
    Saying of_all;
    of_all.from = from;
    of_all.run = fact.run;
    of_all.url = fact.url;
    of_all.upload = upload;
    const auto said = make_shared_value<Saying>(std::move(of_all));
    std::size_t results = 0;
    SharedContents contents;
    for (TestResult& each : fact.results) {
      results += each.outcome == TestOutcome::absent ? 0 : 1;
      if (each.component.empty()) each.component = fact.component;
      KeptTest& test = suite.tests.change(key_of(each));
      add_listing(test, {known_content(test, content_of(each), &contents), said});
    }
    RunFact run;
    run.suite = fact.suite;
    run.run = fact.run;
    run.source = fact.source;
    run.component = fact.component;
    run.url = fact.url;
    run.complete = fact.complete;
    run.more = fact.more;
    run.failed = fact.failed;
    run.scopes = fact.scopes;
    suite.runs.emplace(upload, RunFacts{std::move(run), results, from});
    constexpr std::uint32_t each = limits::suite_recent_uploads;
    if (uploads_before / each != suite.next_upload / each) close_runs(suite);
    if (suite.runs.size() <= limits::suite_uploads) return;
    suite.runs.erase(std::min_element(
        suite.runs.begin(), suite.runs.end(),
        [](const auto& a, const auto& b) { return older(a.second.from, b.second.from); }));
  }
  void set_source(SuiteFacts& suite, const std::string& source) const {
    if (suite.source_from.seq != 0 && older(from, suite.source_from)) return;
    suite.source = source;
    suite.source_from = from;
  }
  void operator()(ClockFact& fact) const { bring_back_times(product, fact.latest); }
  void operator()(SuiteFact& fact) const {
    auto& retired = product.suites[fact.suite].retired;
    if (!retired || older(*retired, from)) retired = from;
  }
};

}  // namespace

void add_listing(KeptTest& test, Listing listing) {
  std::vector<Listing>& listed = test.listed;
  const auto holds_less = [&](const Listing& a, const Listing& b) {
    return holds_before(test, b, a);
  };
  // The newest as a rule.
  const bool is_last = listed.empty() || holds_less(listed.back(), listing);
  const auto place =
      is_last ? listed.end() : std::lower_bound(listed.begin(), listed.end(), listing, holds_less);
  const bool absent = listing.absent();
  // One at a time comes to each of very many tests.
  const auto at = place - listed.begin();
  if (listed.size() == listed.capacity()) listed.reserve(listed.size() + 1 + listed.size() / 4);
  listed.insert(listed.begin() + at, std::move(listing));
  if (absent) forget_absence(listed);
  if (listed.size() > limits::test_listings) listed.erase(listed.begin());
}

void forget_oldest(std::vector<Stamped<TicketFact>>& seen) {
  if (seen.size() <= limits::ticket_observations) return;
  const auto surplus = static_cast<std::ptrdiff_t>(seen.size() - limits::ticket_observations);
  seen.erase(seen.begin(), seen.begin() + surplus);
}

void fold(Product& product, Fact fact) {
  name_present_components(product, fact.body);
  std::visit(Folding{product, fact.from}, fact.body);
  product.last_seq = std::max(product.last_seq, fact.from.seq);
}

bool complete_by_default(std::string_view source) {
  const TestSource* known = test_source(source);
  return known != nullptr && known->covers_absent;
}

std::string_view tool_of(const TestResult& result) {
  for (const auto& [name, value] : result.attributes) {
    if (name == "tool") return value;
  }
  return {};
}

TestEntry entry_of(const KeptTest& test, const Listing& listing) {
  const Saying& said = *listing.said;
  return {test.result(listing), said.run, said.url, listing.absent(), said.from, said.upload};
}

TestEntry Statement::as_entry() const {
  TestEntry said = entry_of(*test, *listing);
  said.absent = absent;
  said.run = run;
  said.from.at = at;
  return said;
}

namespace {

bool counts(const SuiteFacts& suite, const Provenance& from) {
  return !suite.retired || older(*suite.retired, from);
}

}  // namespace

Runs runs_of(const SuiteFacts& suite) {
  std::vector<Run> runs;
  std::map<std::pair<std::string, std::string>, std::size_t> by_id;  // run id, component
  std::vector<std::pair<std::uint32_t, std::size_t>> uploads;
  std::vector<const RunFacts*> last;  // part of each to arrive: it says whether more follow
  for (const auto& [id, upload] : suite.runs) {
    if (!counts(suite, upload.from)) continue;
    std::size_t at = runs.size();
    if (!upload.run.run.empty())
      at = by_id.try_emplace({upload.run.run, upload.run.component}, at).first->second;
    if (at == runs.size()) {
      runs.emplace_back();
      last.push_back(&upload);
      runs.back().id = upload.run.run;
      runs.back().component = upload.run.component;
      runs.back().at = upload.from.at;
      runs.back().seq = upload.from.seq;
    }
    Run& run = runs[at];
    if (std::tie(upload.from.at, upload.from.seq) < std::tie(run.at, run.seq))
      std::tie(run.at, run.seq) = std::tie(upload.from.at, upload.from.seq);
    if (last[at]->from.seq < upload.from.seq) last[at] = &upload;
    run.renewed = std::max(run.renewed, upload.from.at);
    run.complete =
        run.complete && upload.run.complete.value_or(complete_by_default(upload.run.source));
    run.failed = run.failed || upload.run.failed;
    run.scopes.insert(run.scopes.end(), upload.run.scopes.begin(), upload.run.scopes.end());
    uploads.emplace_back(id, at);
  }
  for (std::size_t i = 0; i < runs.size(); ++i)
    runs[i].complete = runs[i].complete && !last[i]->run.more;
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(runs[b].at, runs[b].seq, a) < std::tie(runs[a].at, runs[a].seq, b);
  });
  Runs all;
  std::vector<std::uint32_t> place(runs.size());
  for (const std::size_t each : order) {
    place[each] = static_cast<std::uint32_t>(all.newest_first.size());
    all.newest_first.push_back(std::move(runs[each]));
  }
  for (const auto& [id, at] : uploads)
    all.of_upload.emplace_hint(all.of_upload.end(), id, place[at]);
  return all;
}

std::vector<Statement> statements_of(const SuiteFacts& suite, const Runs& runs,
                                     const KeptTest& test) {
  std::vector<Statement> said;
  const std::vector<Listing>& listed = test.listed;
  said.reserve(listed.size());
  std::vector<std::uint32_t> listing;               // runs, as Runs::newest_first has them
  std::map<std::uint32_t, const Listing*> without;  // runs that say that they had no result
  for (auto each = listed.rbegin(); each != listed.rend(); ++each) {
    const Saying& of = *each->said;
    if (!counts(suite, of.from)) continue;
    const auto upload = runs.of_upload.find(of.upload);
    const Run* run = upload == runs.of_upload.end() ? nullptr : &runs.newest_first[upload->second];
    if (each->absent()) {
      if (run != nullptr) without.emplace(upload->second, &*each);
      continue;
    }
    // Of a run that is no longer kept the listing's own moment is what is known.
    if (run == nullptr)
      said.push_back({&test, &*each, of.from.at, of.from.seq, of.from.at, of.run, false});
    else
      said.push_back({&test, &*each, run->at, run->seq, run->renewed, of.run, false});
    if (run != nullptr) listing.push_back(upload->second);
  }
  if (said.empty() && without.empty()) return said;
  const auto is_later = [](const auto& a, const auto& b) {
    return std::tie(b.at, b.seq) < std::tie(a.at, a.seq);
  };
  std::stable_sort(said.begin(), said.end(),
                   [&](const Statement& a, const Statement& b) { return is_later(a, b); });
  const TestKeyView key = test.key();
  // Of older runs nobody knows whether they listed it.
  const auto earlier = [&](const Run& run) { return !said.empty() && is_later(run, said.back()); };
  for (std::uint32_t i = 0; i < runs.newest_first.size(); ++i) {
    const Run& run = runs.newest_first[i];
    if (!earlier(run) && without.empty()) break;
    if (!run.complete || run.failed || key.component != run.component) continue;
    const auto told = without.find(i);
    if (told == without.end() && !earlier(run)) continue;
    if (!key.scope.empty() &&
        std::find(run.scopes.begin(), run.scopes.end(), key.scope) == run.scopes.end())
      continue;
    if (std::find(listing.begin(), listing.end(), i) != listing.end()) continue;
    // Absent, as the run before listed it last; where none did, as its own report names the check.
    const auto place = std::find_if(said.begin(), said.end(),
                                    [&](const Statement& each) { return is_later(run, each); });
    const Listing* last = place != said.end() ? place->listing : told->second;
    said.insert(place, {&test, last, run.at, run.seq, run.renewed, run.id, true});
    break;
  }
  return said;
}

std::map<TestKey, std::vector<TestEntry>> entries_by_test(const SuiteFacts& suite) {
  const Runs runs = runs_of(suite);
  std::map<TestKey, std::vector<TestEntry>> all;
  for (const KeptTest& test : suite.tests) {
    std::vector<TestEntry> entries;
    for (const Statement& said : statements_of(suite, runs, test))
      entries.push_back(said.as_entry());
    if (!entries.empty()) all.emplace(test.key(), std::move(entries));
  }
  return all;
}

namespace {
constexpr std::array<std::pair<DecisionState, std::string_view>, 9> decision_names{
    {{DecisionState::required, "required"},
     {DecisionState::recommended, "recommended"},
     {DecisionState::rejected, "rejected"},
     {DecisionState::not_applicable, "not-applicable"},
     {DecisionState::implemented, "implemented"},
     {DecisionState::not_implemented, "not-implemented"},
     {DecisionState::accepted, "accepted"},
     {DecisionState::false_positive, "false-positive"},
     {DecisionState::set, "set"}}};
}  // namespace

std::string_view to_string(TestOutcome outcome) {
  switch (outcome) {
    case TestOutcome::passed:
      return "passed";
    case TestOutcome::failed:
      return "failed";
    case TestOutcome::skipped:
      return "skipped";
    case TestOutcome::error:
      return "error";
    case TestOutcome::absent:
      return "absent";
  }
  return "error";
}

std::string_view to_string(DecisionState state) {
  for (const auto& [each, name] : decision_names) {
    if (each == state) return name;
  }
  return "";
}

std::optional<DecisionState> decision_state(std::string_view text) {
  for (const auto& [state, name] : decision_names) {
    if (name == text) return state;
  }
  return std::nullopt;
}

}  // namespace riskd::engine
