#include "daemon/cli/show.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/cli/layout.hpp"
#include "daemon/cli/output.hpp"

namespace riskd::cli {
namespace {

using namespace engine;

constexpr std::array<std::pair<std::string_view, Style>, 9> styles{{
    {"implemented", Style::good},
    {"required", Style::caution},
    {"rejected", Style::faint},
    {"not-applicable", Style::faint},
    {"passed", Style::good},
    {"failed", Style::bad},
    {"error", Style::bad},
    {"untested", Style::faint},
    {"skipped", Style::faint},
}};

void show_weakness(Text& out, const Model& model, const RiskWeakness& held) {
  const WeaknessRow* weakness = model.weakness(held.id);
  if (weakness == nullptr) return;
  out += text("    {}{}  {}  {}\n", held.id,
              weakness->cwe > 0 ? text(" CWE-{}", weakness->cwe) : Text(),
              state_word(to_string(weakness->tested)), weakness->title);
  for (const std::string& id : held.countermeasures) {
    const CountermeasureRow* measure = model.countermeasure(id);
    if (measure == nullptr) continue;
    out += text("      {}  {}  {}%  {}\n", id, state_word(to_string(measure->state)),
                print_number(measure->mitigates * 100), measure->why);
  }
}

void show_risk(Text& out, const Model& model, const RiskRow& risk) {
  out += text("\n{}{}  {}\n", strong(risk.id), risk.band.empty() ? Text() : text(" {}", risk.band),
              risk.title);
  out += text("  inherent {}  current {}  projected {}\n", print_number(risk.inherent),
              print_number(risk.current), print_number(risk.projected));
  for (const StepRow& step : risk.steps) {
    out += text("  {:<16} {:<36} {:>8}   {}\n", step.step, step.element,
                (step.change > 0 ? "+" : "") + print_number(step.change), step.because);
  }
  for (const RiskWeakness& held : risk.weaknesses) show_weakness(out, model, held);
}

void show_waiting(Text& out, const Model& model) {
  if (!model.undecided.empty()) out += text("\n{}\n", strong("undecided"));
  for (const Undecided& each : model.undecided) {
    out += text("  {}  waits for {}\n", each.pattern, joined(each.questions));
  }
  if (!model.assumed.empty()) out += text("\n{}\n", strong("assumed"));
  for (const Assumed& each : model.assumed) {
    out += text("  {} {}  waits for {}\n", each.element, each.attribute, joined(each.questions));
  }
  if (!model.unmatched.empty()) out += text("\n{}\n", strong("unmatched results"));
  for (const Unmatched& each : model.unmatched) {
    out += text("  {} {}  {}  bind it with `{}`\n", each.suite, each.id, each.title, each.hint);
  }
  if (!model.open_questions.empty()) out += text("\n{}\n", strong("open questions"));
  for (const std::string& question : model.open_questions) out += text("  {}\n", question);
}

}  // namespace

Text state_word(std::string_view word) {
  const auto found = std::find_if(styles.begin(), styles.end(),
                                  [word](const auto& each) { return each.first == word; });
  return found == styles.end() ? Text(word) : Text(word).in(found->second);
}

Text shown(const Model& model) {
  Text out = text("{}  rating {}{}{}\n", strong(model.product), print_number(model.rating),
                  model.band.empty() ? Text() : text(" {}", model.band),
                  model.approved ? "  approved" : "");
  if (!model.missing_fields.empty()) {
    out += text("required fields without value: {}\n", joined(model.missing_fields));
  }
  for (const RiskRow& risk : model.risks) show_risk(out, model, risk);
  if (!model.tickets.empty()) out += text("\n{}\n", strong("tickets"));
  for (const TicketRow& ticket : model.tickets) {
    out +=
        text("  {}:{}  {}{}\n", ticket.ticket, ticket.element,
             ticket.desired == Desired::open ? "open" : "closed",
             ticket.known ? text("  {} {} {}", ticket.tracker, ticket.key, ticket.status) : Text());
  }
  show_waiting(out, model);
  return out;
}

Text shown(const connectors::Report& report) {
  Text out = text("{}{}{}\n", report.format,
                  report.producer.empty() ? Text() : text("  {}", report.producer),
                  report.generated ? text("  {}", to_display(*report.generated)) : Text());
  std::vector<Row> rows;
  for (const connectors::ReportResult& each : report.results) {
    rows.push_back({text("  {}", state_word(connectors::to_string(each.outcome))), each.id,
                    each.title, each.severity, each.suppressed ? "suppressed" : ""});
  }
  out += table(rows);
  out += text("{}{}\n", counted(report.results.size(), "result"),
              report.failed ? ", and the run did not complete" : "");
  return out;
}

}  // namespace riskd::cli
