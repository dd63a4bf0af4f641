#include "engine/facts/resolve.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/base/limits.hpp"
#include "engine/facts/answers.hpp"
#include "engine/facts/resolve_names.hpp"
#include "engine/facts/resolve_values.hpp"

namespace riskd::engine {
namespace {

using Answers = std::vector<std::pair<std::string, RawValue>>;

std::string shown(std::string_view text) { return "`" + std::string(text.substr(0, 120)) + "`"; }

class Resolver {
 public:
  Resolver(const Program& program, const Product& product, Instant now)
      : program_(program), product_(product), now_(now) {}

  void operator()(ProductFact& fact) {
    if (fact.title) length("/product/title", *fact.title, limits::text_bytes);
  }

  void operator()(AnswersFact& fact) {
    if (fact.component.empty()) return answers("/answers", no_index, fact.answers);
    if (const auto type = type_of(fact.component, "/component"))
      answers("/answers", *type, fact.answers);
  }

  void operator()(FieldsFact& fact) {
    if (!fact.component.empty() && !component("/component", fact.component)) return;
    fields("/fields", fact.component.empty() ? Kind::product : Kind::component, fact.fields);
  }

  void operator()(ComponentFact& fact) {
    if (!is_plain_id(fact.id)) return bad_id("/component/id", fact.id);
    if (!fact.was.empty() && !may_be_renamed(fact)) return;
    if (fact.was.empty()) fact.id = present_component(product_, fact.id);
    const auto known = product_.components.find(fact.was.empty() ? fact.id : fact.was);
    const bool is_known = known != product_.components.end() && known->second.declared;
    if (fact.removed) {
      if (!is_known) unknown_component("/component/id", fact.id);
      return;
    }
    if (!is_known && product_.components.size() >= limits::components) {
      return add("/component/id", "too-many",
                 "a product has at most " + std::to_string(limits::components) + " components");
    }
    std::optional<std::uint32_t> type;
    if (!fact.type.empty()) {
      type = component_type("/component/type", fact.type);
    } else if (is_known) {
      type = type_of(known->first, "/component/type");
    } else {
      add("/component/type", "missing", "a new component needs a type",
          component_type_names(program_));
    }
    if (!type) return;
    answers("/component/answers", *type, fact.answers);
    fields("/component/fields", Kind::component, fact.fields);
  }

  void operator()(DecisionFact& fact) {
    length("/decision/reason", fact.reason, limits::text_bytes);
    if (fact.reason.find_first_not_of(" \t\r\n") == std::string::npos) {
      add("/decision/reason", "missing", "a decision needs a reason",
          {"why it was decided, in a sentence"});
    }
    if (fact.until && *fact.until < date_of(now_)) {
      add("/decision/until", "past",
          "this ended on " + to_string(*fact.until) + ", and today is " + to_string(date_of(now_)),
          {"a date that is to come, or today's"});
    }
    if (fact.accepted_inherent && fact.state != DecisionState::accepted) {
      add("/decision/accepted-inherent", "wrong-member",
          "`accepted-inherent` belongs to an acceptance");
    }
    const std::string pointer = "/decision/element";
    if (fact.state == DecisionState::false_positive) return test_name(pointer, fact.element);
    const auto found = element(pointer, fact.element);
    if (!found) return;
    if (fact.state == DecisionState::set) return set_attribute(fact, *found);
    const Kind wanted = fact.state == DecisionState::accepted ? Kind::risk : Kind::countermeasure;
    if (found->kind != wanted) {
      add(pointer, "wrong-element",
          "`" + std::string(to_string(fact.state)) + "` is decided about a " + kind_word(wanted) +
              ", and " + shown(fact.element) + " is a " + kind_word(found->kind));
    }
    if (fact.state == DecisionState::accepted && !fact.until) {
      add("/decision/until", "missing", "an acceptance needs the day on which it ends",
          {"a date such as \"2026-11-23\""});
    }
  }

  void operator()(ApproveFact& fact) {
    for (std::size_t i = 0; i < fact.elements.size(); ++i) {
      element("/approve/elements/" + std::to_string(i), fact.elements[i]);
    }
    std::sort(fact.elements.begin(), fact.elements.end());
    fact.elements.erase(std::unique(fact.elements.begin(), fact.elements.end()),
                        fact.elements.end());
  }

