#include "daemon/wire/fact_values.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

void write_test(Writer& out, const TestResult& test) {
  out.key("id").text(test.id);
  out.some("title", test.title);
  if (!test.aliases.empty()) out.key("aliases").texts(test.aliases);
  out.some("component", test.component).some("scope", test.scope);
  if (test.cwe.size() == 1) {
    out.key("cwe").integer(test.cwe.front());
  } else if (!test.cwe.empty()) {
    out.key("cwe").integers(test.cwe);
  }
  out.key("outcome").text(to_string(test.outcome));
  if (!test.tags.empty()) out.key("tags").texts(test.tags);
  if (test.details) {
    out.some("message", test.details->message).some("severity", test.details->severity);
    out.some("help-url", test.details->url);
    if (!test.details->locations.empty()) out.key("locations").texts(test.details->locations);
  }
  if (!test.verdict) out.key("verdict").truth(false);
  if (!test.attributes.empty()) {
    out.key("attributes").begin_array();
    for (const auto& [name, value] : test.attributes) out.texts({name, value});
    out.end_array();
  }
}

struct BodyWriter {
  Writer& out;

  void operator()(const ProductFact& fact) const {
    out.key("product").begin_object();
    if (fact.title) out.key("title").text(*fact.title);
    if (fact.removed) out.key("removed").truth(true);
    out.end_object();
  }
  void operator()(const AnswersFact& fact) const {
    out.some("of", fact.component).key("answers");
    write_answers(out, fact.answers);
  }
  void operator()(const FieldsFact& fact) const {
    out.some("of", fact.component).key("fields");
    write_answers(out, fact.fields);
  }
  void operator()(const ComponentFact& fact) const {
    out.key("component").begin_object().key("id").text(fact.id);
    out.some("type", fact.type).some("was", fact.was);
    if (fact.removed) out.key("removed").truth(true);
    if (!fact.answers.empty()) {
      out.key("answers");
      write_answers(out, fact.answers);
    }
    if (!fact.fields.empty()) {
      out.key("fields");
      write_answers(out, fact.fields);
    }
    out.end_object();
  }
  void operator()(const DecisionFact& fact) const {
    out.key("decision").begin_object().key("element").text(fact.element);
    out.key("state").text(to_string(fact.state));
    out.some("attribute", fact.attribute);
    if (fact.state == DecisionState::set) {
      out.key("value");
      write_value(out, fact.value);
    }
    out.some("reason", fact.reason);
    if (fact.until) out.key("until").text(to_string(*fact.until));
    if (fact.accepted_inherent) out.key("accepted-inherent").exact(*fact.accepted_inherent);
    out.end_object();
  }
  void operator()(const ApproveFact& fact) const {
    out.key("approve").begin_object().key("elements").texts(fact.elements);
    if (!fact.seen.empty()) {
      out.key("seen").begin_object();
      for (const SeenElement& each : fact.seen) {
        out.key(each.element).begin_object();
        for (const auto& [name, value] : each.values) out.key(name).text(value);
        out.end_object();
      }
      out.end_object();
    }
    out.end_object();
  }
  void operator()(const TicketFact& fact) const {
    out.key("ticket").begin_object().key("for").text(fact.ticket + ":" + fact.element);
    out.some("tracker", fact.tracker).some("kind", fact.kind).some("map", fact.map);
    out.some("key", fact.key);
    out.some("status", fact.status).some("resolution", fact.resolution);
    out.some("state", fact.state).some("reason", fact.reason);
    if (!fact.labels.empty()) out.key("labels").texts(fact.labels);
    if (fact.closed) out.key("closed").truth(*fact.closed);
    out.some("by", fact.by).some("remark", fact.remark).some("url", fact.url);
    if (fact.own) out.key("own").truth(true);
    if (fact.deleted) out.key("deleted").truth(true);
    out.end_object();
  }
  void operator()(const ToldFact& fact) const {
    out.key("told").begin_object().key("for").text(fact.ticket + ":" + fact.element);
    out.key("watched").text(fact.watched);
    if (fact.departed) out.key("departed").truth(true);
    out.end_object();
  }
  void operator()(const ResultFact& fact) const {
    out.key("result").begin_object().key("suite").text(fact.suite).key("source").text(fact.source);
    write_test(out, fact.result);
    out.end_object();
  }
  void operator()(const RunFact& fact) const {
    out.key("run").begin_object().key("suite").text(fact.suite);
    out.some("run", fact.run).key("source").text(fact.source);
    out.some("component", fact.component).some("url", fact.url);
    if (fact.complete) out.key("complete").truth(*fact.complete);
    if (fact.more) out.key("more").truth(true);
    if (fact.failed) out.key("failed").truth(true);
    if (!fact.scopes.empty()) out.key("scopes").texts(fact.scopes);
    out.key("results").begin_array();
    for (const TestResult& test : fact.results) {
      out.begin_object();
      write_test(out, test);
      out.end_object();
    }
    out.end_array().end_object();
  }
  void operator()(const ClockFact& fact) const {
    out.key("clock").begin_object().key("latest").text(riskd::to_string(fact.latest)).end_object();
  }
  void operator()(const SuiteFact& fact) const {
    out.key("suite")
        .begin_object()
        .key("suite")
        .text(fact.suite)
        .key("retired")
        .truth(true)
        .end_object();
  }
};

}  // namespace

void write_value(Writer& out, const RawValue& value) {
  if (const bool* truth = std::get_if<bool>(&value)) {
    out.truth(*truth);
  } else if (const double* number = std::get_if<double>(&value)) {
    out.exact(*number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out.text(*text);
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    out.texts(*list);
  } else {
    out.null();
  }
}

void write_answers(Writer& out, const Answers& answers) {
  out.begin_object();
  for (const auto& [name, value] : answers) {
    out.key(name);
    write_value(out, value);
  }
  out.end_object();
}

std::string write_fact_body(const FactBody& body) {
  Writer out;
  out.begin_object();
  std::visit(BodyWriter{out}, body);
  out.end_object();
  return out.take();
}

}  // namespace riskd::wire
