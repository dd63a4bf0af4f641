// Questions and what each one influences; the indexes by CWE and by standard.
#include <algorithm>

#include "dsl/catalogue/doc_catalogue.hpp"

namespace riskd::dsl {
using engine::Base;

void CatalogueBuilder::questions() {
  pages_.page("questions", program_.fields.empty() ? "Questions" : "Questions and fields");
  for (std::uint32_t i = 0; i < program_.questionnaires.size(); ++i) {
    const engine::Questionnaire& each = program_.questionnaires[i];
    pages_.heading(2, each.title.empty() ? each.id : each.title, "questionnaire-" + each.id,
                   {plain_text(" "), code(each.id)});
    if (each.component_type != engine::no_index) {
      const engine::ComponentType& type = program_.component_types[each.component_type];
      pages_.paragraph({plain_text("Asked of each component of type "),
                        strong(type.title.empty() ? type.name : type.title), plain_text(".")});
    }
    for (std::uint32_t q = 0; q < program_.questions.size(); ++q) {
      if (program_.questions[q].questionnaire == i) question(q);
    }
  }
  fields();
}

namespace {

// What a question is until it is answered; nothing where that is open. `declared` may be null.
ExprId default_of(const Clause* declared) {
  const auto* question = declared == nullptr ? nullptr : declared->find<QuestionSyntax>();
  return question == nullptr ? nothing : question->default_value;
}

}  // namespace

void CatalogueBuilder::question(std::uint32_t index) {
  const engine::Question& question = program_.questions[index];
  pages_.heading(3, question.text, question_anchor(program_, index),
                 {plain_text(" "), code(question.id)});
  pages_.guide(question.help);
  const Clause* declared = clause_at(question.place);
  if (declared != nullptr && declared->expr != nothing)
    pages_.paragraph(join({plain_text("Asked where ")}, words_.words(declared->expr)));
  if (const ExprId standard = default_of(declared); standard != nothing)
    pages_.paragraph(join({plain_text("Until it is answered: ")}, words_.standard(standard)));
  answers(question.type);
  const std::vector<Inlines> influences = influences_of(index);
  pages_.paragraph({plain_text(influences.empty() ? "No rule reads it." : "It influences:")});
  for (const Inlines& each : influences) pages_.item(each);
}

// What may be answered.
void CatalogueBuilder::answers(engine::Type type) {
  const auto one_line = [&](const char* text) { pages_.paragraph({plain_text(text)}); };
  switch (type.base) {
    case Base::truth:
      return one_line("Yes or no.");
    case Base::number:
      return one_line("A number.");
    case Base::percent:
      return one_line("A percentage.");
    case Base::text:
      return one_line("A text.");
    case Base::date:
      return one_line("A date.");
    case Base::duration:
      return one_line("A duration.");
    case Base::texts:
    case Base::elements:
      return;  // no question is of these
    case Base::choice:
    case Base::set:
    case Base::scale:
      break;
  }
  const engine::EnumType& choices = program_.enums[type.of];
  one_line(type.base == Base::set ? "Any of:"
           : choices.ordered      ? "One of, in this order:"
                                  : "One of:");
  for (const engine::EnumStep& step : choices.steps) {
    Inlines text{code(step.name)};
    if (!step.title.empty()) text.push_back(plain_text(" " + step.title));
    pages_.item(std::move(text));
  }
}

std::vector<Inlines> CatalogueBuilder::influences_of(std::uint32_t index) {
  std::vector<Inlines> influences;
  const auto touches = [&](engine::NodeId node) { return reads(node).contains(index); };
  for (const engine::Pattern& each : program_.patterns) {
    if (touches(each.when))
      influences.push_back(
          {plain_text("whether "), link(each.title, each.id), plain_text(" applies")});
  }
  for (std::uint32_t i = 0; i < program_.countermeasures.size(); ++i) {
    const engine::Countermeasure& measure = program_.countermeasures[i];
    bool demands = false;
    bool reduces = false;
    for (const std::uint32_t use_index : uses_of_[i]) {
      const engine::Use& use = program_.uses[use_index];
      demands = demands || touches(use.required);
      reduces = reduces || touches(use.mitigates);
    }
    if (demands)
      influences.push_back(
          {plain_text("whether "), link(measure.title, measure.id), plain_text(" is required")});
    if (reduces)
      influences.push_back(
          {plain_text("how much "), link(measure.title, measure.id), plain_text(" mitigates")});
  }
  for (const engine::Risk& risk : program_.risks) {
    for (const engine::Setting& setting : risk.settings) {
      if (!touches(setting.value)) continue;
      const engine::Attribute& attribute = program_.attributes[setting.attribute];
      influences.push_back({code(attribute.name), plain_text(" of "), link(risk.title, risk.id)});
    }
  }
  for (std::uint32_t i = 0; i < program_.questions.size(); ++i) {
    if (touches(program_.questions[i].ask_when))
      influences.push_back({plain_text("whether "),
                            link(program_.questions[i].text, question_anchor(program_, i)),
                            plain_text(" is asked")});
  }
  for (const engine::Adjust& each : program_.adjusts) {
    if (touches(each.when) || touches(each.amount))
      influences.push_back({plain_text("the step "), link(each.name, "step-" + each.name)});
  }
  for (const engine::TicketTemplate& each : program_.tickets) {
    if (touches(each.open) || touches(each.close) || touches(each.reopen))
      influences.push_back({plain_text("the ticket "), link(each.name, "ticket-" + each.name)});
  }
  return influences;
}

void CatalogueBuilder::cwe_index() {
  std::map<int, std::vector<const engine::Weakness*>> found;
  for (const engine::Weakness& each : program_.weaknesses) {
    if (each.cwe != 0) found[each.cwe].push_back(&each);
  }
  if (found.empty()) return;
  pages_.page("cwe", "CWE index");
  std::vector<std::vector<Inlines>> rows{{{plain_text("CWE")}, {plain_text("Weaknesses")}}};
  for (const auto& [number, weaknesses] : found) {
    const std::string text = std::to_string(number);
    Inlines all;
    for (const engine::Weakness* each : weaknesses) {
      if (!all.empty()) all.push_back(plain_text("; "));
      all.push_back(link(each->title, each->id));
    }
    rows.push_back(
        {{link("CWE-" + text, "https://cwe.mitre.org/data/definitions/" + text + ".html")},
         std::move(all)});
  }
  pages_.heading(2, "Weaknesses by CWE", "cwe-index");
  pages_.table(std::move(rows));
}

namespace {

// `ASVS 2.10.4` after `ASVS 2.2.1`: runs of digits compare as numbers.
bool before(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      std::size_t x = i;
      std::size_t y = j;
      while (x < a.size() && digit(a[x])) ++x;
      while (y < b.size() && digit(b[y])) ++y;
      if (x - i != y - j) return x - i < y - j;
      const int order = a.compare(i, x - i, b, j, y - j);
      if (order != 0) return order < 0;
      i = x;
      j = y;
      continue;
    }
    if (a[i] != b[j]) return a[i] < b[j];
    ++i;
    ++j;
  }
  return a.size() - i < b.size() - j;
}