  void operator()(TicketFact& fact) {
    for (const auto& [name, text] :
         {std::pair{"/ticket/status", &fact.status},
          std::pair{"/ticket/resolution", &fact.resolution},
          std::pair{"/ticket/state", &fact.state}, std::pair{"/ticket/reason", &fact.reason}}) {
      length(name, *text, limits::text_bytes);
    }
    address("/ticket/url", fact.url);
    length("/ticket/key", fact.key, limits::id_bytes);
    length("/ticket/tracker", fact.tracker, limits::id_bytes);
    for (std::size_t i = 0; i < fact.labels.size(); ++i) {
      length("/ticket/labels/" + std::to_string(i), fact.labels[i], limits::text_bytes);
    }
    if (fact.tracker.empty())
      add("/ticket/tracker", "missing", "a ticket needs the name of its tracker");
    if (fact.kind.empty()) fact.kind = fact.tracker;
    length("/ticket/by", fact.by, limits::text_bytes);
    length("/ticket/remark", fact.remark, limits::text_bytes);
    status_map(fact);
    ticket_of(fact.ticket, fact.element);
  }

  void operator()(ToldFact& fact) {
    length("/told/watched", fact.watched, limits::text_bytes);
    length("/told/for", fact.element, limits::id_bytes);
  }

  void operator()(ResultFact& fact) {
    suite("/result/suite", fact.suite);
    source("/result/source", fact.source);
    result("/result", fact.result);
  }

  void operator()(RunFact& fact) {
    suite("/run/suite", fact.suite);
    source("/run/source", fact.source);
    length("/run/run", fact.run, limits::id_bytes);
    address("/run/url", fact.url);
    if (!fact.component.empty()) component("/run/component", fact.component);
    if (fact.results.size() > limits::report_results) {
      return add("/run/results", "too-many",
                 "a run has at most " + std::to_string(limits::report_results) + " results");
    }
    for (std::size_t i = 0; i < fact.results.size(); ++i) {
      result("/run/results/" + std::to_string(i), fact.results[i]);
    }
  }

  void operator()(SuiteFact& fact) { suite("/suite/suite", fact.suite); }

  void operator()(ClockFact&) {}

  void product_id() {
    if (!is_plain_id(product_.id)) bad_id("/product", product_.id);
  }

  std::vector<FactError> take() { return std::move(errors_); }

 private:
  void add(std::string pointer, std::string code, std::string message,
           std::vector<std::string> expected = {}) {
    if (errors_.size() >= limits::diagnostics) return;
    errors_.push_back(
        {std::move(pointer), std::move(code), std::move(message), std::move(expected)});
  }

  void length(std::string pointer, std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return;
    add(std::move(pointer), "too-long", "this has at most " + std::to_string(bytes) + " bytes");
  }

  // Others make a link of it, which must lead to a page and run nothing.
  void address(std::string pointer, std::string_view text) {
    if (text.size() > limits::text_bytes) return length(pointer, text, limits::text_bytes);
    if (text.empty() || text.starts_with("https://") || text.starts_with("http://")) return;
    add(std::move(pointer), "bad-address", shown(text) + " is no address of the web",
        {"an address that begins with https:// or http://"});
  }

  void bad_id(std::string pointer, std::string_view id) {
    add(std::move(pointer), "bad-id", shown(id) + " is no id",
        {"a letter or digit, then letters, digits, `.`, `_` and `-`: at most " +
         std::to_string(limits::name_bytes) + " characters"});
  }

  void unknown_component(std::string pointer, std::string_view id) {
    std::vector<std::string> names;
    for (const auto& [name, facts] : product_.components) {
      if (facts.exists()) names.push_back(name);
    }
    const std::vector<std::string> near = near_names(id, names);
    if (names.size() > 10) names.resize(10);
    add(std::move(pointer), "unknown-component", "there is no component " + shown(id),
        near.empty() ? names : near);
  }

  // A component that was declared, and may have been removed: what is said about it stays with it.
  bool component(std::string pointer, std::string_view id) {
    const auto it = product_.components.find(present_component(product_, std::string(id)));
    if (it != product_.components.end() && it->second.declared) return true;
    unknown_component(std::move(pointer), id);
    return false;
  }

  std::optional<std::uint32_t> component_type(std::string pointer, std::string& name) {
    const auto found = component_types_named(program_, name);
    if (found.size() == 1) {
      name = program_.component_types[found.front()].id;
      return found.front();
    }
    if (found.empty()) {
      add(std::move(pointer), "unknown-type", "there is no component type " + shown(name),
          component_type_names(program_));
      return std::nullopt;
    }
    std::vector<std::string> ids;
    for (const std::uint32_t index : found) ids.push_back(program_.component_types[index].id);
    add(std::move(pointer), "ambiguous-name", shown(name) + " may be several component types", ids);
    return std::nullopt;
  }

