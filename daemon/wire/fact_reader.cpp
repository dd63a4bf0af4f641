#include <array>
#include <cmath>
#include <memory>

#include "daemon/wire/fact_values.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

constexpr std::array<std::string_view, 11> kinds{"answers", "fields", "component", "decision",
                                                 "approve", "ticket", "result",    "run",
                                                 "suite",   "told",   "clock"};
constexpr std::size_t own_kinds = 2;  // the last ones, which riskd alone says

std::vector<int> read_cwe(const Node& node) {
  std::vector<int> list;
  if (!node.there()) return list;
  const std::vector<Node> nodes =
      node.is(Json::Kind::array) ? node.items() : std::vector<Node>{node};
  for (const Node& each : nodes) {
    const double number = each.number();
    if (number < 1 || number > 1'000'000 || number != std::floor(number)) {
      each.refuse("this must be the number of a CWE");
      return {};
    }
    list.push_back(static_cast<int>(number));
  }
  return list;
}

TestOutcome read_outcome(const Node& node, Origin origin) {
  const std::string text = node.text();
  if (text == "passed") return TestOutcome::passed;
  if (text == "failed") return TestOutcome::failed;
  if (origin == Origin::store && text == "skipped") return TestOutcome::skipped;
  if (origin == Origin::store && text == "error") return TestOutcome::error;
  if (origin == Origin::store && text == "absent") return TestOutcome::absent;
  node.refuse("this must be `passed` or `failed`");
  return TestOutcome::passed;
}

std::shared_ptr<const TestDetails> read_details(const Node& node) {
  TestDetails details;
  details.message = node.at("message").text();
  details.severity = node.at("severity").text();
  details.url = node.at("help-url").text();
  details.locations = node.at("locations").texts();
  return details == TestDetails{} ? nullptr
                                  : std::make_shared<const TestDetails>(std::move(details));
}

TestResult read_test(const Node& node, Origin origin) {
  TestResult test;
  test.id = node.need("id").text();
  test.title = node.at("title").text();
  test.aliases = node.at("aliases").texts();
  test.component = node.at("component").text();
  test.scope = node.at("scope").text();
  test.cwe = read_cwe(node.at("cwe"));
  test.outcome = read_outcome(node.need("outcome"), origin);
  test.tags = node.at("tags").texts();
  test.details = read_details(node);
  if (origin != Origin::store) return test;
  if (const Node verdict = node.at("verdict"); verdict.there()) test.verdict = verdict.truth();
  if (const Node attributes = node.at("attributes"); attributes.there()) {
    for (const Node& pair : attributes.items()) {
      const auto texts = pair.texts();
      if (texts.size() != 2) {
        pair.refuse("this must be a name and a value");
        break;
      }
      test.attributes.emplace_back(texts[0], texts[1]);
    }
  }
  return test;
}

// Names of members, as Node::only takes them: some lists differ by who speaks, or by where the fact stands. They are made
// once.
using Names = std::vector<std::string_view>;

