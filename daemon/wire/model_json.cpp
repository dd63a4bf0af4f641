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

void write_risk(Writer& out, const RiskRow& risk) {
  out.begin_object().key("id").text(risk.id).key("band").text_or_null(risk.band);
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
    out.key("countermeasures").texts(held.countermeasures).end_object();
  }
  out.end_array().end_object();
}

void write_ticket(Writer& out, std::string_view ticket, std::string_view element, Desired desired) {
  out.begin_object().key("ticket").text(ticket).key("for").text(element);
  out.key("desired").text(to_string(desired)).end_object();
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
    out.key("title")
        .text(each.title)
        .key("cwe")
        .integers(each.cwe)
        .key("hint")
        .text(each.hint)
        .end_object();
  }
  out.end_array().key("open-questions").texts(model.open_questions);
}

void write_changed_risk(Writer& out, const engine::LiveProduct& product, const RiskChange& change) {
  if (change.whole) return write_risk(out, product.risk(change.id));
  out.begin_object().key("id").text(change.id);
  if (change.ended) out.key("applies").truth(false);
  if (change.inherent) out.key("inherent").rounded(*change.inherent);
  if (change.current) out.key("current").rounded(*change.current);
  if (change.projected) out.key("projected").rounded(*change.projected);
  if (change.band) out.key("band").text_or_null(*change.band);
  out.end_object();
}

}  // namespace

std::string write_model(const Program&, const Model& model) {
  Writer out;
  out.begin_object().key("product").text(model.product).key("policy").text(model.policy);
  out.key("now").text(riskd::to_string(model.now)).key("rating").rounded(model.rating);
  out.key("patterns").texts(model.applying);
  out.key("band").text_or_null(model.band).key("risks").begin_array();
  for (const RiskRow& risk : model.risks) write_risk(out, risk);
  out.end_array().key("countermeasures").begin_array();
  for (const CountermeasureRow& each : model.countermeasures) {
    out.begin_object().key("id").text(each.id).key("state").text(engine::to_string(each.state));
    out.key("why").text(each.why).end_object();
  }
  out.end_array().key("tickets").begin_array();
  for (const TicketRow& each : model.tickets)
    write_ticket(out, each.ticket, each.element, each.desired);
  out.end_array();
  write_waiting(out, model);
  out.end_object();
  return out.take();
}

std::string write_change(std::uint64_t seq, const engine::LiveProduct& product,
                         const Deltas& deltas) {
  Writer out;
  out.begin_object().key("seq").count(seq).key("product").text(product.facts().id);
  out.key("rating").rounded(deltas.rating);
  if (!deltas.risks.empty()) {
    out.key("changed").begin_array();
    for (const RiskChange& change : deltas.risks) write_changed_risk(out, product, change);
    out.end_array();
  }
  if (!deltas.states.empty()) {
    out.key("states").begin_array();
    for (const StateChange& change : deltas.states) {
      out.begin_object().key("id").text(change.id);
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
  out.end_object();
  return out.take();
}

}  // namespace riskd::wire