  // The type of a component that is known.
  std::optional<std::uint32_t> type_of(const std::string& id, std::string pointer) {
    if (!component(pointer, id)) return std::nullopt;
    std::string type = product_.components.at(present_component(product_, id)).type.value;
    return component_type(std::move(pointer), type);
  }

  void status_map(const TicketFact& fact) {
    if (fact.kind.empty() || program_.status_map(fact.kind, fact.map) != nullptr) return;
    std::vector<std::string> known;
    if (!fact.map.empty() && program_.status_map(fact.kind) != nullptr) {
      for (const StatusMap& map : program_.status_maps) {
        if (map.tracker_kind == fact.kind && !map.name.empty()) known.push_back(map.name);
      }
      return add("/ticket/map", "unknown-map",
                 "the policy has no status map " + shown(fact.map) + " for `" + fact.kind + "`",
                 known);
    }
    for (const StatusMap& map : program_.status_maps) {
      if (map.name.empty()) known.push_back(map.tracker_kind);
    }
    add("/ticket/kind", "unknown-tracker", "the policy has no status map for " + shown(fact.kind),
        known);
  }

  // A component that takes the place of an earlier one; `was` becomes that one's present id.
  bool may_be_renamed(ComponentFact& fact) {
    if (!is_plain_id(fact.was)) {
      bad_id("/component/was", fact.was);
      return false;
    }
    if (!component("/component/was", fact.was)) return false;
    fact.was = present_component(product_, fact.was);
    // It has the id already, or had it before.
    const std::string& holder = present_component(product_, fact.id);
    if (holder == fact.was) {
      if (fact.id == fact.was) fact.was.clear();
      return true;
    }
    const auto taken = product_.components.find(holder);
    if (taken == product_.components.end() || !taken->second.declared) return true;
    add("/component/id", "taken",
        holder == fact.id ? "there is a component " + shown(fact.id) + " already"
                          : shown(fact.id) + " is an earlier id of the component " + shown(holder));
    return false;
  }

  void answers(const std::string& pointer, std::uint32_t type, Answers& list) {
    std::set<std::string> seen;
    for (auto& [name, value] : list) {
      const std::string place = pointer + pointer_token(name);
      const auto found = questions_named(program_, type, name);
      if (found.size() != 1) {
        unknown_question(place, type, name, found);
        continue;
      }
      const Question& question = program_.questions[found.front()];
      if (!seen.insert(question.id).second) {
        add(place, "duplicate", "`" + question.id + "` is answered twice in one fact");
      }
      name = question.id;
      fit(place, question.type, value);
    }
  }

  void unknown_question(const std::string& place, std::uint32_t type, const std::string& name,
                        const std::vector<std::uint32_t>& found) {
    std::vector<std::string> ids;
    if (!found.empty()) {
      for (const std::uint32_t index : found) ids.push_back(program_.questions[index].id);
      return add(place, "ambiguous-name", shown(name) + " may be several questions", ids);
    }
    for (const Question& question : program_.questions) {
      if (question.component_type == type) ids.push_back(question.id);
    }
    const std::string whose =
        type == no_index ? "the product"
                         : "a component of type `" + program_.component_types[type].name + "`";
    add(place, "unknown-question", whose + " has no question " + shown(name),
        near_names(name, ids));
  }

  void fields(const std::string& pointer, Kind kind, Answers& list) {
    std::set<std::string> seen;
    for (auto& [name, value] : list) {
      const std::string place = pointer + pointer_token(name);
      const Field* field = field_named(program_, kind, name);
      if (field == nullptr) {
        std::vector<std::string> names;
        for (const Field& each : program_.fields) {
          if (each.kind == kind) names.push_back(each.name);
        }
        const std::vector<std::string> near = near_names(name, names);
        add(place, "unknown-field", "there is no field " + shown(name),
            near.empty() ? names : near);
        continue;
      }
      name = field->name;
      if (!seen.insert(name).second)
        add(place, "duplicate", "`" + name + "` is given twice in one fact");
      fit(place, field->type, value);
    }
  }

  void fit(const std::string& place, Type type, RawValue& value) {
    if (auto error = fit_value(program_, type, value)) {
      add(place, std::move(error->code), std::move(error->message), std::move(error->expected));
    }
  }