Names with(Names first, const Names& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

const Names& test_members(Origin origin) {
  static const Names from_outside{"id",      "title",    "aliases",  "component",
                                  "scope",   "cwe",      "outcome",  "tags",
                                  "message", "severity", "help-url", "locations"};
  static const Names stored = with(from_outside, {"verdict", "attributes"});
  return origin == Origin::store ? stored : from_outside;
}

const Names& result_members(Origin origin) {
  static const Names head{"suite", "source", "at"};
  static const Names from_outside = with(head, test_members(Origin::outside));
  static const Names stored = with(head, test_members(Origin::store));
  return origin == Origin::store ? stored : from_outside;
}

// One of four lists: `first` in front where the fact is named, `last` behind where riskd's own members are taken.
class NamesOf {
 public:
  NamesOf(std::string_view first, const Names& names, std::string_view last)
      : lists_{names, with({first}, names), with(names, {last}),
               with(with({first}, names), {last})} {}

  const Names& list(bool named, bool own) const {
    return lists_[(own ? 2u : 0u) + (named ? 1u : 0u)];
  }

 private:
  std::array<Names, 4> lists_;
};

RunFact read_run(const Node& node, Origin origin) {
  node.only({"suite", "run", "source", "at", "component", "url", "complete", "failed", "more",
             "scopes", "results"});
  RunFact fact;
  fact.suite = node.need("suite").text();
  fact.run = node.at("run").text();
  fact.source = node.need("source").text();
  fact.component = node.at("component").text();
  fact.url = node.at("url").text();
  if (const Node complete = node.at("complete"); complete.there()) fact.complete = complete.truth();
  fact.failed = node.at("failed").truth();
  fact.more = node.at("more").truth();
  fact.scopes = node.at("scopes").texts();
  for (const Node& item : node.need("results").items()) {
    item.only(test_members(origin));
    fact.results.push_back(read_test(item, origin));
    if (item.reading().failed()) break;
  }
  return fact;
}

SuiteFact read_suite(const Node& node) {
  node.only({"suite", "retired"});
  if (!node.need("retired").truth())
    node.refuse("a suite can only be retired: `\"retired\": true`");
  return {node.need("suite").text()};
}

ToldFact read_told(const Node& node) {
  node.only({"for", "watched", "departed"});
  const Node which = node.need("for");
  auto [ticket, element] = split_ticket(which, which.text());
  return {std::move(ticket), std::move(element), node.at("watched").text(),
          node.at("departed").truth()};
}

ClockFact read_clock(const Node& node) {
  node.only({"latest"});
  const Node latest = node.need("latest");
  return {latest.time().value_or(Instant{})};
}

ProductFact read_product(const Node& node) {
  node.only({"title", "removed"});
  ProductFact fact;
  if (const Node title = node.at("title"); title.there()) fact.title = title.text();
  fact.removed = node.at("removed").truth();
  return fact;
}

FactBody read_kind(const Node& fact, std::string_view kind, Origin origin) {
  const Node node = fact.at(kind);
  const std::string of = fact.at("of").text();
  if (kind == "answers") return AnswersFact{of, read_answers(node)};
  if (kind == "fields") return FieldsFact{of, read_answers(node)};
  if (kind == "component") return read_component(node, origin, true);
  if (kind == "decision") return read_decision(node, origin, true);
  if (kind == "approve") return read_approve(node, origin);
  if (kind == "ticket") return read_ticket(node, origin, true);
  if (kind == "result") return read_result(node, origin);
  if (kind == "run") return read_run(node, origin);
  if (kind == "suite") return read_suite(node);
  if (kind == "told") return read_told(node);
  if (kind == "clock") return read_clock(node);
  return read_product(node);
}

// The one kind of fact that `fact` has; empty, and a refusal, where it has none or two.
std::string_view kind_of(const Node& fact, Origin origin) {
  std::string_view kind;
  for (const std::string_view each : kinds) {
    if ((each == "told" || each == "clock") && origin != Origin::store) continue;
    if (!fact.has(each)) continue;
    if (!kind.empty()) {
      fact.at(each).refuse("a fact says one thing, and this says `" + std::string(kind) + "` too");
      return {};
    }
    kind = each;
  }
  if (kind.empty() && origin == Origin::store && fact.has("product")) return "product";
  if (kind.empty() && !fact.reading().failed()) fact.refuse("this says nothing about the product");
  return kind;
}

}  // namespace

std::pair<std::string, std::string> split_ticket(const Node& node, const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos && colon > 0)
    return {text.substr(0, colon), text.substr(colon + 1)};
  node.refuse("this must be a ticket and its element, such as \"requirement:web.throttle-logins\"");
  return {};
}

RawValue read_value(const Node& node) {
  if (!node.there()) return std::monostate{};
  switch (node.json().kind) {
    case Json::Kind::null:
      return std::monostate{};
    case Json::Kind::boolean:
      return node.truth();
    case Json::Kind::number:
      return node.number();
    case Json::Kind::string:
      return node.text();
    case Json::Kind::array:
      return node.texts();
    case Json::Kind::object:
      break;
  }
  node.refuse("this must be a value or a list of texts");
  return std::monostate{};
}

Answers read_answers(const Node& node) {
  Answers answers;
  if (!node.there()) return answers;
  for (const auto& [name, value] : node.members()) answers.emplace_back(name, read_value(value));
  return answers;
}

// `true`: all that the model shows; or the elements, a list of them or with what was seen of each.
ApproveFact read_approve(const Node& node, Origin origin) {
  ApproveFact fact;
  if (node.is(Json::Kind::boolean)) {
    fact.all = node.truth();
    if (!fact.all) node.refuse("an approval is `true`, or has the elements that were seen");
    return fact;
  }
  if (node.is(Json::Kind::array)) {
    fact.elements = node.texts();
    return fact;
  }
  if (may_say_own(origin)) {
    node.only({"elements", "seen"});
  } else {
    node.only({"elements"});
  }
  fact.elements = node.need("elements").texts();
  const Node seen = node.at("seen");
  if (!may_say_own(origin) || !seen.there()) return fact;
  for (const auto& [element, values] : seen.members()) {
    fact.seen.push_back({std::string(element), {}});
    for (const auto& [name, value] : values.members())
      fact.seen.back().values.emplace_back(name, value.text());
  }
  return fact;
}

