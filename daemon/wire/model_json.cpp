#include <set>

#include "daemon/wire/json.hpp"
#include "daemon/wire/writer.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

std::string_view to_string(Desired desired) { return desired == Desired::open ? "open" : "closed"; }

void write_steps(Writer& out, const std::vector<StepRow>& steps) {
  out.begin_array();
  for (const StepRow& step : steps) {
    out.begin_object().key("step").text(step.step).key("reason").text(step.reason);
    out.key("element").text(step.element).key("change").rounded(step.change);
    out.key("current").rounded(step.current).key("because").text(step.because).end_object();
  }
  out.end_array();
}

constexpr std::size_t most_failing_tests =
    100;  // of one weakness; their count is written beside them

void write_failing(Writer& out, const WeaknessRow& weakness) {
  out.key("failing").count(weakness.failures.size()).key("failing-tests").begin_array();
  std::size_t left = most_failing_tests;
  for (const FailingTest& test : weakness.failures) {
    if (left-- == 0) break;
    out.begin_object().key("id").text(test.id).some("title", test.title);
    out.key("source").text(test.source).key("suite").text(test.suite).some("run", test.run);
    out.some("run-url", test.run_url).some("component", test.component);
    out.some("message", test.details.message).some("severity", test.details.severity);
    out.some("url", test.details.url);
    if (!test.details.locations.empty()) out.key("locations").texts(test.details.locations);
    out.key("at").text(riskd::to_string(test.at)).end_object();
  }
  out.end_array();
}

void write_approval(Writer& out, bool approved, const std::vector<std::string>& changed) {
  out.key("approved").truth(approved);
  if (!changed.empty()) out.key("changed-since-approval").texts(changed);
}

void write_acceptance(Writer& out, const RiskRow& risk) {
  if (!risk.acceptance) return;
  const AcceptanceRow& row = *risk.acceptance;
  out.key("acceptance").begin_object();
  if (risk.accepted_until) out.key("until").text(riskd::to_string(*risk.accepted_until));
  out.key("reason").text(risk.reason).key("inherent");
  if (row.inherent) {
    out.rounded(*row.inherent);
  } else {
    out.null();
  }
  out.key("exceeded").truth(row.is_exceeded);
  out.key("failed-since").texts(row.failed_since);
  write_provenance(out, row.from);
  out.end_object();
}

void write_risk(Writer& out, const RiskRow& risk, const Model* model, const std::string& was = {}) {
  out.begin_object().key("id").text(risk.id).some("was", was).key("band").text_or_null(risk.band);
  out.key("title").text(risk.title).key("inherent").rounded(risk.inherent);
  out.key("current").rounded(risk.current).key("projected").rounded(risk.projected).key("steps");
  write_steps(out, risk.steps);
  out.key("weaknesses").begin_array();
  for (const RiskWeakness& held : risk.weaknesses) {
    out.begin_object().key("id").text(held.id).key("cwe");
    if (held.cwe > 0) {
      out.integer(held.cwe);
    } else {
      out.null();
    }
    out.key("tested").text(engine::to_string(held.tested));
    out.key("countermeasures").texts(held.countermeasures);
    if (const WeaknessRow* row = model == nullptr ? nullptr : model->weakness(held.id)) {
      out.key("title").text(row->title);
      write_approval(out, row->approved, row->changed);
      write_failing(out, *row);
    }
    out.end_object();
  }
  out.end_array();
  if (model == nullptr) {
    out.end_object();
    return;
  }
  out.key("pattern").text(risk.pattern).key("component").text_or_null(risk.component);
  out.key("attributes").begin_object();
  for (const AttributeRow& each : risk.attributes) out.key(each.name).text(each.value);
  out.end_object();
  write_approval(out, risk.approved, risk.changed);
  write_acceptance(out, risk);
  out.end_object();
}

void write_measure(Writer& out, const CountermeasureRow& row) {
  out.begin_object().key("id").text(row.id).key("state").text(engine::to_string(row.state));
  out.key("why").text(row.why).some("place", row.place).some("reason", row.reason);
  if (row.decided) {
    out.key("decided").begin_object();
    write_provenance(out, *row.decided);
    out.end_object();
  }
  out.key("title").text(row.title).key("component").text_or_null(row.component);
  out.key("demanded").text(engine::to_string(row.demanded));
  out.key("mitigates").rounded(row.mitigates).key("tested").text(engine::to_string(row.tested));
  write_approval(out, row.approved, row.changed);
  out.end_object();
}

