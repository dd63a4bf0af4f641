// How a number comes about, what trackers and reports mean, and which tickets there are.
#include <algorithm>

#include "dsl/catalogue/doc_catalogue.hpp"
#include "dsl/compile/builtins.hpp"
#include "engine/evaluate/model.hpp"

namespace riskd::dsl {

namespace {

std::string unquoted(std::string source) {
  while (source.size() >= 2 && source.front() == '"' && source.back() == '"')
    source = source.substr(1, source.size() - 2);
  return source;
}

}  // namespace

void CatalogueBuilder::ratings() {
  if (!program_.ratings.empty()) {
    pages_.heading(2, "Ratings", "ratings");
    for (const engine::Rating& each : program_.ratings) {
      const Clause* declared = clause_at(each.place);
      if (declared == nullptr) continue;
      pages_.item(
          join({code(std::string(to_string(each.kind)) + "." + each.name), plain_text(" is ")},
               words_.words(declared->expr)));
    }
  }
  if (!program_.lets.empty()) {
    pages_.heading(2, "Derived values", "derived-values");
    for (const engine::Let& each : program_.lets) {
      const Clause* declared = clause_at(each.place);
      if (declared == nullptr) continue;
      const std::string name = std::string(to_string(each.kind)) + "." + each.name;
      pages_.heading(3, name, let_anchor(each));
      pages_.paragraph(words_.words(declared->expr));
    }
  }
  if (program_.bands.enumeration != engine::no_index) {
    pages_.heading(2, "Bands", "bands");
    std::vector<std::vector<Inlines>> rows{{{plain_text("Band")}, {plain_text("From")}}};
    for (const engine::EnumStep& step : program_.enums[program_.bands.enumeration].steps)
      rows.push_back({{plain_text(step.name)}, {plain_text(engine::print_number(step.number))}});
    pages_.table(std::move(rows));
  }
}

// What a clause of a step does; empty for one that says when, or where among the others, it acts.
Inlines CatalogueBuilder::action_of(const Clause& clause) const {
  const auto by = [&](const char* text) {
    return join({plain_text(text)}, words_.words(clause.expr));
  };
  if (clause.kind == ClauseKind::restore)
    return {plain_text("take back what was reduced through it")};
  if (clause.kind == ClauseKind::raise_by) return by("raise the risk by ");
  if (clause.kind == ClauseKind::raise_to) return by("raise the risk to at least ");
  if (clause.kind == ClauseKind::cap) return by("hold the risk at or below ");
  if (clause.kind != ClauseKind::reduce) return {};
  const bool of_inherent = clause.as<ReduceSyntax>().of_inherent;
  return join(by("reduce the risk by "),
              {plain_text(of_inherent ? " of the inherent rating" : " of what is left")});
}

void CatalogueBuilder::steps() {
  if (program_.adjusts.empty()) return;
  pages_.heading(2, "From the inherent to the current rating", "steps");
  pages_.paragraph({plain_text("The steps run in this order, for each risk.")});
  for (const engine::Adjust& step : program_.adjusts) {
    pages_.heading(3, step.reason, "step-" + step.name, {plain_text(" "), code(step.name)});
    Inlines text{plain_text("For each " + std::string(to_string(step.kind)) +
                            (step.kind == engine::Kind::risk ? "" : " of the risk"))};
    const Clause* declared = clause_at(step.place);
    if (declared == nullptr) continue;
    Inlines action;
    for (const ClauseId child : declared->children) {
      const Clause& each = policy_.syntax.clauses[child];
      if (each.kind == ClauseKind::visit) {
        if (each.expr == nothing) continue;
        text.push_back(plain_text(" where "));
        text = join(std::move(text), words_.words(each.expr));
      } else if (Inlines does = action_of(each); !does.empty()) {
        action = std::move(does);
      }
    }
    text.push_back(plain_text(": "));
    text = join(std::move(text), action);
    text.push_back(plain_text("."));
    pages_.paragraph(std::move(text));
  }
}

void CatalogueBuilder::rows() {
  const auto shown = [&](const engine::Place& place) -> Inlines {
    const Clause* row = clause_at(place);
    if (row == nullptr) return {};
    if (row->as<RowSyntax>().absent) return {plain_text("no longer listed by a complete run")};
    if (row->expr == nothing) return {plain_text("anything else")};
    return words_.words(row->expr);
  };
  if (!program_.status_maps.empty())
    pages_.heading(2, "What a ticket's status means", "status-maps");
  for (const engine::StatusMap& map : program_.status_maps) {
    pages_.heading(3, map.title(),
                   "status-map-" + map.tracker_kind + (map.name.empty() ? "" : "-" + map.name));
    std::vector<std::vector<Inlines>> rows{{{plain_text("Where")}, {plain_text("Means")}}};
    for (const engine::StatusRow& row : map.rows)
      rows.push_back({shown(row.place), {plain_text(std::string(engine::to_string(row.state)))}});
    pages_.table(std::move(rows));
  }
  if (!program_.evidence.empty()) pages_.heading(2, "What a test result means", "evidence");
  for (const engine::Evidence& block : program_.evidence) {
    pages_.heading(3, block.source, "evidence-" + block.source);
    std::vector<std::vector<Inlines>> rows{{{plain_text("Where")}, {plain_text("Means")}}};
    for (const engine::EvidenceRow& row : block.rows)
      rows.push_back({shown(row.place), {plain_text(std::string(to_string(row.verdict)))}});
    pages_.table(std::move(rows));
    if (block.stale_after > 0)
      pages_.paragraph({plain_text("A pass is stale after " +
                                   engine::print_number(block.stale_after / 86'400) + " days.")});
  }
}

void CatalogueBuilder::tickets() {
  if (program_.tickets.empty()) return;
  pages_.heading(2, "Tickets", "tickets");
  for (const engine::TicketTemplate& ticket : program_.tickets) {
    pages_.heading(3, ticket.name, "ticket-" + ticket.name,
                   {plain_text(" for a " + std::string(to_string(ticket.kind)))});
    const Clause* declared = clause_at(ticket.place);
    if (declared == nullptr) continue;
    for (const ClauseId child : declared->children) {
      const Clause& each = policy_.syntax.clauses[child];
      const auto condition = [&](const char* what) {
        pages_.item(join({plain_text(what)}, words_.words(each.expr)));
      };
      if (each.kind == ClauseKind::open) condition("Opens where ");
      if (each.kind == ClauseKind::close) condition("Closes where ");
      if (each.kind == ClauseKind::reopen) condition("Opens again where ");
      if (each.kind == ClauseKind::priority) condition("Priority ");
      if (each.kind == ClauseKind::title)
        pages_.item(
            {plain_text("Title "), code(unquoted(on_one_line(text_of(
                                       policy_.sources, policy_.syntax.texts[each.text].span))))});
      if (each.kind == ClauseKind::relate)
        pages_.item({plain_text("Linked to the ticket "),
                     link(each.name.text, "ticket-" + each.name.text)});
      if (each.kind == ClauseKind::update)
        pages_.item(join({plain_text("Updated when this changes: ")}, words_.words(each.expr)));
    }
  }
}

}  // namespace riskd::dsl
