#include "engine/facts/rename.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace riskd::engine {
namespace {

// "old/web.tls" as "new/web.tls"; anything else as it is.
void rename_element(std::string& element, std::string_view from, std::string_view to) {
  if (element.size() > from.size() && element.starts_with(from) && element[from.size()] == '/')
    element.replace(0, from.size(), to);
}

template <typename T>
void keep_newest(Stamped<T>& slot, Stamped<T>&& other) {
  if (slot.from.seq == 0 || is_older(slot.from, other.from)) slot = std::move(other);
}

void merge(RawMap& into, RawMap&& from) {
  for (auto& [name, value] : from) keep_newest(into[name], std::move(value));
}

void merge(std::optional<Stamped<ToldFact>>& into, std::optional<Stamped<ToldFact>>&& from) {
  if (from && (!into || is_older(into->from, from->from))) into = std::move(from);
}

class Renaming {
 public:
  Renaming(Product& product, const std::string& from, const std::string& to)
      : product_(product), from_(from), to_(to) {}

  void run() {
    component();
    decisions();
    tickets();
    if (product_.approval) approval(product_.approval->value);
    for (auto& [name, suite] : product_.suites) tests(suite);
  }

 private:
  void component() {
    auto known = product_.components.extract(from_);
    if (!known) return;
    ComponentFacts& now = product_.components[to_];
    ComponentFacts& before = known.mapped();
    keep_newest(now.type, std::move(before.type));
    keep_newest(now.removed, std::move(before.removed));
    now.declared = now.declared || before.declared;
    merge(now.answers, std::move(before.answers));
    merge(now.fields, std::move(before.fields));
  }

  void decisions() {
    auto& all = product_.decisions;
    for (auto at = all.lower_bound({from_ + "/", ""}); at != all.end();) {
      if (!at->first.element.starts_with(from_ + "/")) break;
      auto moved = all.extract(at++);
      DecisionKey key = moved.key();
      rename_element(key.element, from_, to_);
      rename_element(moved.mapped().value.element, from_, to_);
      keep_newest(all[key], std::move(moved.mapped()));
    }
  }

  void tickets() {
    std::vector<TicketKey> named;
    for (const auto& [key, facts] : product_.tickets) {
      if (key.element.starts_with(from_ + "/")) named.push_back(key);
    }
    for (TicketKey& key : named) {
      auto moved = product_.tickets.extract(key);
      rename_element(key.element, from_, to_);
      for (auto& each : moved.mapped().seen) rename_element(each.value.element, from_, to_);
      merge_tickets(product_.tickets[key], std::move(moved.mapped()));
    }
  }

  void approval(ApproveFact& fact) const {
    for (std::string& each : fact.elements) rename_element(each, from_, to_);
    std::sort(fact.elements.begin(), fact.elements.end());
    for (SeenElement& each : fact.seen) rename_element(each.element, from_, to_);
  }

  void tests(SuiteFacts& suite) const {
    std::vector<KeptTest> named;
    for (const KeptTest& test : suite.tests) {
      if (test.key().component == from_) named.push_back(test);
    }
    for (const KeptTest& before : named) {
      suite.tests.remove(before.key());
      TestKey key(before.key());
      key.component = to_;
      KeptTest& now = suite.tests.change(key);
      for (const Listing& each : before.listed) add_listing(now, each);
    }
    for (auto& [upload, run] : suite.runs) {
      if (run.run.component == from_) run.run.component = to_;
    }
    suite.closed.rename_component(from_, to_);
  }

  Product& product_;
  const std::string from_;
  const std::string to_;
};

struct Presenting {
  const Product& product;

  void component(std::string& id) const { id = present_component(product, id); }
  void element(std::string& id) const {
    const std::size_t slash = id.find('/');
    if (slash == std::string::npos) return;
    // Of a test, "zap:a/b", the slash may be of its own id.
    const std::size_t colon = id.find(':');
    if (colon < slash) return;
    const std::string before = id.substr(0, slash);
    id = present_component(product, before) + id.substr(slash);
  }

  void operator()(ProductFact&) const {}
  void operator()(AnswersFact& fact) const { component(fact.component); }
  void operator()(FieldsFact& fact) const { component(fact.component); }
  void operator()(ComponentFact& fact) const {
    component(fact.was);
    // An id that the component had before may be its id again.
    if (fact.was.empty() || present_component(product, fact.id) != fact.was) component(fact.id);
  }
  void operator()(DecisionFact& fact) const { element(fact.element); }
  void operator()(ApproveFact& fact) const {
    for (std::string& each : fact.elements) element(each);
    for (SeenElement& each : fact.seen) element(each.element);
  }
  void operator()(TicketFact& fact) const { element(fact.element); }
  void operator()(ToldFact& fact) const { element(fact.element); }
  void operator()(ResultFact& fact) const { component(fact.result.component); }
  void operator()(RunFact& fact) const {
    component(fact.component);
    for (TestResult& each : fact.results) component(each.component);
  }
  void operator()(SuiteFact&) const {}
  void operator()(ClockFact&) const {}
};

}  // namespace

void merge_tickets(TicketFacts& into, TicketFacts from) {
  std::move(from.seen.begin(), from.seen.end(), std::back_inserter(into.seen));
  std::stable_sort(into.seen.begin(), into.seen.end(),
                   [](const auto& a, const auto& b) { return is_older(a.from, b.from); });
  forget_oldest(into.seen);
  merge(into.told, std::move(from.told));
  merge(into.told_departed, std::move(from.told_departed));
  into.links.merge(from.links);
}

const std::string& present_component(const Product& product, const std::string& id) {
  const auto renamed = product.renamed_components.find(id);
  return renamed == product.renamed_components.end() ? id : renamed->second;
}

void name_present_components(const Product& product, FactBody& body) {
  if (!product.renamed_components.empty()) std::visit(Presenting{product}, body);
}

void rename_component(Product& product, const std::string& from, const std::string& to) {
  if (from == to) return;
  const auto known = product.renamed_components.find(from);
  if (known != product.renamed_components.end() && known->second == to) return;
  Renaming(product, from, to).run();
  for (auto& [earlier, present] : product.renamed_components) {
    if (present == from) present = to;
  }
  product.renamed_components[from] = to;
  product.renamed_components.erase(to);
}

}  // namespace riskd::engine