void write_ticket(Writer& out, std::string_view ticket, std::string_view element, Desired desired) {
  out.begin_object().key("ticket").text(ticket).key("for").text(element);
  out.key("desired").text(to_string(desired)).end_object();
}

void write_test_counts(Writer& out, const TestCounts& counts) {
  out.key("tests").begin_object().key("failed").count(counts.failed);
  out.key("passed").count(counts.passed).key("stale").count(counts.stale);
  out.key("untested").count(counts.untested).key("false-positive").count(counts.false_positive);
  out.key("unmatched").begin_object().key("count").count(counts.unmatched);
  out.key("severities").begin_object();
  for (const auto& [severity, count] : counts.unmatched_failed)
    out.key(severity.empty() ? "unknown" : severity).count(count);
  out.end_object().end_object().end_object();
}

void write_waiting(Writer& out, const Model& model) {
  out.key("undecided").begin_array();
  for (const Undecided& each : model.undecided) {
    out.begin_object()
        .key("pattern")
        .text(each.pattern)
        .key("questions")
        .texts(each.questions)
        .end_object();
  }
  out.end_array().key("assumed").begin_array();
  for (const Assumed& each : model.assumed) {
    out.begin_object().key("element").text(each.element).key("attribute").text(each.attribute);
    out.key("questions").texts(each.questions).end_object();
  }
  out.end_array().key("unmatched").begin_array();
  for (const Unmatched& each : model.unmatched) {
    out.begin_object()
        .key("suite")
        .text(each.suite)
        .key("source")
        .text(each.source)
        .key("id")
        .text(each.id);
    out.key("title").text(each.title).key("cwe").integers(each.cwe).key("hint").text(each.hint);
    out.key("verdict").text(to_string(each.verdict)).key("severity").text(each.severity);
    out.key("why").text(each.why).key("takers").texts(each.takers);
    out.key("patterns").texts(each.patterns).key("questions").texts(each.questions).end_object();
  }
  out.end_array();
  write_test_counts(out, model.tests);
  out.key("open-questions").texts(model.open_questions);
}

// The text of a question, the title of a field, by the id that the model has for it; empty where the policy has
// lost it.
std::string text_of(const Program& program, const Model& model, const std::string& id) {
  for (const QuestionRow& row : model.questions) {
    if (row.id == id) return program.questions[row.definition].text;
  }
  const std::size_t slash = id.find('/');
  const bool is_component = slash != std::string::npos;
  const std::string prefix = is_component ? "component." : "product.";
  const std::string name = is_component ? id.substr(slash + 1) : id;
  for (const Field& field : program.fields) {
    if ((field.kind == Kind::component) == is_component && prefix + field.name == name)
      return field.title;
  }
  return {};
}

// Of every question and field that the model names as open, waited for or lost.
void write_question_texts(Writer& out, const Program& program, const Model& model) {
  std::set<std::string> ids(model.open_questions.begin(), model.open_questions.end());
  ids.insert(model.missing_fields.begin(), model.missing_fields.end());
  for (const Undecided& each : model.undecided)
    ids.insert(each.questions.begin(), each.questions.end());
  for (const Assumed& each : model.assumed)
    ids.insert(each.questions.begin(), each.questions.end());
  for (const LostAnswer& each : model.lost) ids.insert(each.question);
  out.key("question-texts").begin_object();
  for (const std::string& id : ids) out.some(id, text_of(program, model, id));
  out.end_object();
}

void write_changed_risk(Writer& out, const engine::LiveProduct& product, const RiskChange& change) {
  if (change.whole) return write_risk(out, product.risk(change.id), nullptr, change.was);
  out.begin_object().key("id").text(change.id);
  if (change.ended) out.key("applies").truth(false);
  if (change.inherent) out.key("inherent").rounded(*change.inherent);
  if (change.current) out.key("current").rounded(*change.current);
  if (change.projected) out.key("projected").rounded(*change.projected);
  if (change.band) out.key("band").text_or_null(*change.band);
  out.end_object();
}