ComponentFact read_component(const Node& node, Origin, bool named) {
  if (named) {
    node.only({"id", "type", "was", "removed", "answers", "fields"});
  } else {
    node.only({"type", "was", "answers", "fields"});
  }
  ComponentFact fact;
  if (named) fact.id = node.need("id").text();
  fact.type = node.at("type").text();
  fact.was = node.at("was").text();
  fact.removed = named && node.at("removed").truth();
  fact.answers = read_answers(node.at("answers"));
  fact.fields = read_answers(node.at("fields"));
  return fact;
}

DecisionFact read_decision(const Node& node, Origin origin, bool named) {
  static const NamesOf names("element", {"state", "attribute", "value", "reason", "until"},
                             "accepted-inherent");
  node.only(names.list(named, may_say_own(origin)));
  DecisionFact fact;
  if (named) fact.element = node.need("element").text();
  const Node state = node.need("state");
  if (const auto known = decision_state(state.text())) {
    fact.state = *known;
  } else {
    state.refuse(
        "this must be `required`, `recommended`, `rejected`, `not-applicable`, `implemented`, "
        "`not-implemented`, `accepted`, `false-positive` or `set`");
  }
  if (fact.state == DecisionState::set) {
    fact.attribute = node.need("attribute").text();
    fact.value = read_value(node.need("value"));
  } else {
    for (const std::string_view name : {"attribute", "value"}) {
      if (node.at(name).there())
        node.at(name).refuse("`" + std::string(name) + "` belongs to `set`");
    }
  }
  fact.reason = node.at("reason").text();
  fact.until = node.at("until").date();
  if (may_say_own(origin)) {
    const Node inherent = node.at("accepted-inherent");
    if (inherent.there()) fact.accepted_inherent = inherent.number();
  }
  return fact;
}

TicketFact read_ticket(const Node& node, Origin origin, bool named) {
  static const NamesOf names("for",
                             {"tracker", "kind", "map", "key", "status", "resolution", "state",
                              "reason", "labels", "closed", "by", "remark", "url", "deleted"},
                             "own");
  node.only(names.list(named, may_say_own(origin)));
  TicketFact fact;
  if (named) {
    const Node which = node.need("for");
    std::tie(fact.ticket, fact.element) = split_ticket(which, which.text());
  }
  fact.tracker = node.at("tracker").text();
  fact.kind = node.at("kind").text();
  fact.key = node.at("key").text();
  fact.status = node.at("status").text();
  fact.resolution = node.at("resolution").text();
  fact.state = node.at("state").text();
  fact.reason = node.at("reason").text();
  fact.labels = node.at("labels").texts();
  fact.map = node.at("map").text();
  if (const Node closed = node.at("closed"); closed.there()) fact.closed = closed.truth();
  fact.by = node.at("by").text();
  fact.remark = node.at("remark").text();
  fact.url = node.at("url").text();
  fact.own = may_say_own(origin) && node.at("own").truth();
  fact.deleted = node.at("deleted").truth();
  return fact;
}

ResultFact read_result(const Node& node, Origin origin) {
  node.only(result_members(origin));
  return {node.need("suite").text(), node.need("source").text(), read_test(node, origin)};
}

Result<FactLine> read_fact(std::string_view line, Origin origin) {
  const auto document = parse_json(line);
  if (!document) return failure(document);
  Reading reading(*document);
  const Node fact = reading.root();
  static const Names names = with({"product", "at"}, {kinds.begin(), kinds.end() - own_kinds});
  fact.only(names);
  FactLine read;
  read.product = fact.need("product").text();
  read.at = fact.at("at").time();
  if (!reading.failed()) {
    const std::string_view kind = kind_of(fact, origin);
    read.kind = kind;
    if (!kind.empty()) read.body = read_kind(fact, kind, origin);
    if (kind == "result" || kind == "run") {
      const Node at = fact.at(kind).at("at");
      if (at.there()) read.at = at.time();
    }
  }
  if (reading.failed()) return failure(reading);
  return read;
}

Result<FactBody> read_fact_body(std::string_view text) {
  const auto document = parse_stored_json(text);
  if (!document) return failure(document);
  Reading reading(*document);
  const Node fact = reading.root();
  static const Names names = with({"product", "of"}, {kinds.begin(), kinds.end()});
  fact.only(names);
  FactBody body;
  if (!reading.failed()) {
    const std::string_view kind = kind_of(fact, Origin::store);
    if (!kind.empty()) body = read_kind(fact, kind, Origin::store);
  }
  if (reading.failed()) return failure(reading);
  return body;
}

}  // namespace riskd::wire
