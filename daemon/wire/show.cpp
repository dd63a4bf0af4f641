#include <fmt/format.h>

#include <algorithm>

#include "daemon/wire/json.hpp"
#include "engine/utf8.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

// Outside text on a terminal: no control characters.
std::string clean(std::string_view text) { return sanitize_outside(text, 500); }

std::string paint(std::string_view text, std::string_view code, bool colour) {
  return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view tone(State state) {
  switch (state) {
    case State::implemented:
      return "32";
    case State::required:
      return "33";
    case State::rejected:
    case State::not_applicable:
      return "2";
    case State::recommended:
      break;
  }
  return "0";
}

std::string_view tone(Tested tested) {
  if (tested == Tested::failed) return "31";
  return tested == Tested::passed ? "32" : "2";
}

void show_weakness(std::string& out, const Model& model, const RiskWeakness& held, bool colour) {
  const WeaknessRow* weakness = model.weakness(held.id);
  if (weakness == nullptr) return;
  const std::string cwe = weakness->cwe > 0 ? fmt::format(" CWE-{}", weakness->cwe) : "";
  out += fmt::format("    {}{}  {}  {}\n", held.id, cwe,
                     paint(to_string(weakness->tested), tone(weakness->tested), colour),
                     clean(weakness->title));
  for (const std::string& id : held.countermeasures) {
    const CountermeasureRow* measure = model.countermeasure(id);
    if (measure == nullptr) continue;
    out += fmt::format("      {}  {}  {}%  {}\n", id,
                       paint(to_string(measure->state), tone(measure->state), colour),
                       print_number(measure->mitigates * 100), clean(measure->why));
  }
}

void show_risk(std::string& out, const Model& model, const RiskRow& risk, bool colour) {
  const std::string band = risk.band.empty() ? "" : " " + risk.band;
  out += fmt::format("\n{}{}  {}\n", paint(risk.id, "1", colour), band, clean(risk.title));
  out += fmt::format("  inherent {}  current {}  projected {}\n", print_number(risk.inherent),
                     print_number(risk.current), print_number(risk.projected));
  for (const StepRow& step : risk.steps) {
    out +=
        fmt::format("  {:<16} {:<36} {:>8}   {}\n", step.step, step.element,
                    (step.change > 0 ? "+" : "") + print_number(step.change), clean(step.because));
  }
  for (const RiskWeakness& held : risk.weaknesses) show_weakness(out, model, held, colour);
}

void show_lists(std::string& out, const Model& model, bool colour) {
  if (!model.tickets.empty()) out += "\n" + paint("tickets", "1", colour) + "\n";
  for (const TicketRow& ticket : model.tickets) {
    out += fmt::format(
        "  {}:{}  {}{}\n", ticket.ticket, ticket.element,
        ticket.desired == Desired::open ? "open" : "closed",
        ticket.known ? "  " + clean(ticket.tracker + " " + ticket.key + " " + ticket.status) : "");
  }
  if (!model.undecided.empty()) out += "\n" + paint("undecided", "1", colour) + "\n";
  for (const Undecided& each : model.undecided) {
    out += fmt::format("  {}  waits for {}\n", each.pattern, fmt::join(each.questions, ", "));
  }
  if (!model.assumed.empty()) out += "\n" + paint("assumed", "1", colour) + "\n";
  for (const Assumed& each : model.assumed) {
    out += fmt::format("  {} {}  waits for {}\n", each.element, each.attribute,
                       fmt::join(each.questions, ", "));
  }
  if (!model.unmatched.empty()) out += "\n" + paint("unmatched results", "1", colour) + "\n";
  for (const Unmatched& each : model.unmatched) {
    out += fmt::format("  {} {}  {}  bind it with `{}`\n", clean(each.suite), clean(each.id),
                       clean(each.title), clean(each.hint));
  }
  if (!model.open_questions.empty()) {
    out += fmt::format("\n{}\n  {}\n", paint("open questions", "1", colour),
                       fmt::join(model.open_questions, "\n  "));
  }
}

}  // namespace

std::string show_model(const Program&, const Model& model, bool colour) {
  std::string out = fmt::format(
      "{}  rating {}{}{}\n", paint(model.product, "1", colour), print_number(model.rating),
      model.band.empty() ? "" : " " + model.band, model.approved ? "  approved" : "");
  if (!model.missing_fields.empty()) {
    out +=
        fmt::format("required fields without value: {}\n", fmt::join(model.missing_fields, ", "));
  }
  for (const RiskRow& risk : model.risks) show_risk(out, model, risk, colour);
  show_lists(out, model, colour);
  return out;
}

std::string show_report(const connectors::Report& report, bool colour) {
  std::string out = fmt::format("{}{}{}\n", report.format,
                                report.producer.empty() ? "" : "  " + clean(report.producer),
                                report.generated ? "  " + to_display(*report.generated) : "");
  for (const connectors::ReportResult& each : report.results) {
    const bool failed =
        each.outcome == connectors::Outcome::failed || each.outcome == connectors::Outcome::error;
    const std::string outcome = fmt::format("{:<8}", connectors::to_string(each.outcome));
    out += fmt::format("  {} {}  {}{}{}\n", paint(outcome, failed ? "31" : "32", colour),
                       clean(each.id), clean(each.title),
                       each.severity.empty() ? "" : "  " + clean(each.severity),
                       each.suppressed ? "  suppressed" : "");
  }
  out +=
      fmt::format("{} result{}{}\n", report.results.size(), report.results.size() == 1 ? "" : "s",
                  report.failed ? ", and the run did not complete" : "");
  return out;
}

}  // namespace riskd::wire
