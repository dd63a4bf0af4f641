// Patterns with their risks and weaknesses, and countermeasures.
#include <algorithm>

#include "dsl/catalogue/doc_catalogue.hpp"

namespace riskd::dsl {
namespace {

std::string cwe_url(int number) {
  return "https://cwe.mitre.org/data/definitions/" + std::to_string(number) + ".html";
}

}  // namespace

void CatalogueBuilder::patterns(const LibraryHead& library) {
  pages_.page("patterns-" + library.name, "Patterns: " + library.title);
  for (const engine::Pattern& each : program_.patterns) {
    if (library_of(each.id) == library.name) pattern(each);
  }
}

void CatalogueBuilder::pattern(const engine::Pattern& pattern) {
  pages_.heading(2, pattern.title, pattern.id, {plain_text(" "), code(pattern.id)});
  Inlines applies;
  if (pattern.component_type != engine::no_index) {
    const engine::ComponentType& type = program_.component_types[pattern.component_type];
    applies = {plain_text("Applies to each component of type "),
               strong(type.title.empty() ? type.name : type.title), plain_text(" where ")};
  } else {
    applies = {plain_text("Applies where ")};
  }
  if (const Clause* when = child_of(pattern.place, ClauseKind::when))
    applies = join(std::move(applies), words_.words(when->expr));
  applies.push_back(plain_text("."));
  pages_.paragraph(std::move(applies));
  for (const std::uint32_t each : pattern.risks) risk(each);
}

void CatalogueBuilder::risk(std::uint32_t index) {
  const engine::Risk& risk = program_.risks[index];
  pages_.heading(3, "Risk: " + risk.title, risk.id, {plain_text(" "), code(risk.id)});
  std::vector<std::vector<Inlines>> rows{{{plain_text("Attribute")}, {plain_text("Value")}}};
  const Clause* declared = clause_at(risk.place);
  for (const engine::Setting& setting : risk.settings) {
    const engine::Attribute& attribute = program_.attributes[setting.attribute];
    Inlines value;
    for (const ClauseId child :
         declared == nullptr ? std::vector<ClauseId>{} : declared->children) {
      const Clause& each = policy_.syntax.clauses[child];
      if (each.kind == ClauseKind::setting && each.name.text == attribute.name)
        value = words_.words(each.expr);
    }
    rows.push_back(
        {{plain_text(attribute.title.empty() ? attribute.name : attribute.title)}, value});
  }
  if (rows.size() > 1) pages_.table(std::move(rows));
  for (const std::uint32_t each : risk.weaknesses) weakness(each);
}

void CatalogueBuilder::weakness(std::uint32_t index) {
  const engine::Weakness& weakness = program_.weaknesses[index];
  const bool first = told_weaknesses_.insert(index).second;
  Inlines after{plain_text(" "), code(weakness.id)};
  if (weakness.cwe != 0) {
    after.push_back(plain_text(" "));
    after.push_back(link("CWE-" + std::to_string(weakness.cwe), cwe_url(weakness.cwe)));
    if (weakness.cwe_match == engine::CweMatch::descendants)
      after.push_back(plain_text(" and more specific ones"));
  }
  pages_.heading(4, "Weakness: " + weakness.title, first ? weakness.id : "", std::move(after));
  if (!first) {
    pages_.paragraph({plain_text("Described "), link("above", weakness.id), plain_text(".")});
    return;
  }
  if (const Inlines bound = tests(weakness.tests); !bound.empty())
    pages_.paragraph(join({plain_text("Tested by ")}, bound));
  std::vector<std::vector<Inlines>> rows{
      {{plain_text("Countermeasure")}, {plain_text("When")}, {plain_text("Mitigates")}}};
  for (const std::uint32_t use_index : weakness.uses) {
    const engine::Use& use = program_.uses[use_index];
    const engine::Countermeasure& measure = program_.countermeasures[use.countermeasure];
    rows.push_back({{link(measure.title, measure.id)}, required(use), mitigates(use)});
  }
  if (rows.size() > 1) pages_.table(std::move(rows));
}

void CatalogueBuilder::countermeasures(const LibraryHead& library) {
  pages_.page("countermeasures-" + library.name, "Countermeasures: " + library.title);
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < program_.countermeasures.size(); ++i) {
    if (library_of(program_.countermeasures[i].id) == library.name) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return program_.countermeasures[a].id < program_.countermeasures[b].id;
  });
  for (const std::uint32_t each : order) countermeasure(each);
}

void CatalogueBuilder::countermeasure(std::uint32_t index) {
  const engine::Countermeasure& measure = program_.countermeasures[index];
  pages_.heading(2, measure.title, measure.id, {plain_text(" "), code(measure.id)});
  pages_.guide(measure.guide);
  for (const engine::Setting& setting : measure.settings) {
    const engine::Attribute& attribute = program_.attributes[setting.attribute];
    const Clause* declared = clause_at(measure.place);
    for (const ClauseId child :
         declared == nullptr ? std::vector<ClauseId>{} : declared->children) {
      const Clause& each = policy_.syntax.clauses[child];
      if (each.kind != ClauseKind::setting || each.name.text != attribute.name) continue;
      const std::string title = attribute.title.empty() ? attribute.name : attribute.title;
      pages_.paragraph(join({plain_text(title + ": ")}, words_.words(each.expr)));
    }
  }
  Inlines standards;
  for (const std::string& each : measure.standards) {
    standards.push_back(plain_text(standards.empty() ? "Standards: " : ", "));
    standards.push_back(link(each, "standards"));
  }
  if (!standards.empty()) pages_.paragraph(std::move(standards));
  if (const Inlines bound = tests(measure.tests); !bound.empty())
    pages_.paragraph(join({plain_text("Tested by ")}, bound));
  if (!measure.untested.empty())
    pages_.paragraph({plain_text("No test tells about it: " + measure.untested)});
  std::vector<std::vector<Inlines>> rows{
      {{plain_text("Against")}, {plain_text("When")}, {plain_text("Mitigates")}}};
  for (const std::uint32_t use_index : uses_of_[index]) {
    const engine::Use& use = program_.uses[use_index];
    const engine::Weakness& weakness = program_.weaknesses[use.weakness];
    rows.push_back({{link(weakness.title, weakness.id)}, required(use), mitigates(use)});
  }
  if (rows.size() > 1) pages_.table(std::move(rows));
}

}  // namespace riskd::dsl