  // Puts the qualified id into `text`.
  std::optional<NamedElement> element(const std::string& pointer, std::string& text) {
    if (text.size() > limits::id_bytes) {
      length(pointer, text, limits::id_bytes);
      return std::nullopt;
    }
    const auto [prefix, name] = split_element(text);
    if (text.find('/') != std::string::npos && !component(pointer, prefix)) return std::nullopt;
    auto found = elements_named(program_, name);
    if (found.size() == 1) {
      text = prefix.empty() ? found.front().id : std::string(prefix) + "/" + found.front().id;
      return found.front();
    }
    if (found.empty()) {
      add(pointer, "unknown-element", "the policy has no element " + shown(name),
          near_elements(program_, name));
      return std::nullopt;
    }
    std::vector<std::string> ids;
    for (NamedElement& each : found) ids.push_back(std::move(each.id));
    add(pointer, "ambiguous-name", shown(name) + " may be several elements", ids);
    return std::nullopt;
  }

  void set_attribute(DecisionFact& fact, const NamedElement& found) {
    std::vector<std::string> names;
    for (const Attribute& attribute : program_.attributes) {
      if (!found.kind || attribute.kind != *found.kind) continue;
      if (attribute.name == fact.attribute) {
        if (!std::holds_alternative<std::monostate>(fact.value)) {
          return fit("/decision/value", attribute.type, fact.value);
        }
        return add("/decision/value", "missing", "`set` needs a value");
      }
      names.push_back(attribute.name);
    }
    const std::string whose =
        shown(fact.element) + ", a " + kind_word(found.kind) + ", has no attribute ";
    add("/decision/attribute", "unknown-attribute", whose + shown(fact.attribute), names);
  }

  // "zap:10202", "api/zap:10202": tests are not declared, so any id may come.
  void test_name(const std::string& pointer, const std::string& text) {
    length(pointer, text, limits::id_bytes);
    // A component's id has no colon, and a test's id may have a slash.
    const std::size_t colon = text.find(':');
    const std::size_t slash = text.substr(0, colon).find('/');
    const bool has_component = slash != std::string::npos;
    if (colon == std::string::npos || colon + 1 == text.size()) {
      return add(pointer, "unknown-element", shown(text) + " names no test",
                 {"a test such as \"zap:10202\""});
    }
    if (has_component && !component(pointer, text.substr(0, slash))) return;
    source(pointer,
           text.substr(has_component ? slash + 1 : 0, colon - (has_component ? slash + 1 : 0)));
  }

  void ticket_of(const std::string& name, std::string& id) {
    const std::uint32_t index = program_.template_by_name(name);
    if (index == no_index) {
      std::vector<std::string> names;
      for (const TicketTemplate& ticket : program_.tickets) names.push_back(ticket.name);
      return add("/ticket/for", "unknown-ticket", "the policy has no ticket " + shown(name), names);
    }
    const Kind kind = program_.tickets[index].kind;
    const auto found = element("/ticket/for", id);
    if (found && found->kind != kind) {
      add("/ticket/for", "wrong-element",
          "`" + name + "` is a ticket for a " + kind_word(kind) + ", and " + shown(id) + " is a " +
              kind_word(found->kind));
    }
  }

  void suite(std::string pointer, std::string_view name) {
    if (name.empty())
      return add(std::move(pointer), "missing", "a result needs the name of its suite");
    length(std::move(pointer), name, limits::id_bytes);
  }

  void source(std::string pointer, std::string_view name) {
    if (test_source(name) != nullptr) return;
    const std::vector<std::string_view> known = source_names();
    add(std::move(pointer), "unknown-source", shown(name) + " is no source of results",
        {known.begin(), known.end()});
  }

  void result(const std::string& pointer, const TestResult& test) {
    if (test.id.empty()) add(pointer + "/id", "missing", "a result needs the id of its test");
    length(pointer + "/id", test.id, limits::report_field_bytes);
    length(pointer + "/title", test.title, limits::report_field_bytes);
    if (test.details) address(pointer + "/help-url", test.details->url);
    if (!test.component.empty()) component(pointer + "/component", test.component);
  }

  const Program& program_;
  const Product& product_;
  const Instant now_;
  std::vector<FactError> errors_;
};

}  // namespace

std::vector<FactError> resolve(const Program& program, const Product& product, FactBody& body,
                               Instant now) {
  Resolver resolver(program, product, now);
  resolver.product_id();
  std::visit(resolver, body);
  return resolver.take();
}

}  // namespace riskd::engine
