#include "engine/product.hpp"

#include <algorithm>
#include <array>

namespace riskd::engine {
namespace {

bool older(const Provenance& a, const Provenance& b) {
  return std::tie(a.at, a.seq) < std::tie(b.at, b.seq);
}

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

void set_all(RawMap& map, const std::vector<std::pair<std::string, RawValue>>& values,
             const Provenance& from) {
  for (const auto& [name, value] : values) set_newest(map[name], value, from);
}

std::string aspect_of(const DecisionFact& decision) {
  switch (decision.state) {
    case DecisionState::accepted:
      return "accepted";
    case DecisionState::false_positive:
      return "false-positive";
    case DecisionState::set:
      return "set:" + decision.attribute;
    default:
      return "state";
  }
}

struct Folding {
  Product& product;
  const Provenance& from;

  void operator()(const ProductFact& fact) const {
    if (fact.title) set_newest(product.title, *fact.title, from);
    set_newest(product.removed, fact.removed, from);
  }
  void operator()(const AnswersFact& fact) const {
    set_all(fact.component.empty() ? product.answers : product.components[fact.component].answers,
            fact.answers, from);
  }
  void operator()(const FieldsFact& fact) const {
    set_all(fact.component.empty() ? product.fields : product.components[fact.component].fields,
            fact.fields, from);
  }
  void operator()(const ComponentFact& fact) const {
    ComponentFacts& component = product.components[fact.id];
    component.declared = true;
    if (!fact.type.empty()) set_newest(component.type, fact.type, from);
    set_newest(component.removed, fact.removed, from);
    set_all(component.answers, fact.answers, from);
    set_all(component.fields, fact.fields, from);
  }
  void operator()(const DecisionFact& fact) const {
    auto& slot = product.decisions[{fact.element, aspect_of(fact)}];
    set_newest(slot, fact, from);
  }
  void operator()(const ApproveFact& fact) const { set_newest(product.approval, fact, from); }
  void operator()(const TicketFact& fact) const {
    auto& seen = product.tickets[{fact.ticket, fact.element}].seen;
    const auto after = std::find_if(seen.rbegin(), seen.rend(),
                                    [&](const auto& each) { return !older(from, each.from); });
    seen.insert(after.base(), {fact, from});
  }
  void operator()(const ToldFact& fact) const {
    TicketFacts& ticket = product.tickets[{fact.ticket, fact.element}];
    if (fact.watched.starts_with("link:")) {
      ticket.links.insert(fact.watched);
    } else {
      set_newest(fact.departed ? ticket.told_departed : ticket.told, fact, from);
    }
  }
  void operator()(const ResultFact& fact) const {
    SuiteFacts& suite = product.suites[fact.suite];
    suite.source = fact.source;
    suite.singles.push_back({fact, from});
  }
  void operator()(const RunFact& fact) const {
    SuiteFacts& suite = product.suites[fact.suite];
    suite.source = fact.source;
    suite.runs.push_back({fact, from});
  }
  void operator()(const SuiteFact& fact) const {
    auto& retired = product.suites[fact.suite].retired;
    if (!retired || older(*retired, from)) retired = from;
  }
};

// Runs with one id are one run.
struct Run {
  Instant at;
  bool complete = true;
  bool failed = false;
  std::vector<std::string> scopes;
  std::string component;
  std::map<TestKey, std::vector<TestEntry>> entries;
};

TestKey key_of(const TestResult& result) { return {result.component, result.id, result.scope}; }

// What holds first: the later time, then the greater run id, then what is listed before what is
// absent. Entries that are alike so far have an order of their content alone, so that neither the
// order of facts nor that of a report's entries shows.
bool holds_before(const TestEntry& a, const TestEntry& b) {
  const auto content = [](const TestResult& each) {
    return std::tie(each.outcome, each.verdict, each.cwe, each.aliases, each.tags, each.attributes,
                    each.title);
  };
  const auto moment = std::tie(b.from.at, b.run, a.absent);
  const auto other = std::tie(a.from.at, a.run, b.absent);
  return moment != other ? moment < other : content(a.result) < content(b.result);
}

}  // namespace

void fold(Product& product, const Fact& fact) {
  std::visit(Folding{product, fact.from}, fact.body);
  product.last_seq = std::max(product.last_seq, fact.from.seq);
}

bool complete_by_default(std::string_view source) {
  return source == "zap" || source == "fortify" || source == "sarif" || source == "wapiti";
}

std::map<TestKey, std::vector<TestEntry>> entries_by_test(const SuiteFacts& suite) {
  const auto counts = [&](const Provenance& from) {
    return !suite.retired || older(*suite.retired, from);
  };
  std::map<std::pair<std::string, std::string>, Run> runs;  // by run id and component
  std::size_t unnamed = 0;
  for (const RunFacts& upload : suite.runs) {
    if (!counts(upload.from)) continue;
    const RunFact& run = upload.run;
    // An upload without a run id is a run of its own, told apart by its time.
    const std::string id =
        run.run.empty() ? "\x01" + to_string(upload.from.at) + "#" + std::to_string(++unnamed)
                        : run.run;
    Run& merged = runs[{id, run.component}];
    merged.at = std::max(merged.at, upload.from.at);
    merged.complete = merged.complete && run.complete.value_or(complete_by_default(run.source));
    merged.failed = merged.failed || run.failed;
    merged.component = run.component;
    merged.scopes.insert(merged.scopes.end(), run.scopes.begin(), run.scopes.end());
    for (const TestResult& listed : run.results) {
      TestResult result = listed;
      if (result.component.empty()) result.component = run.component;
      TestEntry entry{std::move(result), run.run, run.url, false, upload.from};
      merged.entries[key_of(entry.result)].push_back(std::move(entry));
    }
  }
  std::map<TestKey, std::vector<TestEntry>> all;
  std::map<TestKey, Instant> first_seen;
  const auto add = [&](TestEntry entry) {
    const TestKey key = key_of(entry.result);
    const auto [seen, fresh] = first_seen.try_emplace(key, entry.from.at);
    if (!fresh) seen->second = std::min(seen->second, entry.from.at);
    all[key].push_back(std::move(entry));
  };
  for (const Stamped<ResultFact>& single : suite.singles) {
    if (counts(single.from)) add({single.value.result, {}, {}, false, single.from});
  }
  for (const auto& [id, run] : runs) {
    for (const auto& [key, entries] : run.entries) {
      for (const TestEntry& entry : entries) add(entry);
    }
  }
  for (auto& [key, entries] : all) std::stable_sort(entries.begin(), entries.end(), holds_before);
  for (const auto& [id, run] : runs) {
    if (!run.complete || run.failed) continue;
    for (const auto& [key, since] : first_seen) {
      if (since >= run.at || run.entries.contains(key) || key.component != run.component) continue;
      if (!key.scope.empty() &&
          std::find(run.scopes.begin(), run.scopes.end(), key.scope) == run.scopes.end())
        continue;
      // As the run before listed it last.
      const auto& listed = all[key];
      TestEntry entry = *std::find_if(listed.begin(), listed.end(), [&](const TestEntry& each) {
        return !each.absent && each.from.at < run.at;
      });
      entry.absent = true;
      entry.run = id.first.starts_with('\x01') ? "" : id.first;
      entry.from.at = run.at;
      all[key].push_back(std::move(entry));
    }
  }
  for (auto& [key, entries] : all) std::stable_sort(entries.begin(), entries.end(), holds_before);
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