void write_changed_members(Writer& out, const engine::LiveProduct& product, const Deltas& deltas) {
  out.key("product").text(product.facts().id);
  out.key("rating").rounded(deltas.rating);
  if (!deltas.risks.empty()) {
    out.key("changed").begin_array();
    for (const RiskChange& change : deltas.risks) write_changed_risk(out, product, change);
    out.end_array();
  }
  if (!deltas.states.empty()) {
    out.key("states").begin_array();
    for (const StateChange& change : deltas.states) {
      out.begin_object().key("id").text(change.id).some("was", change.was);
      if (change.state) out.key("state").text(engine::to_string(*change.state));
      if (change.tested) out.key("tested").text(engine::to_string(*change.tested));
      out.end_object();
    }
    out.end_array();
  }
  if (!deltas.tickets.empty()) {
    out.key("tickets").begin_array();
    for (const TicketChange& change : deltas.tickets)
      write_ticket(out, change.ticket, change.element, change.desired);
    out.end_array();
  }
}

}  // namespace

void write_provenance(Writer& out, const Provenance& from) {
  out.key("seq").count(from.seq).key("at").text(riskd::to_string(from.at));
  if (from.received.ms != 0 && from.received != from.at)
    out.key("received").text(riskd::to_string(from.received));
  out.key("poster").text(from.poster);
}

void write_ticket_row(Writer& out, const TicketRow& row) {
  out.key("ticket").text(row.ticket).key("for").text(row.element);
  out.key("desired").text(to_string(row.desired));
  if (!row.known) return;
  out.key("actual").text(row.is_open ? "open" : "closed");
  out.key("tracker").text(row.tracker).key("key").text(row.key).key("status").text(row.status);
  out.some("how", row.how);
  out.key("since").text(riskd::to_string(row.since.at)).key("own").truth(row.own);
  out.some("by", row.by).some("remark", row.remark).some("url", row.url);
  if (!row.is_read) out.key("unread").truth(true);
  if (row.disputed) out.key("disputed").truth(true);
}

std::string write_model(const Program& program, const Model& model) {
  Writer out;
  out.begin_object().key("product").text(model.product).key("policy").text(model.policy);
  out.key("now").text(riskd::to_string(model.now)).key("rating").rounded(model.rating);
  out.key("patterns").texts(model.applying);
  out.key("band").text_or_null(model.band).key("risks").begin_array();
  for (const RiskRow& risk : model.risks) write_risk(out, risk, &model);
  out.end_array().key("countermeasures").begin_array();
  for (const CountermeasureRow& each : model.countermeasures) write_measure(out, each);
  out.end_array().key("tickets").begin_array();
  for (const TicketRow& each : model.tickets) {
    out.begin_object();
    write_ticket_row(out, each);
    out.end_object();
  }
  out.end_array();
  write_waiting(out, model);
  out.key("lost-answers").begin_array();
  for (const LostAnswer& each : model.lost) {
    out.begin_object().key("question").text(each.question).key("answer").text(each.answer);
    write_provenance(out, each.from);
    out.end_object();
  }
  out.end_array().key("title").text(model.title).key("approved").truth(model.approved);
  write_question_texts(out, program, model);
  out.key("missing-fields").texts(model.missing_fields).key("approval");
  if (model.approval) {
    out.begin_object();
    write_provenance(out, *model.approval);
    out.end_object();
  } else {
    out.null();
  }
  out.end_object();
  return out.take();
}

std::string write_change(std::uint64_t seq, const engine::LiveProduct& product,
                         const Deltas& deltas) {
  Writer out;
  out.begin_object().key("seq").count(seq);
  write_changed_members(out, product, deltas);
  out.end_object();
  return out.take();
}

std::string numbered(std::uint64_t seq, std::string_view changed) {
  const std::string number = std::to_string(seq);
  std::string line;
  line.reserve(changed.size() + number.size() + 8);
  line += R"({"seq":)" + number + ",";
  line += changed.substr(1);
  return line;
}

std::string write_changed(const engine::LiveProduct& product, const Deltas& deltas) {
  Writer out;
  out.begin_object();
  write_changed_members(out, product, deltas);
  out.end_object();
  return out.take();
}

}  // namespace riskd::wire