// The titles of the lists that the policy declares, by their names.
std::map<std::string, std::string> declared_lists(const Syntax& syntax) {
  std::map<std::string, std::string> titles;
  for (const Clause& each : syntax.clauses) {
    if (each.kind == ClauseKind::standard_list && each.title != nothing)
      titles.emplace(each.name.text, syntax.texts[each.title].plain());
  }
  return titles;
}

// Of the longest name with which the citation begins.
std::string title_of_list(const std::string& cited,
                          const std::map<std::string, std::string>& titles) {
  std::string name;
  for (const auto& [each, title] : titles) {
    if (cited.starts_with(each + " ") && each.size() > name.size()) name = each;
  }
  return name.empty() ? "" : titles.at(name);
}

}  // namespace

void CatalogueBuilder::standards_index() {
  std::map<std::string, std::vector<const engine::Countermeasure*>> found;
  for (const engine::Countermeasure& each : program_.countermeasures) {
    for (const std::string& standard : each.standards) found[standard].push_back(&each);
  }
  if (found.empty()) return;
  std::vector<std::string> order;
  for (const auto& [standard, measures] : found) order.push_back(standard);
  std::sort(order.begin(), order.end(), before);
  pages_.page("standards", "Standards index");
  pages_.heading(2, "Countermeasures by standard", "standards-index");
  const std::map<std::string, std::string> titles = declared_lists(policy_.syntax);
  std::vector<std::vector<Inlines>> rows{{{plain_text("Standard")}}};
  if (!titles.empty()) rows.back().push_back({plain_text("List")});
  rows.back().push_back({plain_text("Countermeasures")});
  for (const std::string& standard : order) {
    Inlines all;
    for (const engine::Countermeasure* each : found[standard]) {
      if (!all.empty()) all.push_back(plain_text("; "));
      all.push_back(link(each->title, each->id));
    }
    rows.push_back({{plain_text(standard)}});
    if (!titles.empty()) rows.back().push_back({plain_text(title_of_list(standard, titles))});
    rows.back().push_back(std::move(all));
  }
  pages_.table(std::move(rows));
}

}  // namespace riskd::dsl
